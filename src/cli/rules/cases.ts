/** Case files of rules: messages as text, and the symbols they must and must not hit. */

export interface RuleCase {
  readonly name: string;
  /** Line of its `===`. */
  readonly line: number;
  readonly hits: readonly string[];
  readonly misses: readonly string[];
  /** `client`, `helo`, `from`, `rcpt` of the envelope. */
  readonly settings: ReadonlyMap<string, string>;
  readonly raw: Uint8Array;
}

export class CaseError extends Error {}

const KEYS = new Set(['hits', 'misses', 'client', 'helo', 'from', 'rcpt']);

/**
 * Reads a case file: each case a line `=== what it shows`, lines `key: value`, a line `---`, and the message (`\xNN` is
 * a byte, `\u{NNNN}` a character, lines end with CRLF). Throws {@link CaseError} with the line.
 */
export function readCases(file: string, text: string): RuleCase[] {
  const cases: RuleCase[] = [];
  const lines = text.split('\n');
  let at = lines.findIndex((line) => line.startsWith('=== '));
  while (at >= 0 && at < lines.length) {
    const next = lines.findIndex((line, index) => index > at && line.startsWith('=== '));
    const end = next < 0 ? lines.length : next;
    cases.push(readCase(file, at, lines.slice(at, end)));
    at = next;
  }
  return cases;
}

function readCase(file: string, at: number, lines: readonly string[]): RuleCase {
  const fault = (line: number, why: string): CaseError => new CaseError(`${file}:${at + line + 1}: ${why}`);
  const mark = lines.indexOf('---');
  if (mark < 0) throw fault(0, 'case without "---" before its message');
  const settings = new Map<string, string>();
  lines.slice(1, mark).forEach((line, index) => {
    if (line === '' || line.startsWith('#')) return;
    const [, key = '', value = ''] = /^(\w+):\s*(.*)$/.exec(line) ?? [];
    if (!KEYS.has(key)) throw fault(index + 1, `"${line}" is none of ${[...KEYS].join(', ')}`);
    settings.set(key, value);
  });
  const words = (key: string): string[] =>
    (settings.get(key) ?? '').split(/\s+/).filter((word) => word !== '');
  const [hits, misses] = [words('hits'), words('misses')];
  if (hits.length + misses.length === 0) throw fault(0, 'case without hits or misses');
  const name = (lines[0] ?? '').slice('=== '.length).trim();
  const raw = rawMessage(lines.slice(mark + 1).join('\n'));
  return { name, line: at + 1, hits, misses, settings, raw };
}

function rawMessage(text: string): Uint8Array {
  const characters = text.replaceAll(/\\u\{([0-9A-Fa-f]{1,6})\}/g, (whole, digits: string) => {
    const code = parseInt(digits, 16);
    return code > 0x10ffff ? whole : String.fromCodePoint(code);
  });
  const bytes = Buffer.from(characters.replaceAll('\n', '\r\n'), 'utf8').toString('latin1');
  return Buffer.from(
    bytes.replaceAll(/\\x([0-9A-Fa-f]{2})/g, (_, digits: string) =>
      String.fromCharCode(parseInt(digits, 16)),
    ),
    'latin1',
  );
}

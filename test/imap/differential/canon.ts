import { readItems, type Thing } from '../stress/responses.ts';

/** Puts responses of one server into a form that can be compared with the other's. */
export class Canon {
  /** UIDVALIDITYs in the order in which they were seen. */
  readonly #validities = new Map<string, string>();
  readonly #modseqs = new Set<number>();

  /** Lines as they came, without tags; human text goes, what has no order is put in one. */
  lines(told: readonly string[]): string[] {
    return told.map((line) => this.#line(line)).filter((line) => line !== '* OK');
  }

  /** Modification sequences by their ranks among those of messages in the whole script: their values are a server's own. */
  ranked(line: string): string {
    const rank = (value: number): number => [...this.#modseqs].filter((one) => one <= value).length;
    return line.replaceAll(/#(\d+)/g, (_, value: string) => `#${rank(Number(value))}`);
  }

  #line(line: string): string {
    const fetch = /^\* (\d+) FETCH /.exec(line);
    if (fetch !== null) return this.#fetch(Number(fetch[1]), line, fetch[0].length);
    if (line.startsWith('+')) return '+';
    const coded = /^((?:\* |[TX]\d+ )?(?:OK|NO|BAD|BYE|PREAUTH)\b)(?: \[([^\]]*)\])?/.exec(line);
    if (/^(?:MAILBOXID|NONEXISTENT|CANNOT|CLIENTBUG|SERVERBUG)\b/.test(coded?.[2] ?? ''))
      return coded?.[1] ?? '';
    if (coded !== null)
      return coded[2] === undefined ? (coded[1] ?? '') : `${coded[1]} [${this.#code(coded[2])}]`;
    const flags = /^\* FLAGS \((.*)\)$/.exec(line)?.[1];
    if (flags !== undefined) return `* FLAGS ${sorted(flags)}`;
    const [, box, items] = /^\* STATUS (.*) \((.*)\)$/.exec(line) ?? [];
    if (box !== undefined && items !== undefined)
      return `* STATUS ${box.replaceAll('"', '')} (${this.#pairs(items)})`;
    const [, attributes = '', name = ''] = /^\* LIST \((.*?)\) "." (.*)$/.exec(line) ?? [];
    if (name !== '') return `* LIST ${sorted(attributes)} ${name.replaceAll('"', '')}`;
    return line
      .replace(/\(MODSEQ (\d+)\)/, (_, value: string) => `(MODSEQ ${modseq(value)})`)
      .replace(/ MODSEQ (\d+)/, (_, value: string) => ` MODSEQ ${modseq(value)}`)
      .replace(/TAG "[^"]*"/, 'TAG');
  }

  #fetch(number: number, line: string, at: number): string {
    const items = [...readItems(line, at)].map(([name, value]) => `${name} ${this.#value(name, value)}`);
    return `* ${number} FETCH (${items.sort().join(' ')})`;
  }

  #value(name: string, value: Thing): string {
    if (name === 'FLAGS' && Array.isArray(value)) return sorted((value as string[]).join(' '));
    if (name === 'MODSEQ') {
      this.#modseqs.add(Number(value));
      return modseq(String(value));
    }
    return JSON.stringify(value);
  }

  #code(code: string): string {
    const [name = '', ...values] = code.split(' ');
    if (name === 'PERMANENTFLAGS') return `${name} ${sorted(values.join(' ').slice(1, -1))}`;
    if (name === 'UIDVALIDITY') return `${name} ${this.#validity(values[0] ?? '')}`;
    if (name === 'COPYUID' || name === 'APPENDUID')
      return [name, this.#validity(values[0] ?? ''), ...values.slice(1)].join(' ');
    if (name === 'HIGHESTMODSEQ') return `${name} ${modseq(values[0] ?? '')}`;
    // Which ones there are, and which identity: a server's own.
    if (name === 'CAPABILITY') return name;
    return code;
  }

  #pairs(text: string): string {
    const words = text.split(' ');
    const pairs: string[] = [];
    for (let at = 0; at < words.length; at += 2) {
      const [name = '', value = ''] = words.slice(at, at + 2);
      const shown =
        name === 'UIDVALIDITY' ? this.#validity(value) : name === 'HIGHESTMODSEQ' ? modseq(value) : value;
      pairs.push(`${name} ${shown}`);
    }
    return pairs.sort().join(' ');
  }

  #validity(value: string): string {
    const known = this.#validities.get(value) ?? `V${this.#validities.size}`;
    this.#validities.set(value, known);
    return known;
  }
}

const sorted = (list: string): string =>
  `(${list
    .split(' ')
    .filter((word) => word !== '')
    .sort()
    .join(' ')})`;

const modseq = (value: string): string => `#${value}`;

import { setImmediate as nextTurn } from 'node:timers/promises';
import { renderHtml } from '../message/html.ts';
import { defaultMessageLimits } from '../message/limits.ts';
import type { Converter } from './program-settings.ts';
import type { Programs } from './programs.ts';

/** One part to be converted (RFC 6558 §2). */
export interface ConversionJob {
  /** Media types, lower-case. */
  from: string;
  to: string;
  /** `name=value`. */
  parameters: readonly string[];
  /** Text in UTF-8. */
  content: Uint8Array;
  /** Told to a program as SENDER and RECIPIENT. */
  sender: string;
  recipient: string;
}

/** What makes one media type of another. */
export interface Converters {
  /** Text is UTF-8; undefined when it cannot be done. Never rejects. */
  convert(job: ConversionJob): Promise<Uint8Array | undefined>;
}

/** Without a program: what the text is; undefined when that cannot be said. Takes no parameters. */
type BuiltIn = (content: Uint8Array) => Uint8Array | undefined;

/** Octets of HTML that are rendered: it takes a fifth of a second, in which nobody else is served. */
const MAX_HTML = 1024 * 1024;

const same: BuiltIn = (content) => content;

const htmlToText: BuiltIn = (content) => {
  if (content.length > MAX_HTML) return undefined;
  const html = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('utf8');
  const { text } = renderHtml(html, 0, defaultMessageLimits);
  // RFC 2046 §4.1.1: lines of text end in CRLF.
  return Buffer.from(`${text.replace(/\r?\n/g, '\r\n')}\r\n`, 'utf8');
};

const BUILT_IN: ReadonlyMap<string, BuiltIn> = new Map([
  ['text/html text/plain', htmlToText],
  // Only the charset changes, which Sieve does.
  ['text/plain text/plain', same],
  ['text/html text/html', same],
]);

/** Parameters a program is handed, and octets of each. */
const MAX_PARAMETERS = 16;
const MAX_PARAMETER = 1024;
/**
 * A script of a user must not turn a parameter into an option of the program: names begin with a letter. Line breaks and
 * NUL were refused when the script ran.
 */
const PARAMETER = /^[a-z][a-z0-9._-]*=/i;

const passable = (parameters: readonly string[]): boolean =>
  parameters.length <= MAX_PARAMETERS &&
  parameters.every((text) => PARAMETER.test(text) && Buffer.byteLength(text) <= MAX_PARAMETER);

/**
 * The programs of the admin, and before all others what he lists; then what is built in. A program is run as
 * `program FROM TO NAME=VALUE…`, the content on its standard input and the result on its standard output.
 */
export function createConverters(listed: readonly Converter[], programs: Programs | undefined): Converters {
  const pair = (from: string, to: string): string => `${from.toLowerCase()} ${to.toLowerCase()}`;
  const byTypes = new Map(listed.map(({ from, to, program }) => [pair(from, to), program]));
  return {
    async convert({ from, to, parameters, content, sender, recipient }) {
      const types = pair(from, to);
      const program = byTypes.get(types);
      if (program === undefined) {
        const builtIn = parameters.length > 0 ? undefined : BUILT_IN.get(types);
        // A mail may have many parts: others get their turn between them.
        if (builtIn !== undefined) await nextTurn();
        return builtIn?.(content);
      }
      if (!passable(parameters)) return undefined;
      return programs?.run({
        command: 'convert',
        program,
        arguments: [from, to, ...parameters],
        input: [content],
        sender,
        recipient,
      });
    },
  };
}

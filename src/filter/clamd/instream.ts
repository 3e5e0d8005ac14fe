/** The command INSTREAM of clamd: a message in, one line out. */

/** The longest reply that is read; names of signatures have some dozen characters. */
const MAX_REPLY = 4096;
/** The form of the command whose reply ends with NUL, so that nothing in a name can end it. */
const COMMAND = Buffer.from('zINSTREAM\0');
const END = Buffer.alloc(4);

/** What is sent for a message of less than 4 GB: the command, the message as one chunk with its length, and the end. */
export function instream(raw: Uint8Array): Uint8Array[] {
  // A chunk without octets is the end.
  if (raw.length === 0) return [COMMAND, END];
  const length = Buffer.alloc(4);
  length.writeUInt32BE(raw.length);
  return [COMMAND, length, raw, END];
}

export type Reply =
  | { readonly result: 'clean' }
  | { readonly result: 'found'; readonly name: string }
  /** Longer than its StreamMaxLength: it will never judge this message. */
  | { readonly result: 'skipped'; readonly reason: string }
  | { readonly result: 'failed'; readonly reason: string };

/** Reads a reply as it comes in, in pieces of any size. */
export class ReplyReader {
  private text = '';

  /** The reply when it is complete. `last`: nothing more comes; what is there must do. */
  take(octets: string, last = false): Reply | undefined {
    this.text += octets;
    const end = this.text.indexOf('\0');
    if (end >= 0) return parse(this.text.slice(0, end));
    if (this.text.length > MAX_REPLY) return { result: 'failed', reason: 'reply is too long' };
    if (!last) return undefined;
    return this.text === '' ? { result: 'failed', reason: 'no reply' } : parse(this.text);
  }
}

function parse(line: string): Reply {
  const text = line.trim();
  if (/^stream: OK$/.test(text)) return { result: 'clean' };
  const name = /^stream: (\S.*) FOUND$/.exec(text)?.[1];
  if (name !== undefined) return { result: 'found', name };
  if (text.startsWith('INSTREAM size limit exceeded')) return { result: 'skipped', reason: text };
  return { result: 'failed', reason: text };
}

/** Writing MIME entities into a message (RFC 5703 §5, RFC 6558 §2). */
import type { Message, Part } from '../../message/types.ts';
import type { Field, MailBody } from '../compose/mail.ts';
import { lineEndingOf } from '../edited-message.ts';

/** Fields that tell of the old content, and nothing of the new one. */
const OF_CONTENT = /^(?:content-.*|mime-version)$/;

/** What becomes of the fields of a part. */
export interface NewHeader {
  /** Before the fields that stay. */
  readonly first: readonly Field[];
  /** Whether a field that describes the content stays; none do when absent. */
  keeps?(key: string): boolean;
  /** Fields that stay under another name: lower-case name to new name. */
  readonly renamed?: ReadonlyMap<string, string>;
}

/**
 * A part with another content, as pieces: fields that do not describe the content stay byte for byte. `body.fields`
 * come behind them; values must be clean. Undefined when the content holds a boundary of what it would stand in.
 */
export function rewritePart(
  message: Message,
  part: Part,
  header: NewHeader,
  body: MailBody,
): Uint8Array[] | undefined {
  const { raw } = message;
  const end = lineEndingOf(raw);
  const within = boundariesAround(message, part);
  const safe = within.length === 0 ? body : inMultipart(body, within);
  if (safe === undefined) return undefined;
  const pieces: Uint8Array[] = [];
  let at = part.header.start;
  pieces.push(raw.subarray(part.start, at), lines(header.first, end));
  for (const field of part.header.fields) {
    const renamed = header.renamed?.get(field.key);
    const goes = OF_CONTENT.test(field.key) && header.keeps?.(field.key) !== true;
    if (!goes && renamed === undefined) continue;
    pieces.push(raw.subarray(at, field.start));
    if (renamed !== undefined)
      pieces.push(Buffer.from(renamed), raw.subarray(field.valueStart - 1, field.end));
    at = field.end;
  }
  pieces.push(raw.subarray(at, part.header.end));
  // The last line of a header that nothing follows may lack its ending.
  if (part.header.end > part.header.start && raw[part.header.end - 1] !== 0x0a) pieces.push(Buffer.from(end));
  const own = part.index === 0 ? safe.fields : safe.fields.filter(([name]) => !/^mime-version$/i.test(name));
  pieces.push(lines(own, end), Buffer.from(end), withEndings(safe.content, end));
  // Without a line ending before it, the boundary line behind the part would become text.
  if (part.index !== 0 && raw[part.end] === 0x2d && safe.content.at(-1) !== 0x0a)
    pieces.push(Buffer.from(end));
  return pieces;
}

function lines(fields: readonly Field[], end: string): Uint8Array {
  return Buffer.from(
    fields.map(([name, value]) => `${name}: ${value.replaceAll('\n', end)}${end}`).join(''),
    'utf8',
  );
}

/** Content is made with CRLF; a message with LF alone has it everywhere. */
function withEndings(content: Uint8Array, end: string): Uint8Array {
  if (end === '\r\n') return content;
  return Buffer.from(Buffer.from(content).toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
}

/** The boundaries of the multiparts a part stands in. */
function boundariesAround(message: Message, part: Part): string[] {
  const found: string[] = [];
  for (let at = message.parts[part.parent]; at !== undefined; at = message.parts[at.parent])
    for (const field of at.header.all('content-type')) {
      const boundary = field.parameterized.parameters.get('boundary');
      if (boundary !== undefined && boundary !== '') found.push(boundary);
    }
  return found;
}

/** In seven bits, so that it may stand in any multipart (RFC 2045 §6.4), and without its boundaries. */
function inMultipart(body: MailBody, boundaries: readonly string[]): MailBody | undefined {
  const { content, fields } = body;
  const text = Buffer.from(content).toString('latin1');
  const collides = boundaries.some((boundary) => {
    const line = `--${Buffer.from(boundary, 'utf8').toString('latin1')}`;
    return text.startsWith(line) || text.includes(`\n${line}`);
  });
  const field = (name: string): string | undefined =>
    fields
      .find(([other]) => other.toLowerCase() === name)?.[1]
      .trim()
      .toLowerCase();
  const encoding = field('content-transfer-encoding') ?? '7bit';
  const identity = ['7bit', '8bit', 'binary'].includes(encoding);
  const composite = /^(?:multipart|message)\//.test(field('content-type') ?? '');
  if (composite || !identity) return collides ? undefined : body;
  if (!collides && !/[\x80-\xff]/.test(text)) return body;
  return {
    fields: [
      ...fields.filter(([name]) => !/^content-transfer-encoding$/i.test(name)),
      ['Content-Transfer-Encoding', 'base64'],
    ],
    content: base64Lines(content),
  };
}

/** RFC 2045 §6.8: lines of 76 characters. */
export function base64Lines(content: Uint8Array): Uint8Array {
  const text = Buffer.from(content).toString('base64');
  return Buffer.from(text.replace(/.{1,76}/g, '$&\r\n'));
}

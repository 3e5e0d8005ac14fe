import { Buffer } from 'node:buffer';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { fromBuffer } from 'yauzl';
import { parseMessage } from '../../../message/parse.ts';
import type { Part } from '../../../message/types.ts';
import { ReportError, type ReadLimits, readLimits } from './limits.ts';

/** An XML document that was found, or why a piece could not be opened. `name` says where. */
export type Found = { name: string; xml: Uint8Array } | { name: string; fault: string };

const inflate = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(gunzip);

/**
 * The XML documents within a file: itself, or what is in a gzip or ZIP file or attached to a mail, told by their
 * content, whatever they are called. Ends with a fault when there is none. Never throws.
 */
export async function* openReport(
  name: string,
  bytes: Uint8Array,
  limits: ReadLimits = readLimits,
): AsyncGenerator<Found> {
  let found = 0;
  for await (const each of open(name, bytes, 0, limits)) {
    found++;
    yield each;
  }
  if (found === 0) yield { name, fault: 'there is no report in it' };
}

async function* open(
  name: string,
  bytes: Uint8Array,
  level: number,
  limits: ReadLimits,
): AsyncGenerator<Found> {
  try {
    if (bytes.length > limits.fileBytes && level === 0)
      throw new ReportError(`is larger than ${limits.fileBytes} octets`);
    const kind = kindOf(bytes);
    if (kind === 'xml') {
      if (bytes.length > limits.xmlBytes) throw new ReportError(`is larger than ${limits.xmlBytes} octets`);
      yield { name, xml: bytes };
    } else if (level >= limits.nesting) throw new ReportError('is packed too often');
    else if (kind === 'gzip') yield* open(name, await expand(bytes, limits), level + 1, limits);
    else if (kind === 'zip') {
      for (const member of await unzip(bytes, limits))
        if ('fault' in member) yield { name: `${name}: ${member.name}`, fault: member.fault };
        else yield* open(`${name}: ${member.name}`, member.bytes, level + 1, limits);
    } else if (level === 0) {
      for (const { part, name: attached } of attachments(bytes, limits))
        yield* open(`${name}: ${attached}`, part.content, level + 1, limits);
    }
  } catch (error) {
    yield { name, fault: (error as Error).message };
  }
}

/** `other`: a mail, when it is the file itself. */
function kindOf(bytes: Uint8Array): 'xml' | 'gzip' | 'zip' | 'other' {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'gzip';
  if (bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5)) return 'zip';
  // UTF-16 has a NUL beside each sign; whatever the encoding, the first sign of a document is `<`.
  const start = Buffer.from(bytes.subarray(0, 200)).toString('latin1');
  return /^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\0?[\s\0]*</.test(start) ? 'xml' : 'other';
}

async function expand(bytes: Uint8Array, limits: ReadLimits): Promise<Uint8Array> {
  const maxOutputLength = allowance(bytes.length, limits);
  try {
    return await inflate(bytes, { maxOutputLength });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new ReportError(`expands to more than ${maxOutputLength} octets`, { cause: error });
    throw new ReportError(`is no whole gzip file: ${(error as Error).message}`, { cause: error });
  }
}

/** What a compressed piece may expand to. */
const allowance = (compressed: number, limits: ReadLimits): number =>
  Math.min(limits.xmlBytes, Math.max(limits.freeBytes, compressed * limits.ratio));

type Member = { name: string; bytes: Uint8Array } | { name: string; fault: string };

/** The files of a ZIP file. What the directory says of their sizes is checked against what comes out. */
async function unzip(bytes: Uint8Array, limits: ReadLimits): Promise<Member[]> {
  let file: ZipFile;
  try {
    file = await promisify<Buffer, object, ZipFile>(fromBuffer)(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      { lazyEntries: true },
    );
  } catch (error) {
    throw new ReportError(`is no whole ZIP file: ${(error as Error).message}`, { cause: error });
  }
  const members: Member[] = [];
  let left: number = allowance(bytes.length, limits);
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  file.once('end', () => resolve(undefined));
  file.on('error', reject);
  file.on('entry', (entry: Entry) => {
    if (members.length >= limits.members) return reject(new ReportError('has too many files in it'));
    if (entry.fileName.endsWith('/')) return file.readEntry();
    readMember(file, entry, left).then(
      (member) => {
        if ('bytes' in member) left -= member.bytes.length;
        members.push(member);
        file.readEntry();
      },
      (error: unknown) => reject(error as Error),
    );
  });
  file.readEntry();
  try {
    await promise;
  } catch (error) {
    throw new ReportError(`ZIP file: ${(error as Error).message}`, { cause: error });
  } finally {
    file.close();
  }
  return members;
}

async function readMember(file: ZipFile, entry: Entry, left: number): Promise<Member> {
  const name = entry.fileName;
  if (entry.isEncrypted()) return { name, fault: 'is encrypted' };
  if (entry.uncompressedSize > left) return { name, fault: `expands to more than ${left} octets` };
  try {
    const stream = await promisify(file.openReadStream.bind(file) as OpenStream)(entry);
    const chunks: Buffer[] = [];
    // The reader fails when more or less comes out than the directory said.
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return { name, bytes: Buffer.concat(chunks) };
  } catch (error) {
    return { name, fault: (error as Error).message };
  }
}

type OpenStream = (entry: Entry, done: (error: Error | null, stream: NodeJS.ReadableStream) => void) => void;

/** The parts of a mail that could hold a report: what is packed or looks like XML, in order. */
function attachments(bytes: Uint8Array, limits: ReadLimits): { part: Part; name: string }[] {
  const message = parseMessage(bytes);
  return message.parts
    .filter((part) => part.children.length === 0 && !/^(?:multipart|message)\//.test(part.type))
    .slice(0, limits.members)
    .filter((part) => part.type !== 'text/html' && kindOf(part.content) !== 'other')
    .map((part) => ({ part, name: part.filename ?? `part ${part.index}` }));
}

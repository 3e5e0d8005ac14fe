import type { Message, Part } from '../../../message/types.ts';
import { contentOf } from '../files.ts';
import type { Kind } from '../kinds.ts';
import { pdfDocuments } from '../pdf/documents.ts';
import { pdfImageSize, pdfPicture } from './pdf-image.ts';
import { readQrCodes } from './qr-reader.ts';
import { type ImageSize, imageSize } from './size.ts';
import { isSound } from './sound.ts';

/** A QR code that came with a message. */
export interface QrCode {
  readonly text: string;
  /** Of the picture, or the PDF it is in. */
  readonly path: string;
  readonly part: Part;
}

/** What the decoder reads. */
const DECODED = new Set<Kind>(['jpeg', 'png', 'gif', 'bmp']);
/** Pixels of a side below which no code can be scanned from a screen, and no picture shows more than a mark. */
const MIN_SIDE = 60;
/** Long side to short side: signatures and headings of newsletters are longer. */
const MAX_RATIO = 4;
/** Pixels of one picture and of all: a million take some 25 ms at worst. Photographs are larger and left out. */
const MAX_PIXELS = 2_000_000;
const MAX_ALL_PIXELS = 4_000_000;
/** Pictures decoded per message. */
const MAX_PICTURES = 10;
/** Bytes of a picture file. */
const MAX_FILE = 4 * 1024 * 1024;

/** The QR codes in the pictures of a message and of its PDFs, read once. Undefined without attachments. */
export function qrCodes(message: Message): Promise<readonly QrCode[]> | undefined {
  return message.derived(findCodes);
}

function findCodes(message: Message): Promise<readonly QrCode[]> | undefined {
  return message.attachments.length === 0 ? undefined : readCodes(message);
}

async function readCodes(message: Message): Promise<readonly QrCode[]> {
  const codes: QrCode[] = [];
  let pixels = MAX_ALL_PIXELS;
  let pictures = MAX_PICTURES;
  for (const { path, part, size, picture } of await candidates(message)) {
    const area = size.width * size.height;
    if (pictures <= 0 || area > pixels) continue;
    const decodable = picture();
    if (decodable === undefined) continue;
    pictures--;
    pixels -= area;
    for (const text of await readQrCodes(decodable)) codes.push({ text, path, part });
  }
  return codes;
}

interface Candidate {
  readonly path: string;
  readonly part: Part;
  readonly size: ImageSize;
  /** Made only when there is time left for it. */
  readonly picture: () => Uint8Array | undefined;
}

async function candidates(message: Message): Promise<Candidate[]> {
  const content = await contentOf(message);
  const found: Candidate[] = [];
  if (content === undefined) return found;
  for (const file of content.files) {
    const { kind, path, part, depth } = file;
    // Pictures inside of archives and documents are not what a reader is to hold his telephone before.
    if (kind === undefined || depth > 0 || !DECODED.has(kind)) continue;
    const bytes = file.content;
    const size = bytes === undefined || bytes.length > MAX_FILE ? undefined : imageSize(bytes, kind);
    if (bytes === undefined || size === undefined || !isPlausible(size)) continue;
    found.push({ path, part, size, picture: () => (isSound(bytes, kind, size) ? bytes : undefined) });
  }
  for (const { file, facts } of (await pdfDocuments(message)) ?? [])
    for (const image of facts.encrypted ? [] : facts.images) {
      const size = pdfImageSize(image);
      if (size === undefined || !isPlausible(size)) continue;
      const picture = () => pdfPicture(image, size, content.budget);
      found.push({ path: file.path, part: file.part, size, picture });
    }
  return found;
}

/** A code is square, and stands in a picture that is no banner. */
function isPlausible({ width, height }: ImageSize): boolean {
  const side = Math.min(width, height);
  return side >= MIN_SIDE && Math.max(width, height) <= side * MAX_RATIO && width * height <= MAX_PIXELS;
}

import { type ContentFile, contentOf } from '../content/files.ts';
import type { Kind } from '../content/kinds.ts';
import { extensionOf } from '../content/names.ts';
import type { Check, CheckHit } from '../types.ts';
import { at, quote } from './support/evidence.ts';

/** What may be in a file of that extension. Old programs write HTML, RTF or XML under the names of Office. */
const OFFICE: readonly Kind[] = ['ole', 'zip', 'rtf', 'html', 'text'];
const PICTURE: readonly Kind[] = ['jpeg', 'png', 'gif', 'bmp', 'webp', 'tiff', 'ico'];
const KINDS: Readonly<Record<string, readonly Kind[]>> = {
  pdf: ['pdf'],
  doc: OFFICE,
  xls: OFFICE,
  ppt: OFFICE,
  docx: ['zip', 'ole'],
  xlsx: ['zip', 'ole'],
  pptx: ['zip', 'ole'],
  docm: ['zip', 'ole'],
  xlsm: ['zip', 'ole'],
  rtf: ['rtf', 'zip', 'text'],
  jpg: PICTURE,
  jpeg: PICTURE,
  png: PICTURE,
  gif: PICTURE,
  bmp: PICTURE,
  webp: PICTURE,
  txt: ['text', 'html', 'script'],
  csv: ['text', 'zip'],
  zip: ['zip'],
  rar: ['rar', 'zip'],
  '7z': ['7z', 'zip'],
  gz: ['gzip'],
  html: ['html', 'text', 'svg'],
  htm: ['html', 'text', 'svg'],
};
/** Extensions of what is said to be a program, which it may be. */
const PROGRAM =
  /^(?:exe|com|scr|pif|dll|sys|cpl|ocx|drv|msi|efi|lnk|chm|xll|bin|so|elf|run|appimage|ko|dylib|ax)$/;
const RUNS = new Set<Kind>(['exe', 'lnk', 'chm', 'elf', 'macho', 'class']);
/** Kinds of which the name or the type alone says what a reader opens them with. */
const CERTAIN = /^(?:image\/(?:jpeg|png|gif)|application\/pdf)$/;

/** What attachments are by their first bytes, against what they are called. */
export const fileTypes: Check = {
  name: 'file-types',
  symbols: {
    MIME_EXE_DISGUISED: { score: 4, description: 'Program under the name or type of something else' },
    MIME_EXTENSION_MISMATCH: { score: 1.5, description: 'File is not what its extension says' },
    MIME_TYPE_MISMATCH: { score: 0.5, description: 'File is not what its declared type says' },
    MIME_ONENOTE: { score: 1, description: 'OneNote notebook: may hold programs that run by a click' },
  },
  run({ message }) {
    return contentOf(message)?.then(({ files }) => files.flatMap(judge).filter(isFirst)) ?? [];
  },
};

function judge(file: ContentFile): CheckHit[] {
  const { kind, name, part, depth } = file;
  // Cut off or empty, nothing can be said.
  if (kind === undefined || kind === 'empty' || kind === 'unknown') return [];
  const extension = extensionOf(name);
  const hit = (symbol: string): CheckHit[] => [
    { symbol, detail: quote(`${kind}: ${file.path === '' ? part.type : file.path}`), where: at(part) },
  ];
  if (kind === 'onenote') return hit('MIME_ONENOTE');
  const expected = KINDS[extension];
  if (RUNS.has(kind) && !PROGRAM.test(extension)) {
    const declaresOther = depth === 0 && CERTAIN.test(part.type);
    if (expected !== undefined || declaresOther) return hit('MIME_EXE_DISGUISED');
    return [];
  }
  if (expected !== undefined) return expected.includes(kind) ? [] : hit('MIME_EXTENSION_MISMATCH');
  if (depth > 0 || !CERTAIN.test(part.type)) return [];
  const fits = part.type.startsWith('image/') ? PICTURE.includes(kind) : kind === 'pdf';
  return fits ? [] : hit('MIME_TYPE_MISMATCH');
}

/** The first file of a kind is evidence enough. */
const isFirst = ({ symbol }: CheckHit, index: number, hits: readonly CheckHit[]): boolean =>
  hits.findIndex((one) => one.symbol === symbol) === index;

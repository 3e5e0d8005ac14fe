import { bufferOf } from './bytes.ts';

/** What a file is by its first bytes, whatever it is called. */
export type Kind =
  | 'empty'
  | 'zip'
  | 'rar'
  | '7z'
  | 'gzip'
  | 'bzip2'
  | 'xz'
  | 'zstd'
  | 'tar'
  | 'cab'
  | 'ace'
  | 'arj'
  | 'lzh'
  | 'iso'
  | 'vhd'
  | 'ole'
  | 'onenote'
  | 'pdf'
  | 'rtf'
  | 'exe'
  | 'elf'
  | 'macho'
  | 'class'
  | 'lnk'
  | 'chm'
  | 'swf'
  | 'jpeg'
  | 'png'
  | 'gif'
  | 'bmp'
  | 'webp'
  | 'tiff'
  | 'ico'
  | 'svg'
  | 'html'
  | 'script'
  | 'text'
  | 'unknown';

/** Bytes at a place. */
interface Magic {
  readonly kind: Kind;
  readonly at: number;
  readonly bytes: Buffer;
}

const magic = (kind: Kind, hex: string, at = 0): Magic => ({ kind, at, bytes: Buffer.from(hex, 'hex') });

/** The longer and rarer first. */
const MAGIC: readonly Magic[] = [
  magic('ole', 'd0cf11e0a1b11ae1'),
  magic('onenote', 'e4525c7b8cd8a74daeb15378d02996d3'),
  magic('zip', '504b0304'),
  magic('zip', '504b0506'),
  magic('zip', '504b30304b'),
  magic('rar', '526172211a07'),
  magic('7z', '377abcaf271c'),
  magic('gzip', '1f8b08'),
  magic('bzip2', '425a68'),
  magic('xz', 'fd377a585a00'),
  magic('zstd', '28b52ffd'),
  magic('cab', '4d53434600000000'),
  magic('ace', '2a2a4143452a2a', 7),
  magic('arj', '60ea'),
  magic('lnk', '4c0000000114020000000000c000000000000046'),
  magic('chm', '49545346'),
  magic('elf', '7f454c46'),
  magic('macho', 'feedface'),
  magic('macho', 'feedfacf'),
  magic('macho', 'cefaedfe'),
  magic('macho', 'cffaedfe'),
  magic('png', '89504e470d0a1a0a'),
  magic('jpeg', 'ffd8ff'),
  magic('gif', '47494638'),
  magic('webp', '57454250', 8),
  magic('tiff', '49492a00'),
  magic('tiff', '4d4d002a'),
  magic('ico', '00000100'),
  magic('vhd', '636f6e6563746978'),
  magic('tar', '7573746172', 257),
  magic('iso', '4344303031', 0x8001),
];

const startsWith = (bytes: Buffer, { at, bytes: wanted }: Magic): boolean =>
  bytes.length >= at + wanted.length && bytes.compare(wanted, 0, wanted.length, at, at + wanted.length) === 0;

/** Bytes at the start in which text formats name themselves; readers of PDF look that far for `%PDF` too. */
const HEAD = 1024;

/** The kind of a file, judged by at most its first 33 KB. */
export function kindOf(content: Uint8Array): Kind {
  const bytes = bufferOf(content);
  if (bytes.length === 0) return 'empty';
  for (const one of MAGIC) if (startsWith(bytes, one)) return one.kind;
  const head = bytes.toString('latin1', 0, HEAD);
  if (head.startsWith('MZ')) return isProgram(bytes) ? 'exe' : 'unknown';
  if (/^.-l[hz][0-7ds]-/s.test(head)) return 'lzh';
  if (/^[CFZ]WS[\x01-\x40]/.test(head)) return 'swf';
  // The same four bytes begin a fat Mach-O; a class file has a version of 45 or more behind them.
  if (head.startsWith('\xca\xfe\xba\xbe')) return (bytes[7] ?? 0) >= 45 ? 'class' : 'macho';
  if (head.startsWith('BM') && bytes.length > 30 && bytes.readUInt32LE(14) <= 124) return 'bmp';
  if (/^\s{0,20}\{\\rt/.test(head)) return 'rtf';
  if (head.includes('%PDF-')) return 'pdf';
  return textKind(head, bytes);
}

/** A DOS stub leads to `PE`; without one it is still run when nothing but code follows. */
function isProgram(bytes: Buffer): boolean {
  if (bytes.length < 64) return false;
  const header = bytes.readUInt32LE(60);
  if (header + 4 <= bytes.length && /^(?:PE|NE|LE|LX)/.test(bytes.toString('latin1', header, header + 2)))
    return true;
  return bytes.subarray(0, HEAD).includes(0);
}

/** The same head in UTF-16, as Windows writes scripts and pages. */
const wideText = (bytes: Buffer): string | undefined =>
  bytes.length >= 2 && bytes[0] === 0xff && bytes[1] === 0xfe
    ? bytes.toString('utf16le', 2, HEAD)
    : undefined;

function textKind(latin1: string, bytes: Buffer): Kind {
  const head = (wideText(bytes) ?? latin1).replace(/^\u00ef\u00bb\u00bf/, '');
  // oxlint-disable-next-line no-control-regex -- bytes that no text holds
  if (/[\x00-\x08\x0e-\x1a]/.test(head)) return 'unknown';
  const start = withoutPreamble(head.toLowerCase());
  if (/^(?:<!doctype svg[^>]*>\s*)?<svg[\s>]/.test(start)) return 'svg';
  if (/^<(?:!doctype\s+html|html|head|body|script|meta|title)[\s>]/.test(start)) return 'html';
  if (/^#!|^<\?php|^@echo\s|^(?:dim|on error resume|option explicit|sub|function)\s/.test(start))
    return 'script';
  return 'text';
}

/** What follows the XML declaration and comments at the start. */
function withoutPreamble(head: string): string {
  let text = head.trimStart();
  for (let comments = 0; comments < 20; comments++) {
    const [open, close] = text.startsWith('<?xml') ? ['<?xml', '>'] : ['<!--', '-->'];
    if (!text.startsWith(open)) break;
    const end = text.indexOf(close);
    text = end < 0 ? '' : text.slice(end + close.length).trimStart();
  }
  return text;
}

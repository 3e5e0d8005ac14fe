import { type Budget, unpack } from '../budget.ts';
import { bufferOf } from '../bytes.ts';
import { type PdfStream, pdfPieces } from './streams.ts';
import { pdfString, plainNames, textOf } from './strings.ts';

/** What a PDF can do besides being read. */
export interface PdfFacts {
  readonly objects: number;
  readonly encrypted: boolean;
  readonly javascript: boolean;
  /** Something happens when it is opened, a page is turned or a field is left. */
  readonly automatic: boolean;
  /** Starts a program. */
  readonly launch: boolean;
  /** Names of files inside. */
  readonly embedded: readonly string[];
  readonly hasEmbeddedFiles: boolean;
  /** Scripts that start something, fetch something or hide what they do. */
  readonly suspiciousScript: boolean;
  /** Names of actions whose letters are written as numbers. */
  readonly hiddenNames: boolean;
  /** Addresses a reader can click on or that a form is sent to. */
  readonly links: readonly string[];
  /** Bytes behind the end, other than white space. */
  readonly trailing: number;
  /** Streams that are pictures. */
  readonly images: readonly PdfStream[];
  /** Not all of it was looked at. */
  readonly truncated: boolean;
}

/** Streams of objects that are unpacked, scripts read, links and names of files kept. */
const MAX_OBJECT_STREAMS = 500;
const MAX_SCRIPTS = 20;
const MAX_LINKS = 1_000;
const MAX_FILES = 50;
const MAX_IMAGES = 20;
const MAX_STRING = 4_096;

/** Calls by which a script leaves the document, or unpacks what it runs. */
const SUSPICIOUS_SCRIPT =
  /\b(?:app\.launchURL|getURL|submitForm|exportDataObject|importDataObject|unescape|eval\s*\(|String\.fromCharCode|util\.printf|Collab\.\w+|media\.newPlayer|spell\.customDictionaryOpen|getAnnots?\b|syncAnnotScan|SOAP\.)/i;

/** Looks a PDF through: names of actions and addresses, in its objects and in streams of objects (ISO 32000-1, 7.5.7). */
export function scanPdf(content: Uint8Array, budget: Budget): PdfFacts {
  const { text: outside, streams, truncated } = pdfPieces(content);
  const unpacked = objectStreams(streams, budget);
  const { text, hidden } = plainNames([outside, ...unpacked].join('\n'));
  const has = (names: string): boolean => new RegExp(`/(?:${names})(?![A-Za-z0-9])`).test(text);
  const encrypted = has('Encrypt');
  const javascript = has('JS|JavaScript');
  const embedded = has('EmbeddedFiles?|Filespec') ? fileNames(text) : [];
  return {
    objects: text.match(/\d obj\b/g)?.length ?? 0,
    encrypted,
    javascript,
    automatic: has('OpenAction|AA'),
    launch: has('Launch'),
    embedded: encrypted ? [] : embedded,
    hasEmbeddedFiles: has('EmbeddedFile'),
    suspiciousScript:
      javascript && !encrypted && scripts(text, streams, budget).some((one) => SUSPICIOUS_SCRIPT.test(one)),
    hiddenNames: hidden > 2 && has('JS|JavaScript|OpenAction|Launch|EmbeddedFile|URI'),
    links: encrypted ? [] : strings(text, /\/URI\s{0,10}(?=[(<])/g, MAX_LINKS),
    trailing: trailingBytes(content),
    images: streams.filter(({ dictionary }) => /\/Subtype\s*\/Image\b/.test(dictionary)).slice(0, MAX_IMAGES),
    truncated: truncated || budget.room <= 0,
  };
}

function objectStreams(streams: readonly PdfStream[], budget: Budget): string[] {
  const texts: string[] = [];
  for (const { dictionary, data } of streams) {
    if (!/\/Type\s{0,10}\/ObjStm\b/.test(plainNames(dictionary).text)) continue;
    if (texts.length >= MAX_OBJECT_STREAMS) break;
    const out = inflated(data, dictionary, budget);
    if (out !== undefined) texts.push(out);
  }
  return texts;
}

/** A stream without its filter, as text of one character a byte; undefined when it has others than Flate. */
function inflated(data: Buffer, dictionary: string, budget: Budget): string | undefined {
  if (!/\/Filter\b/.test(dictionary)) return data.toString('latin1');
  if (!/\/(?:FlateDecode|Fl)\b/.test(dictionary)) return undefined;
  const out = unpack(data, 'zlib', budget);
  return typeof out === 'string' ? undefined : bufferOf(out).toString('latin1');
}

/** Values of a key that are strings, each looked for behind the one before. */
function strings(text: string, key: RegExp, limit: number): string[] {
  const found = new Set<string>();
  const search = new RegExp(key);
  for (let match = search.exec(text); match !== null && found.size < limit; match = search.exec(text)) {
    const string = pdfString(text, search.lastIndex, MAX_STRING);
    if (string === undefined) continue;
    search.lastIndex = string.end;
    if (string.value !== '') found.add(textOf(string.value).trim());
  }
  return [...found];
}

const fileNames = (text: string): string[] => strings(text, /\/U?F\s{0,10}(?=[(<])/g, MAX_FILES);

/** Scripts written as strings, and those that are streams of their own. */
function scripts(text: string, streams: readonly PdfStream[], budget: Budget): string[] {
  const found = strings(text, /\/JS\s{0,10}(?=[(<])/g, MAX_SCRIPTS);
  const referred = new Set(
    Array.from(text.matchAll(/\/JS\s{1,10}(\d{1,10})\s{1,5}\d{1,5}\s{1,5}R/g), ([, object]) =>
      Number(object),
    ),
  );
  for (const stream of streams) {
    if (found.length >= MAX_SCRIPTS * 2) break;
    if (!referred.has(stream.object)) continue;
    const out = inflated(stream.data, stream.dictionary, budget);
    if (out !== undefined) found.push(out);
  }
  return found;
}

/** Bytes behind the last end mark that are not white space. */
function trailingBytes(content: Uint8Array): number {
  const bytes = bufferOf(content);
  const end = bytes.lastIndexOf('%%EOF');
  if (end < 0) return 0;
  let count = 0;
  for (let at = end + 5; at < bytes.length; at++) if ((bytes[at] ?? 0) > 0x20) count++;
  return count;
}

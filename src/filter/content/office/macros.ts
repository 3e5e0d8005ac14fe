import type { CompoundEntry, CompoundFile } from './compound.ts';
import { moduleSource } from './ovba.ts';
import type { DocumentFacts } from './types.ts';
import { macroWords } from './words.ts';
import { readWorkbook } from './workbook.ts';

/** Bytes of one stream that are read: macro projects of real workbooks reach a megabyte. */
const MAX_STREAM = 2 * 1024 * 1024;
/** Characters of macro sources that are searched for words. */
const MAX_SOURCE = 512 * 1024;
/** Streams looked through, and bytes of all of them together: several may name the same bytes. */
const MAX_STREAMS = 500;
const MAX_BYTES = 8 * 1024 * 1024;

/** Class of the equation editor's objects, and of packages that hold any file. */
const EQUATION = '02ce020000000000c000000000000046';
/** The same class as some writers store it. */
const EQUATIONS = new Set([EQUATION, '0bce020000000000c000000000000046']);

/** Adds what a compound file holds: macros, objects, a password. */
export function addCompoundFacts({ entries }: CompoundFile, facts: DocumentFacts): void {
  const streams = entries.filter(({ isStream }) => isStream).slice(0, MAX_STREAMS);
  if (entries.some(({ classId }) => EQUATIONS.has(classId))) facts.equation = true;
  if (streams.some(({ path }) => /(?:^|\/)EncryptedPackage$/.test(path))) facts.encrypted = true;
  for (const stream of streams) addStreamFacts(stream, facts);
  const workbook = streams.find(({ path }) => path === 'Workbook' || path === 'Book');
  if (workbook !== undefined) addWorkbookFacts(workbook, facts);
  if (streams.some(({ path }) => /(?:^|\/)_VBA_PROJECT$/i.test(path))) addMacroFacts(streams, facts);
}

function addStreamFacts(stream: CompoundEntry, facts: DocumentFacts): void {
  const name = stream.path.slice(stream.path.lastIndexOf('/') + 1);
  if (/^equation native$/i.test(name)) facts.equation = true;
  else if (name === '\u0001Ole10Native') {
    const file = nativeName(stream.read(2048));
    if (file !== '') facts.embedded.push(file);
  } else if (name === 'WordDocument') {
    // Flag fEncrypted of the file information block (MS-DOC 2.5.2).
    const head = stream.read(12);
    if (head.length === 12 && ((head[11] ?? 0) & 0x01) !== 0) facts.encrypted = true;
  }
}

function addWorkbookFacts(stream: CompoundEntry, facts: DocumentFacts): void {
  const { encrypted, macroSheets, autoRun } = readWorkbook(stream.read(MAX_STREAM));
  facts.encrypted ||= encrypted;
  if (macroSheets === 0) return;
  facts.macros = true;
  facts.macroSheets = true;
  if (autoRun) facts.autoRun.push('Auto_Open');
}

function addMacroFacts(streams: readonly CompoundEntry[], facts: DocumentFacts): void {
  facts.macros = true;
  let source = '';
  let left = MAX_BYTES;
  for (const stream of streams) {
    if (source.length >= MAX_SOURCE || left <= 0) break;
    const bytes = stream.read(Math.min(left, MAX_STREAM));
    left -= bytes.length;
    const module = moduleSource(bytes, MAX_SOURCE - source.length);
    // Attribute lines alone are in every document: an empty module of each sheet.
    if (module !== undefined) source += `${module.toString('latin1')}\n`;
  }
  if (source === '') facts.withoutSource = true;
  addSourceFacts(source, facts);
}

/** Adds what the source of macros says. */
export function addSourceFacts(source: string, facts: DocumentFacts): void {
  const words = macroWords(source.slice(0, MAX_SOURCE));
  facts.autoRun.push(...words.autoRun);
  facts.suspicious.push(...words.suspicious);
  facts.isMalicious ||= words.isMalicious;
  facts.downloadsProgram ||= words.downloadsProgram;
}

/** Name of the file in a package: behind its size and flags a label and a name, each ended by a zero byte. */
export function nativeName(bytes: Buffer): string {
  const end = bytes.indexOf(0, 6);
  if (end < 0) return '';
  const label = bytes.toString('latin1', 6, end);
  const nameEnd = bytes.indexOf(0, end + 1);
  const name = nameEnd < 0 ? '' : bytes.toString('latin1', end + 1, nameEnd);
  const last = (name === '' ? label : name).split(/[\\/]/).at(-1) ?? '';
  return last.slice(0, 200);
}

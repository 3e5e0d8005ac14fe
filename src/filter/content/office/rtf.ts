import { Cursor, bufferOf } from '../bytes.ts';
import { kindOf } from '../kinds.ts';
import { readCompound } from './compound.ts';
import { addCompoundFacts, nativeName } from './macros.ts';
import type { DocumentFacts } from './types.ts';

/** Characters looked at; RTF is text of which pictures make the bulk. */
const MAX_RTF = 4 * 1024 * 1024;
/** Objects decoded, and bytes of each. */
const MAX_OBJECTS = 20;
const MAX_OBJECT = 1024 * 1024;
const MAX_FIELDS = 500;
const MAX_FIELD = 2_000;

/** Adds what an RTF document holds: objects, templates, links. Control words are found wherever they stand. */
export function addRtfFacts(content: Uint8Array, facts: DocumentFacts): void {
  const text = bufferOf(content).toString('latin1', 0, MAX_RTF);
  if (/\\objupdate(?![a-z])/.test(text)) facts.updatedObject = true;
  for (const [, address] of text.matchAll(/\\\*\\template\s{0,10}([^{}\\]{4,1000})/g))
    if (address !== undefined && /^(?:https?:|ftp:|\/\/)/i.test(address)) facts.external.push(address.trim());
  for (const at of places(text, '\\fldinst', MAX_FIELDS)) {
    const field = text.slice(at, at + MAX_FIELD).split('}', 1)[0] ?? '';
    const address = /HYPERLINK[^"]{0,40}"([^"]{4,1000})"/i.exec(field)?.[1];
    if (address !== undefined) facts.links.push(address);
    if (/\bDDE(?:AUTO)?\b/i.test(field)) facts.dde = true;
  }
  let at = text.indexOf('\\objdata');
  for (let count = 0; at >= 0 && count < MAX_OBJECTS; count++) {
    const { bytes, end } = hexBytes(text, at + 8);
    addObjectFacts(bytes, facts);
    at = text.indexOf('\\objdata', end);
  }
}

/** Where the text goes on behind each of the first `limit` occurrences of a word. */
function places(text: string, word: string, limit: number): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(word); at >= 0 && found.length < limit; at = text.indexOf(word, at + 1))
    found.push(at + word.length);
  return found;
}
/**
 * Hex digits up to the end of the group. Groups and control words between them are left out, as Word does: they are put
 * there to mislead.
 */
function hexBytes(text: string, start: number): { bytes: Buffer; end: number } {
  const out: number[] = [];
  let depth = 0;
  let half = -1;
  let at = start;
  for (; at < text.length && out.length < MAX_OBJECT; at++) {
    const character = text[at] ?? '';
    if (character === '{') depth++;
    else if (character === '}') {
      if (depth-- === 0) break;
    } else if (character === '\\') {
      const word =
        /^\\(?:[a-z]{1,32}-?\d{0,10} ?|'[0-9a-f]{2}|.)/is.exec(text.slice(at, at + 50))?.[0] ?? '\\';
      at += word.length - 1;
    } else if (depth === 0) {
      const digit = Number.parseInt(character, 16);
      if (Number.isNaN(digit)) continue;
      if (half < 0) half = digit;
      else {
        out.push(half * 16 + digit);
        half = -1;
      }
    }
  }
  return { bytes: Buffer.from(out), end: at };
}

/** An embedded object as OLE 1 writes it (MS-OLEDS 2.2): class, topic and item names, then its data. */
function addObjectFacts(bytes: Buffer, facts: DocumentFacts): void {
  const cursor = new Cursor(bytes, 8);
  const className = cursor.take(cursor.u32()).toString('latin1').replace(/\0.*$/s, '');
  cursor.skip(cursor.u32());
  cursor.skip(cursor.u32());
  const data = cursor.take(cursor.u32());
  if (/^equation/i.test(className)) facts.equation = true;
  if (/^package$/i.test(className)) facts.embedded.push(packageName(data));
  // The sizes may be lies, of which Word takes no notice.
  const magic = bytes.indexOf(Buffer.from('d0cf11e0a1b11ae1', 'hex'));
  const compound = magic < 0 ? undefined : readCompound(bytes.subarray(magic));
  if (compound !== undefined) addCompoundFacts(compound, facts);
  else if (kindOf(data) === 'exe') facts.embedded.push('program');
}

/** A package in RTF has no size before its flags. */
const packageName = (data: Buffer): string =>
  nativeName(Buffer.concat([Buffer.alloc(4), data.subarray(0, 1024)]));

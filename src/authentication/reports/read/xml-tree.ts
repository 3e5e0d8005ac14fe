import { TextDecoder } from 'node:util';
import { SaxesParser } from 'saxes';
import { onlyXmlCharacters } from '../../../message/xml.ts';
import { ReportError, type ReadLimits } from './limits.ts';

/** An element of a report: its name without prefix in lower case, its text, its children. */
export interface XmlElement {
  name: string;
  /** xmlns= of the element, when it has one. */
  namespace?: string;
  text: string;
  children: XmlElement[];
}

/** Characters given to the parser at once: what it refuses ends the work soon. */
const SLICE = 65_536;
/** Octets in which the declaration of the encoding must stand. */
const DECLARATION = 200;

/**
 * Reads a document and hands each child of the root over as it ends; the root comes last. A document type, and so every
 * entity but the five of XML itself, is refused. Throws {@link ReportError}.
 */
export function readXml(
  bytes: Uint8Array,
  limits: ReadLimits,
  onChild: (child: XmlElement) => void,
): XmlElement {
  const parser = new SaxesParser({ xmlns: false });
  const open: XmlElement[] = [];
  let root: XmlElement | undefined;
  parser.on('error', (error) => {
    throw new ReportError(`is not well-formed XML: ${error.message}`);
  });
  parser.on('doctype', () => {
    throw new ReportError('has a document type, which no report needs');
  });
  parser.on('opentagstart', () => {
    if (open.length >= limits.depth) throw new ReportError(`has more than ${limits.depth} levels`);
  });
  parser.on('opentag', ({ name, attributes }) => {
    const element: XmlElement = { name: localName(name), text: '', children: [] };
    const namespace = attributes[name.includes(':') ? `xmlns:${name.slice(0, name.indexOf(':'))}` : 'xmlns'];
    if (namespace !== undefined) element.namespace = namespace;
    open.push(element);
  });
  const addText = (text: string): void => {
    const element = open.at(-1);
    if (element !== undefined && element.text.length < limits.text)
      element.text += text.slice(0, limits.text - element.text.length);
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const element = open.pop();
    const parent = open.at(-1);
    if (element === undefined) return;
    element.text = element.text.trim();
    if (parent === undefined) root = element;
    else if (open.length === 1) onChild(element);
    else if (parent.children.length >= limits.children)
      throw new ReportError(`has an element with more than ${limits.children} children`);
    else parent.children.push(element);
  });
  const text = decode(bytes);
  for (let start = 0; start < text.length; start += SLICE) parser.write(text.slice(start, start + SLICE));
  parser.close();
  if (root === undefined) throw new ReportError('is no XML document');
  return root;
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1).toLowerCase();

/** Text in the encoding of its byte order mark, else of its declaration, else UTF-8. */
function decode(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, DECLARATION)).toString('latin1');
  const declared =
    /^\s*<\?xml[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']/.exec(start)?.[1] ?? 'utf-8';
  const mark = /^(?:(\xff\xfe|<\0)|(\xfe\xff|\0<))/.exec(start);
  const encoding = mark === null ? declared : mark[1] === undefined ? 'utf-16be' : 'utf-16le';
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(encoding);
  } catch {
    throw new ReportError(`is in an unknown encoding, ${encoding}`);
  }
  // Without what XML cannot hold: a stray control character of a careless reporter is no reason to read nothing.
  return onlyXmlCharacters(decoder.decode(bytes));
}

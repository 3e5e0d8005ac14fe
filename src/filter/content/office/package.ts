import type { ContentFile } from '../files.ts';
import { bufferOf } from '../bytes.ts';
import { readCompound } from './compound.ts';
import { addCompoundFacts, addSourceFacts } from './macros.ts';
import type { DocumentFacts } from './types.ts';

/** Characters of one XML part that are searched. */
const MAX_XML = 2 * 1024 * 1024;
/** Relationships read of one document. */
const MAX_RELATIONSHIPS = 2_000;
/** Kinds of relationships whose target is fetched when the document is opened. */
const FETCHED =
  /\/(?:attachedTemplate|oleObject|frame|subDocument|externalLinkPath|externalLink|mailMergeSource)$/i;
/** Fields that start a program (`DDEAUTO c:\\windows\\… `), of which a document of a friend has none. */
const DDE = /\bDDE(?:AUTO)?\s+["\\\w]/i;

/** True for the zip archives that are documents (Office Open XML, OpenDocument) and not collections of files. */
export const isOfficeDocument = ({ archive }: ContentFile): boolean =>
  archive?.format === 'zip' &&
  (archive.entries.some(({ name }) => name === '[Content_Types].xml' || name === 'META-INF/manifest.xml') ||
    // OpenDocument begins with its type (ODF 1.2 part 3, 3.3), and is opened without its list of contents too.
    archive.entries[0]?.name === 'mimetype');

/** Adds what the parts of an Office Open XML or OpenDocument file hold. */
export function addPackageFacts(file: ContentFile, facts: DocumentFacts): void {
  for (const part of file.files) {
    const { name } = part;
    if (/\.rels$/i.test(name)) addRelationships(textOf(part), facts);
    else if (/(?:^|\/)xl\/macrosheets\//i.test(`/${name}`)) {
      facts.macros = true;
      facts.macroSheets = true;
    } else if (part.kind === 'ole') {
      const compound = part.content === undefined ? undefined : readCompound(part.content);
      if (compound !== undefined) addCompoundFacts(compound, facts);
    } else if (/^word\/(?:document|header\d*|footer\d*|footnotes)\.xml$/i.test(name))
      addFields(textOf(part), facts);
    else if (/^xl\/workbook\.xml$/i.test(name)) addNames(textOf(part), facts);
    else if (/^(?:Basic|Scripts)\/.*\.(?:xml|py|js|bas)$/i.test(name) && !/script-l[bc]\.xml$/i.test(name)) {
      facts.macros = true;
      addSourceFacts(decoded(textOf(part)), facts);
    }
  }
}

function textOf({ content }: ContentFile): string {
  if (content === undefined) return '';
  const bytes = bufferOf(content);
  const isWide = bytes[0] === 0xff && bytes[1] === 0xfe;
  return bytes.toString(isWide ? 'utf16le' : 'utf8', 0, MAX_XML);
}

function addRelationships(xml: string, facts: DocumentFacts): void {
  let count = 0;
  for (const [tag] of xml.matchAll(/<(?:\w{1,20}:)?Relationship\s[^<>]{0,8000}>/g)) {
    if (count++ >= MAX_RELATIONSHIPS) return;
    const target = decoded(attribute(tag, 'Target'));
    if (target === '' || !/^external$/i.test(attribute(tag, 'TargetMode'))) continue;
    const type = attribute(tag, 'Type');
    // A template on a disk of the writer's is a path and fetches nothing from elsewhere.
    if (FETCHED.test(type)) {
      if (/^(?:https?:|ftp:|mhtml:|\\\\|file:\/\/[^/]|\/\/)/i.test(target)) facts.external.push(target);
    } else if (/\/hyperlink$/i.test(type)) facts.links.push(target);
  }
}

const attribute = (tag: string, name: string): string =>
  new RegExp(`\\s${name}\\s{0,5}=\\s{0,5}(?:"([^"]*)"|'([^']*)')`).exec(tag)?.slice(1).join('') ?? '';

/** Text of field instructions; one may be split over many runs. */
function addFields(xml: string, facts: DocumentFacts): void {
  if (!/instrText|w:instr=|fldSimple/.test(xml)) return;
  const runs = Array.from(xml.matchAll(/<w:instrText[^<>]{0,200}>([^<]{0,2000})/g), ([, text]) => text ?? '');
  const simple = Array.from(xml.matchAll(/\sw:instr="([^"]{0,2000})"/g), ([, text]) => text ?? '');
  if (DDE.test(decoded(runs.join(''))) || simple.some((text) => DDE.test(decoded(text)))) facts.dde = true;
}

function addNames(xml: string, facts: DocumentFacts): void {
  if (/<definedName[^<>]{0,500}name="_xlnm\.Auto_(?:Open|Close|Activate)/i.test(xml))
    facts.autoRun.push('Auto_Open');
}

/** Without the entities XML needs (XML 1.0, 4.6), and numbers. */
function decoded(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos));/gi,
    (whole, decimal, hex, name) => {
      if (name !== undefined)
        return { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }[String(name).toLowerCase()] ?? '';
      const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

import type { Message } from '../../../message/types.ts';
import { type ContentFile, contentOf } from '../files.ts';
import { readCompound } from './compound.ts';
import { addCompoundFacts } from './macros.ts';
import { addPackageFacts, isOfficeDocument } from './package.ts';
import { addRtfFacts } from './rtf.ts';
import { type DocumentFacts, noFacts } from './types.ts';

export interface OfficeDocument {
  readonly file: ContentFile;
  readonly facts: DocumentFacts;
}

/** Documents looked into per message. */
const MAX_DOCUMENTS = 50;

/** The documents of Office among the attachments and in archives, each read once. Undefined without attachments. */
export function officeDocuments(message: Message): Promise<readonly OfficeDocument[]> | undefined {
  return message.derived(findDocuments);
}

function findDocuments(message: Message): Promise<readonly OfficeDocument[]> | undefined {
  return contentOf(message)?.then(({ files }) =>
    files
      .filter(isDocument)
      .slice(0, MAX_DOCUMENTS)
      .map((file) => ({ file, facts: readDocument(file) })),
  );
}

const isDocument = (file: ContentFile): boolean =>
  file.kind === 'rtf' || isOfficeDocument(file) || (file.kind === 'ole' && !isPartOfDocument(file));

/** `word/vbaProject.bin` is read with its document. */
const isPartOfDocument = ({ within }: ContentFile): boolean =>
  within !== undefined && isOfficeDocument(within);

/** What a document can do besides being read. Never throws for what it holds. */
export function readDocument(file: ContentFile): DocumentFacts {
  const facts = noFacts();
  const { content } = file;
  if (file.kind === 'rtf' && content !== undefined) addRtfFacts(content, facts);
  else if (file.kind === 'ole') {
    const compound = content === undefined ? undefined : readCompound(content);
    if (compound !== undefined) addCompoundFacts(compound, facts);
  } else addPackageFacts(file, facts);
  return facts;
}

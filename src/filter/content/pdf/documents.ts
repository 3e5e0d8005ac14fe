import type { Message } from '../../../message/types.ts';
import { type ContentFile, contentOf } from '../files.ts';
import { type PdfFacts, scanPdf } from './scan.ts';

export interface PdfDocument {
  readonly file: ContentFile;
  readonly facts: PdfFacts;
}

/** PDFs looked into per message. */
const MAX_DOCUMENTS = 20;

/** The PDFs among the attachments and in archives, each read once. Undefined without attachments. */
export function pdfDocuments(message: Message): Promise<readonly PdfDocument[]> | undefined {
  return message.derived(findDocuments);
}

function findDocuments(message: Message): Promise<readonly PdfDocument[]> | undefined {
  return contentOf(message)?.then(({ files, budget }) =>
    files
      .filter(({ kind }) => kind === 'pdf')
      .slice(0, MAX_DOCUMENTS)
      .flatMap((file) => {
        const { content } = file;
        return content === undefined ? [] : [{ file, facts: scanPdf(content, budget) }];
      }),
  );
}

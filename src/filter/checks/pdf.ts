import { extensionOf, isExecutableName } from '../content/names.ts';
import { type PdfDocument, pdfDocuments } from '../content/pdf/documents.ts';
import type { Check, CheckHit } from '../types.ts';
import { at, quote } from './support/evidence.ts';

/** Bytes behind the end from which they are more than what a careless program leaves. */
const LONG_TRAILER = 1024;
/** Objects from which a PDF is a book, or made to tire readers. */
const MANY_OBJECTS = 10_000;

/** What the PDFs among the attachments can do besides being read. */
export const pdf: Check = {
  name: 'pdf',
  symbols: {
    PDF_ENCRYPTED: { score: 0.3, description: 'PDF that is encrypted' },
    PDF_JAVASCRIPT: { score: 0.3, description: 'PDF with scripts' },
    PDF_SUSPICIOUS: {
      score: 2.5,
      description:
        'PDF with scripts that run by themselves and leave the document, or with hidden names of actions',
    },
    PDF_LAUNCH: { score: 2.5, description: 'PDF that starts a program' },
    PDF_EMBEDDED_FILE: { score: 0.2, description: 'PDF with files inside' },
    PDF_EMBEDDED_PROGRAM: { score: 3, description: 'PDF with a program inside' },
    PDF_LONG_TRAILER: { score: 0.2, description: 'PDF with much behind its end' },
    PDF_MANY_OBJECTS: { score: 0, description: 'PDF with very many objects' },
    PDF_TRUNCATED: { score: 0, description: 'PDF that was looked at in part' },
  },
  run({ message }) {
    return (
      pdfDocuments(message)?.then((documents) => {
        const hits = new Map<string, CheckHit>();
        for (const document of documents) judge(document, hits);
        return [...hits.values()];
      }) ?? []
    );
  },
};

function judge({ file, facts }: PdfDocument, hits: Map<string, CheckHit>): void {
  const hit = (symbol: string, detail = '') => {
    const text = detail === '' ? file.path : `${file.path}: ${detail}`;
    if (!hits.has(symbol)) hits.set(symbol, { symbol, detail: quote(text), where: at(file.part) });
  };
  if (facts.encrypted) hit('PDF_ENCRYPTED');
  if (facts.javascript) hit('PDF_JAVASCRIPT');
  if (facts.hiddenNames) hit('PDF_SUSPICIOUS', 'hidden names');
  else if (facts.suspiciousScript && facts.automatic) hit('PDF_SUSPICIOUS', 'script');
  if (facts.launch) hit('PDF_LAUNCH');
  const program = facts.embedded.find((name) => isExecutableName(extensionOf(name)));
  if (facts.hasEmbeddedFiles) {
    if (program === undefined) hit('PDF_EMBEDDED_FILE', facts.embedded[0]);
    else hit('PDF_EMBEDDED_PROGRAM', program);
  }
  if (facts.trailing > LONG_TRAILER) hit('PDF_LONG_TRAILER', `${facts.trailing} bytes`);
  if (facts.objects > MANY_OBJECTS) hit('PDF_MANY_OBJECTS', `${facts.objects}`);
  if (facts.truncated) hit('PDF_TRUNCATED');
}

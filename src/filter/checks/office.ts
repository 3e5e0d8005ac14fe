import { extensionOf, isExecutableName } from '../content/names.ts';
import { type OfficeDocument, officeDocuments } from '../content/office/documents.ts';
import type { Check, CheckHit } from '../types.ts';
import { at, quote } from './support/evidence.ts';

/** Extensions under which Office runs no macros, so that readers take them for safe. */
const WITHOUT_MACROS = /^(?:docx|dotx|xlsx|xltx|pptx|potx|rtf)$/;

/** What the documents of Office among the attachments can do besides being read. */
export const office: Check = {
  name: 'office',
  symbols: {
    OLEMACRO: { score: 1, description: 'Document with macros' },
    OLEMACRO_AUTO: { score: 1, description: 'Document with macros that run by themselves' },
    OLEMACRO_MALICE: {
      score: 3.5,
      description: 'Macros that run by themselves and start, fetch or write programs',
    },
    OLEMACRO_DOWNLOAD_EXE: { score: 2, description: 'Macros that name the address of a program' },
    OLEMACRO_RENAME: {
      score: 1.5,
      description: 'Macros in a document whose extension says that it has none',
    },
    OLEMACRO_XLM: { score: 1.5, description: 'Workbook with macros of Excel 4' },
    OLEMACRO_STOMPED: { score: 2, description: 'Macros whose source was taken away' },
    OLEMACRO_ENCRYPTED: { score: 0.7, description: 'Document of Office that needs a password' },
    OFFICE_EXTERNAL_TEMPLATE: {
      score: 2.5,
      description: 'Document that fetches a template or object when opened',
    },
    OFFICE_DDE: { score: 3, description: 'Document with a field that starts a program' },
    OFFICE_EQUATION: { score: 1.5, description: 'Document with an object of the equation editor' },
    OFFICE_EMBEDDED_PROGRAM: { score: 3, description: 'Document with a program packed inside' },
    RTF_UPDATED_OBJECT: { score: 2, description: 'RTF with an object that runs when the document is opened' },
  },
  run({ message }) {
    return (
      officeDocuments(message)?.then((documents) => {
        const hits = new Map<string, CheckHit>();
        for (const document of documents) judge(document, hits);
        return [...hits.values()];
      }) ?? []
    );
  },
};

function judge({ file, facts }: OfficeDocument, hits: Map<string, CheckHit>): void {
  const hit = (symbol: string, detail: string) => {
    const text = detail === '' ? file.path : `${file.path}: ${detail}`;
    if (!hits.has(symbol)) hits.set(symbol, { symbol, detail: quote(text), where: at(file.part) });
  };
  const { autoRun, suspicious } = facts;
  if (facts.macros) {
    hit('OLEMACRO', '');
    if (WITHOUT_MACROS.test(extensionOf(file.name))) hit('OLEMACRO_RENAME', '');
    if (facts.macroSheets) hit('OLEMACRO_XLM', autoRun[0] ?? '');
    if (facts.withoutSource) hit('OLEMACRO_STOMPED', '');
    if (autoRun.length > 0)
      hit(facts.isMalicious ? 'OLEMACRO_MALICE' : 'OLEMACRO_AUTO', [...autoRun, ...suspicious].join(', '));
    if (facts.downloadsProgram) hit('OLEMACRO_DOWNLOAD_EXE', '');
  }
  if (facts.encrypted) hit('OLEMACRO_ENCRYPTED', '');
  const [external] = facts.external;
  if (external !== undefined) hit('OFFICE_EXTERNAL_TEMPLATE', external);
  if (facts.dde) hit('OFFICE_DDE', '');
  if (facts.equation) hit('OFFICE_EQUATION', '');
  const program = facts.embedded.find((name) => name === 'program' || isExecutableName(extensionOf(name)));
  if (program !== undefined) hit('OFFICE_EMBEDDED_PROGRAM', program);
  if (facts.updatedObject) hit('RTF_UPDATED_OBJECT', '');
}

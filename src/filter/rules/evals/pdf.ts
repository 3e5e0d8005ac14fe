/** Eval functions on attached PDFs, for rule files that load the PDFInfo plugin. */
import { createHash } from 'node:crypto';
import { pdfImageSize } from '../../content/images/pdf-image.ts';
import type { ImageSize } from '../../content/images/size.ts';
import { type PdfDocument, pdfDocuments } from '../../content/pdf/documents.ts';
import { pdfString, textOf } from '../../content/pdf/strings.ts';
import { isFrom, numberOf, patternOf } from './support/arguments.ts';
import type { EvalContext, EvalFunction } from './types.ts';

type Context = EvalContext;

/** Characters of a detail of the document that are read. */
const MOST_DETAIL = 512;
/** Octets in which details are looked for: they stand at the beginning or the end. */
const MOST_LOOKED_AT = 1024 * 1024;
const DETAILS: Readonly<Record<string, string>> = {
  author: 'Author',
  creator: 'Creator',
  created: 'CreationDate',
  modified: 'ModDate',
  producer: 'Producer',
  title: 'Title',
};

/** PDFs that are attached themselves, not those in archives. */
async function attached({ message }: Context): Promise<readonly PdfDocument[]> {
  return ((await pdfDocuments(message)) ?? []).filter(({ file }) => file.depth === 0);
}

async function imagesOf(context: Context): Promise<ImageSize[]> {
  const documents = await context.derived(attached);
  return documents.flatMap(({ facts }) => facts.images.flatMap((image) => pdfImageSize(image) ?? []));
}

const area = (images: readonly ImageSize[]): number =>
  images.reduce((sum, { width, height }) => sum + width * height, 0);

/** Details of a document, as it states them outside of packed objects. */
function detailOf({ file, facts }: PdfDocument, detail: string): string | undefined {
  const { content } = file;
  if (content === undefined) return undefined;
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (detail === 'version') return /^%PDF-(\d\.\d)/.exec(bytes.toString('latin1', 0, 1024))?.[1];
  const key = DETAILS[detail];
  if (key === undefined || facts.encrypted) return undefined;
  const text = [
    bytes.toString('latin1', 0, MOST_LOOKED_AT),
    ...(bytes.length > MOST_LOOKED_AT ? [bytes.toString('latin1', bytes.length - MOST_LOOKED_AT)] : []),
  ].join('\n');
  const match = new RegExp(`/${key}\\s{0,10}(?=[(<])`).exec(text);
  if (match === null) return undefined;
  const value = pdfString(text, match.index + match[0].length, MOST_DETAIL)?.value;
  return value === undefined ? undefined : textOf(value);
}

const within =
  (valueOf: (context: Context) => Promise<number>): EvalFunction =>
  async (context, [min, max]) =>
    isFrom(await valueOf(context), min, max);

/** `pdf_image_to_text_ratio(min, max)`: octets of text by pixel. */
const textRatio: EvalFunction = async (context, [min, max]) => {
  const pixels = area(await context.derived(imagesOf));
  const length = context.views.body.reduce((sum, text) => sum + text.length, 0);
  if (pixels === 0 || length === 0) return false;
  return isFrom(length / pixels, min, max);
};

/** `pdf_image_size_range(min height, min width, max height, max width)` */
const sizeRange: EvalFunction = async (context, [minHeight, minWidth, maxHeight, maxWidth]) =>
  (await context.derived(imagesOf)).some(
    ({ height, width }) => isFrom(height, minHeight, maxHeight) && isFrom(width, minWidth, maxWidth),
  );

/** `pdf_is_empty_body(octets)`: there is a PDF, and hardly anything beside it. */
const isEmptyBody: EvalFunction = async (context, [most = '0']) => {
  if ((await context.derived(attached)).length === 0) return false;
  const length = context.views.body.slice(1).reduce((sum, text) => sum + text.trim().length, 0);
  return length <= numberOf(most);
};

const someDocument =
  (test: (document: PdfDocument, args: readonly string[]) => boolean): EvalFunction =>
  async (context, args) =>
    (await context.derived(attached)).some((document) => test(document, args));

export const pdfEvals: Readonly<Record<string, EvalFunction>> = {
  pdf_count: within(async (context) => (await context.derived(attached)).length),
  pdf_image_count: within(async (context) => (await context.derived(imagesOf)).length),
  pdf_pixel_coverage: within(async (context) => area(await context.derived(imagesOf))),
  pdf_image_to_text_ratio: textRatio,
  pdf_image_size_range: sizeRange,
  pdf_image_size_exact: (context, [height, width], rule) =>
    sizeRange(context, [height ?? '', width ?? '', height ?? '', width ?? ''], rule),
  pdf_is_empty_body: isEmptyBody,
  pdf_is_encrypted: someDocument(({ facts }) => facts.encrypted),
  pdf_named: someDocument(({ file }, [name]) => file.name === name),
  pdf_name_regex: someDocument(({ file }, [pattern = '']) => patternOf(pattern).test(file.name)),
  pdf_match_md5: someDocument(
    ({ file: { content } }, [digest = '']) =>
      content !== undefined && createHash('md5').update(content).digest('hex') === digest.toLowerCase(),
  ),
  pdf_match_details: someDocument((document, [detail = '', pattern = '']) => {
    const value = detailOf(document, detail);
    return value !== undefined && patternOf(pattern).test(value);
  }),
};

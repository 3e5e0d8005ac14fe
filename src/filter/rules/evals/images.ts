/** Eval functions on attached images: how many, how large, beside how much text. */
import { isFrom, numberOf, patternOf } from './support/arguments.ts';
import type { EvalContext, EvalFunction } from './types.ts';

type Context = EvalContext;
type Kind = 'gif' | 'png' | 'jpeg';

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Image extends Partial<Size> {
  readonly kind: Kind;
  readonly name: string | undefined;
}

/** Images in base64; of what is none, in spite of its type, the size is not known. */
function images({ message }: Context): readonly Image[] {
  return message.parts.flatMap((part) => {
    const type = /^image\/(gif|png|jpe?g)$/.exec(part.type)?.[1];
    if (type === undefined || part.encoding !== 'base64') return [];
    const kind: Kind = type === 'gif' || type === 'png' ? type : 'jpeg';
    const size = SIZES[kind](part.content);
    const isSize = size !== undefined && size.width > 0 && size.height > 0;
    return [{ kind, name: part.filename, ...(isSize ? size : {}) }];
  });
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const startsWith = (bytes: Uint8Array, text: string): boolean =>
  Buffer.from(bytes.subarray(0, text.length)).toString('latin1') === text;

const SIZES: Readonly<Record<Kind, (bytes: Uint8Array) => Size | undefined>> = {
  gif(bytes) {
    if (bytes.length < 10 || !(startsWith(bytes, 'GIF87a') || startsWith(bytes, 'GIF89a'))) return undefined;
    return { width: view(bytes).getUint16(6, true), height: view(bytes).getUint16(8, true) };
  },
  png(bytes) {
    if (bytes.length < 24 || !startsWith(bytes, '\x89PNG\r\n\x1a\n')) return undefined;
    return { width: view(bytes).getUint32(16), height: view(bytes).getUint32(20) };
  },
  jpeg(bytes) {
    if (!startsWith(bytes, '\xff\xd8')) return undefined;
    const data = view(bytes);
    for (let at = 2; at + 9 <= bytes.length; at += 2 + data.getUint16(at + 2)) {
      const marker = data.getUint8(at + 1);
      if (data.getUint8(at) !== 0xff || marker === 0xda || marker === 0xd9 || data.getUint16(at + 2) < 2)
        return undefined;
      // A frame's head; C4, C8 and CC are other things among them.
      if (marker >= 0xc0 && marker <= 0xcf && marker % 4 !== 0) return jpegFrame(data, at);
      if (marker === 0xc0) return jpegFrame(data, at);
    }
    return undefined;
  },
};

const jpegFrame = (data: DataView, at: number): Size => ({
  height: data.getUint16(at + 5),
  width: data.getUint16(at + 7),
});

const ofKind = (context: Context, kind = 'all'): readonly Image[] =>
  context.derived(images).filter((image) => kind === 'all' || image.kind === kind);

const pixels = (context: Context, kind: string | undefined): number =>
  ofKind(context, kind).reduce((sum, { width = 0, height = 0 }) => sum + width * height, 0);

/** `image_count('gif', 1, 1)`; kind `all` for any. */
const count: EvalFunction = (context, [kind, min, max]) => isFrom(ofKind(context, kind).length, min, max);

/** `pixel_coverage('all', min, max)` */
const coverage: EvalFunction = (context, [kind, min, max]) => isFrom(pixels(context, kind), min, max);

/** `image_to_text_ratio('all', min, max)`: bytes of text (as the rule's kind has it) by pixel. */
const textRatio: EvalFunction = (context, [kind, min, max], rule) => {
  const { views } = context;
  const area = pixels(context, kind);
  const texts = rule.on === 'rawbody' ? views.rawbody : views.body;
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  if (area === 0 || length === 0) return false;
  return length / area >= numberOf(min) && length / area < numberOf(max);
};

/** `image_size_exact('gif', height, width)` */
const sizeExact: EvalFunction = (context, [kind, height, width]) =>
  ofKind(context, kind).some((image) => image.height === numberOf(height) && image.width === numberOf(width));

/** `image_size_range('gif', min height, min width, max height, max width)` */
const sizeRange: EvalFunction = (context, [kind, minHeight, minWidth, maxHeight, maxWidth]) =>
  ofKind(context, kind).some(
    ({ height, width }) =>
      height !== undefined &&
      width !== undefined &&
      isFrom(height, minHeight, maxHeight) &&
      isFrom(width, minWidth, maxWidth),
  );

const named: EvalFunction = (context, [name]) =>
  ofKind(context).some((image) => image.width !== undefined && image.name === name);

const nameMatches: EvalFunction = (context, [pattern = '']) =>
  ofKind(context).some((image) => image.width !== undefined && patternOf(pattern).test(image.name ?? ''));

export const imageEvals: Readonly<Record<string, EvalFunction>> = {
  image_count: count,
  pixel_coverage: coverage,
  image_to_text_ratio: textRatio,
  image_size_exact: sizeExact,
  image_size_range: sizeRange,
  image_named: named,
  image_name_regex: nameMatches,
};

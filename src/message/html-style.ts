/** The little of CSS that decides whether text can be seen. */

/** 0xRRGGBB; undefined: not known (an image, a gradient, half transparent). */
type Color = number | undefined;

/** What applies to the text of an element, inherited from the elements around it. */
export interface ComputedStyle {
  /** Not shown, and nothing inside it can be: display:none, opacity 0, off-screen, clipped to nothing. */
  readonly gone: boolean;
  /** visibility:hidden, which something inside may undo. */
  readonly invisible: boolean;
  /** Pixels. */
  readonly fontSize: number;
  readonly color: Color;
  readonly background: Color;
}

export const initialStyle: ComputedStyle = {
  gone: false,
  invisible: false,
  fontSize: 16,
  color: 0x000000,
  background: 0xffffff,
};

/** What an element says of itself; a missing property is inherited. */
export interface DeclaredStyle {
  gone?: boolean;
  invisible?: boolean;
  /** Pixels, or a factor of the inherited size. */
  fontSize?: { readonly value: number; readonly relative: boolean };
  /** `{}` says: a colour that is not known. */
  color?: { readonly rgb?: number };
  background?: { readonly rgb?: number };
}

/** Text smaller than this (pixels) is not read by anybody. */
const TINY = 3;
/** Colours whose channels all differ by less are the same to the eye. */
const SAME_COLOR = 20;
/** Pixels beyond the edge that are off-screen. */
const OFF_SCREEN = -400;
/** Characters of one style attribute that are read. */
const MAX_STYLE = 4096;
const NAMED: Readonly<Record<string, number>> = {
  black: 0x000000,
  silver: 0xc0c0c0,
  gray: 0x808080,
  grey: 0x808080,
  white: 0xffffff,
  maroon: 0x800000,
  red: 0xff0000,
  purple: 0x800080,
  fuchsia: 0xff00ff,
  magenta: 0xff00ff,
  green: 0x008000,
  lime: 0x00ff00,
  olive: 0x808000,
  yellow: 0xffff00,
  navy: 0x000080,
  blue: 0x0000ff,
  teal: 0x008080,
  aqua: 0x00ffff,
  cyan: 0x00ffff,
  orange: 0xffa500,
  pink: 0xffc0cb,
  brown: 0xa52a2a,
  gold: 0xffd700,
  beige: 0xf5f5dc,
  ivory: 0xfffff0,
  snow: 0xfffafa,
  azure: 0xf0ffff,
  aliceblue: 0xf0f8ff,
  antiquewhite: 0xfaebd7,
  floralwhite: 0xfffaf0,
  ghostwhite: 0xf8f8ff,
  honeydew: 0xf0fff0,
  lavender: 0xe6e6fa,
  lavenderblush: 0xfff0f5,
  lightyellow: 0xffffe0,
  linen: 0xfaf0e6,
  mintcream: 0xf5fffa,
  oldlace: 0xfdf5e6,
  seashell: 0xfff5ee,
  whitesmoke: 0xf5f5f5,
  gainsboro: 0xdcdcdc,
  lightgray: 0xd3d3d3,
  lightgrey: 0xd3d3d3,
  darkgray: 0xa9a9a9,
  darkgrey: 0xa9a9a9,
  darkblue: 0x00008b,
  darkgreen: 0x006400,
  darkred: 0x8b0000,
  midnightblue: 0x191970,
};

/** A colour of CSS or of an old attribute; `transparent` when nothing of it is seen. */
function parseColor(text: string): { rgb?: number; transparent?: boolean } {
  const value = text.trim().toLowerCase();
  const named = NAMED[value];
  if (named !== undefined) return { rgb: named };
  if (value === 'transparent') return { transparent: true };
  const hex = /^#?([0-9a-f]{6}|[0-9a-f]{8}|[0-9a-f]{3,4})$/.exec(value)?.[1];
  if (hex !== undefined) {
    const digits = hex.length < 6 ? hex.replace(/./g, '$&$&') : hex;
    const alpha = digits.length === 8 ? Number.parseInt(digits.slice(6), 16) : 255;
    if (alpha === 0) return { transparent: true };
    return alpha === 255 ? { rgb: Number.parseInt(digits.slice(0, 6), 16) } : {};
  }
  const call = /^rgba?\(([^)]{1,60})\)/.exec(value)?.[1];
  if (call === undefined) return {};
  const numbers = call
    .split(/[\s,/]+/)
    .map((part) => Number.parseFloat(part) * (part.endsWith('%') ? 2.55 : 1));
  const [red = 0, green = 0, blue = 0, alpha = 1] = numbers;
  if (alpha <= 0.05) return { transparent: true };
  if (alpha < 0.9 || numbers.some(Number.isNaN)) return {};
  const channel = (level: number): number => Math.min(255, Math.max(0, Math.round(level)));
  return { rgb: (channel(red) << 16) | (channel(green) << 8) | channel(blue) };
}

/** Pixels of a CSS length; undefined for what is none. Percentages and em count from `base`. */
function parseLength(text: string, base: number): number | undefined {
  const match = /^\s*(-?\d{0,9}(?:\.\d{1,9})?)\s*(px|pt|em|rem|ex|%|cm|mm|in|vw|vh|pc)?/i.exec(text);
  if (match === null || match[1] === '' || match[1] === '-') return undefined;
  const value = Number(match[1]);
  const factors: Readonly<Record<string, number>> = {
    pt: 4 / 3,
    em: base,
    rem: 16,
    ex: base / 2,
    '%': base / 100,
    cm: 38,
    mm: 3.8,
    in: 96,
    vw: 10,
    vh: 10,
    pc: 16,
  };
  return value * (factors[(match[2] ?? 'px').toLowerCase()] ?? 1);
}

const SIZE_WORDS: Readonly<Record<string, number>> = {
  'xx-small': 9,
  'x-small': 10,
  small: 13,
  medium: 16,
  large: 18,
  'x-large': 24,
  'xx-large': 32,
};

function parseFontSize(value: string): DeclaredStyle['fontSize'] {
  const word = SIZE_WORDS[value.trim().toLowerCase()];
  if (word !== undefined) return { value: word, relative: false };
  const relative = /\d\s*(?:%|em|ex)\s*$/i.test(value) && !/rem\s*$/i.test(value);
  const length = parseLength(value, relative ? 1 : 16);
  return length === undefined || length < 0 ? undefined : { value: length, relative };
}

const isZero = (value: string | undefined): boolean =>
  value !== undefined && /^\s*0*\.?0+(?:[a-z%]{0,3})\s*$/i.test(value);

/** Whether the properties of an element take it out of sight with all that is inside. */
function takesAway(properties: ReadonlyMap<string, string>): boolean {
  const get = (name: string): string => properties.get(name) ?? '';
  if (/^none\b/.test(get('display'))) return true;
  const opacity = get('opacity');
  if (opacity !== '' && Number.parseFloat(opacity) <= 0.05) return true;
  if (
    /hidden|clip/.test(get('overflow') || get('overflow-y')) &&
    ['height', 'max-height', 'width', 'max-width'].some((name) => isZero(properties.get(name)))
  )
    return true;
  if (/^(?:absolute|fixed)/.test(get('position'))) {
    if (['left', 'top', 'right', 'bottom'].some((side) => (parseLength(get(side), 16) ?? 0) <= OFF_SCREEN))
      return true;
    if (/rect\(\s*[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?\s*\)/.test(get('clip')))
      return true;
  }
  return (
    (parseLength(get('text-indent'), 16) ?? 0) <= OFF_SCREEN || /scale\(\s*0\s*[,)]/.test(get('transform'))
  );
}

/** What declarations come to; later ones of the same property have won already. */
export function declaredOf(properties: ReadonlyMap<string, string>): DeclaredStyle {
  const style: DeclaredStyle = {};
  if (takesAway(properties)) style.gone = true;
  const visibility = properties.get('visibility');
  if (visibility !== undefined) style.invisible = /^(?:hidden|collapse)/.test(visibility);
  const size =
    properties.get('font-size') ?? /(?:^|\s)(\d[\d.]*(?:px|pt|em|%))/.exec(properties.get('font') ?? '')?.[1];
  const fontSize = size === undefined ? undefined : parseFontSize(size);
  if (fontSize !== undefined) style.fontSize = fontSize;
  const color = properties.get('color');
  if (color !== undefined && !/^inherit|^initial/.test(color)) {
    const parsed = parseColor(color);
    if (parsed.transparent === true) style.gone = true;
    style.color = parsed;
  }
  const background = properties.get('background-color') ?? properties.get('background');
  if (/url\(|gradient/.test(properties.get('background') ?? '') || properties.has('background-image'))
    style.background = {};
  else if (background !== undefined && !/^(?:none|inherit|initial|transparent)\b/.test(background)) {
    const parsed = parseColor(/^rgba?\([^)]*\)|^\S+/.exec(background)?.[0] ?? '');
    if (parsed.transparent !== true) style.background = parsed;
  }
  return style;
}

const PROPERTIES = new Set([
  'display',
  'opacity',
  'overflow',
  'overflow-y',
  'height',
  'max-height',
  'width',
  'max-width',
  'position',
  'left',
  'top',
  'right',
  'bottom',
  'clip',
  'text-indent',
  'transform',
  'visibility',
  'font-size',
  'font',
  'color',
  'background',
  'background-color',
  'background-image',
]);

/** Declarations of a block or attribute that matter here, lower-cased; `!important` taken off. */
export function parseDeclarations(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const declaration of text.slice(0, MAX_STYLE).split(';')) {
    const colon = declaration.indexOf(':');
    if (colon < 0) continue;
    const name = declaration.slice(0, colon).trim().toLowerCase();
    if (!PROPERTIES.has(name)) continue;
    const value = declaration
      .slice(colon + 1)
      .trim()
      .toLowerCase()
      .replace(/\s*!\s*important$/, '');
    properties.set(name, value);
    // Shorthand and longhand: the later one counts.
    if (name === 'background') {
      properties.delete('background-color');
      properties.delete('background-image');
    }
  }
  if (properties.get('background-image')?.startsWith('none') === true) properties.delete('background-image');
  return properties;
}

/** The colour of an old `color` or `bgcolor` attribute. */
export const attributeColor = (value: string): { rgb?: number } => {
  const { rgb } = parseColor(value);
  return rgb === undefined ? {} : { rgb };
};

/** The style of an element inside one of style `parent`. */
export function computeStyle(parent: ComputedStyle, declared: DeclaredStyle): ComputedStyle {
  const { fontSize } = declared;
  return {
    gone: parent.gone || declared.gone === true,
    invisible: declared.invisible ?? parent.invisible,
    fontSize:
      fontSize === undefined ? parent.fontSize : fontSize.value * (fontSize.relative ? parent.fontSize : 1),
    color: declared.color === undefined ? parent.color : declared.color.rgb,
    background: declared.background === undefined ? parent.background : declared.background.rgb,
  };
}

/** Why text cannot be read: it is not shown, too small, or of the colour it stands on. */
export type Hiding = 'gone' | 'tiny' | 'color';

/** Why text in that style cannot be read; undefined when it can. */
export function hidingOf(style: ComputedStyle): Hiding | undefined {
  if (style.gone || style.invisible) return 'gone';
  if (style.fontSize < TINY) return 'tiny';
  return sameColor(style.color, style.background) ? 'color' : undefined;
}

function sameColor(a: Color, b: Color): boolean {
  if (a === undefined || b === undefined) return false;
  const difference = (shift: number): number => Math.abs(((a >> shift) & 0xff) - ((b >> shift) & 0xff));
  return difference(16) < SAME_COLOR && difference(8) < SAME_COLOR && difference(0) < SAME_COLOR;
}

/** Colours and size of text, as the old attributes and `style` of few elements set them; style sheets are not read. */
import type { Token } from 'parse5';
import { channelsColor, colorOf, INVALID_COLOR, isLowContrast } from './html-colors.ts';

/** Elements that can change how text looks; `th` counts as `td`. */
const STYLED = new Set([
  'body',
  'font',
  'table',
  'tr',
  'th',
  'td',
  'big',
  'small',
  'basefont',
  'marquee',
  'span',
  'p',
  'div',
  'a',
]);
/** Attributes of theirs that do. */
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  basefont: ['color', 'size'],
  body: ['text', 'bgcolor'],
  font: ['color', 'size'],
  marquee: ['bgcolor'],
  table: ['bgcolor', 'style'],
  td: ['bgcolor', 'style'],
  tr: ['bgcolor', 'style'],
  span: ['style'],
  p: ['style'],
  div: ['style'],
  a: ['style'],
};
/** Elements inside each other whose style is kept; deeper, text looks as around it. */
const MAX_DEPTH = 1000;
/** Characters of a style that are read. */
const MAX_STYLE = 4000;

interface TextStyle {
  readonly tag: string;
  foreground: string;
  background: string;
  size: number;
  display: string;
  visibility: string;
}

/** Why text cannot be seen. */
export type Unseen = 'contrast' | 'color' | 'size' | 'style';

export class TextStyles {
  private readonly stack: TextStyle[] = [
    { tag: 'default', foreground: '#000000', background: '#ffffff', size: 3, display: '', visibility: '' },
  ];
  private readonly open = new Map<string, number>();
  private baseSize = 3;
  /** Font sizes seen, 3 among them. */
  largest = 3;
  smallest = 3;

  start(name: string, attributes: readonly Token.Attribute[]): void {
    if (!STYLED.has(name)) return;
    const tag = name === 'th' ? 'td' : name;
    if (tag === 'basefont' && this.setBaseSize(attributes)) return;
    if (tag === 'td' || tag === 'tr') this.endCells(tag);
    const parent = this.top;
    const style: TextStyle = { ...parent, tag };
    if (tag === 'big') style.size++;
    else if (tag === 'small') style.size--;
    else
      for (const { name: attribute, value } of attributes)
        if (ATTRIBUTES[tag]?.includes(attribute) === true) {
          this.apply(style, attribute, value, parent);
          if (style.size > this.largest) this.largest = style.size;
          else if (style.size < this.smallest) this.smallest = style.size;
        }
    if (this.stack.length >= MAX_DEPTH) return;
    this.stack.push(style);
    this.open.set(tag, (this.open.get(tag) ?? 0) + 1);
  }

  end(name: string): void {
    // Text behind `</body>` is shown as text before it.
    if (!STYLED.has(name) || name === 'body') return;
    const tag = name === 'th' ? 'td' : name;
    if ((this.open.get(tag) ?? 0) > 0) while (this.pop() !== tag);
  }

  /** Why text at this place cannot be seen; undefined when it can. */
  get unseen(): Unseen | undefined {
    const { foreground, background, size, display, visibility } = this.top;
    if (isLowContrast(foreground, background)) return 'contrast';
    if (foreground === INVALID_COLOR || background === INVALID_COLOR) return 'color';
    if (size <= 1) return 'size';
    return display === 'none' || visibility === 'hidden' ? 'style' : undefined;
  }

  private get top(): TextStyle {
    return this.stack[this.stack.length - 1]!;
  }

  private pop(): string {
    const tag = this.stack.pop()?.tag ?? '';
    this.open.set(tag, (this.open.get(tag) ?? 1) - 1);
    return tag;
  }

  private setBaseSize(attributes: readonly Token.Attribute[]): boolean {
    const size = /^\s*(\d{1,4})/.exec(attributes.find(({ name }) => name === 'size')?.value ?? '')?.[1];
    if (size === undefined) return false;
    this.baseSize = Number(size);
    return true;
  }

  /** A cell or row that was not closed ends where the next begins. */
  private endCells(tag: 'td' | 'tr'): void {
    if ((this.open.get(tag) ?? 0) === 0) return;
    const ended = tag === 'td' ? ['font', 'td'] : ['font', 'td', 'tr'];
    while (ended.includes(this.top.tag)) this.pop();
  }

  private apply(style: TextStyle, attribute: string, value: string, parent: TextStyle): void {
    switch (attribute) {
      case 'text':
      case 'color':
        style.foreground = colorOf(value);
        break;
      case 'bgcolor':
        style.background = colorOf(value);
        break;
      case 'size':
        style.size = this.sizeOf(value) ?? style.size;
        break;
      default:
        declare(style, value.slice(0, MAX_STYLE), parent);
    }
  }

  private sizeOf(value: string): number | undefined {
    const match = /^\s*([+-]?)(\d{1,4})/.exec(value);
    if (match === null) return undefined;
    const size = Number(match[2]);
    return match[1] === '' ? size : this.baseSize + (match[1] === '-' ? -size : size);
  }
}

function declare(style: TextStyle, text: string, parent: TextStyle): void {
  for (const declaration of text.split(';')) {
    const [, property = '', value = ''] = /^\s*([a-z_-]+)\s*:\s*(\S.*?)\s*$/is.exec(declaration) ?? [];
    const name = property.toLowerCase();
    if (name === 'color') style.foreground = styleColor(value) ?? style.foreground;
    else if (name === 'background-color') style.background = styleColor(value) ?? style.background;
    else if (property === 'background') style.background = backgroundColor(value) ?? style.background;
    else if (property === 'display') style.display = value.toLowerCase();
    else if (property === 'visibility') style.visibility = value.toLowerCase();
  }
  if (style.background === 'transparent') style.background = parent.background;
  if (style.foreground === 'transparent') style.foreground = style.background;
}

/** undefined for `inherit`; `transparent` as it stands. */
function styleColor(text: string): string | undefined {
  const value = text.toLowerCase().replace(/\s*!\s*important$/, '');
  if (value.includes('rgb')) return channelsColor(value);
  if (value === 'inherit') return undefined;
  return value === 'transparent' ? value : colorOf(value);
}

/** The colour among the values of the last layer. */
function backgroundColor(text: string): string | undefined {
  const values: string[] = text.toLowerCase().match(/,|(?:[^\s,("']|\([^)]*\)?|"[^"]*"?|'[^']*'?)+/g) ?? [];
  const layer = values.slice(values.lastIndexOf(',') + 1);
  return layer.map(colorOf).find((color) => color !== INVALID_COLOR);
}

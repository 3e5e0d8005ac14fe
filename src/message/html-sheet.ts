import { type DeclaredStyle, declaredOf, parseDeclarations } from './html-style.ts';

/** Characters of all style sheets of a part that are read. */
const MAX_SHEET = 262_144;

/** One class named in thousands of rules would cost that much for each element that has it. */
const MAX_RULES_OF_KEY = 20;

/** Rules with one simple selector (`tag`, `.class`, `#id`, `tag.class`); others decide little in mail. */
export class StyleSheet {
  private readonly byKey = new Map<string, ReadonlyMap<string, string>[]>();
  private readonly parsed = new Map<string, DeclaredStyle>();
  private rules = 0;
  private readonly limit: number;

  constructor(sheets: readonly string[], limit: number) {
    this.limit = limit;
    let left = MAX_SHEET;
    for (const sheet of sheets) {
      if (left <= 0) break;
      this.read(withoutComments(sheet.slice(0, left)));
      left -= sheet.length;
    }
  }

  /** What rules and the style attribute say of an element; undefined when nothing. */
  declared(tag: string, id: string, classes: string, style: string): DeclaredStyle | undefined {
    if (this.rules === 0) return style === '' ? undefined : this.inline(style);
    const found: ReadonlyMap<string, string>[] = [];
    const take = (key: string): void => {
      const rules = this.byKey.get(key);
      if (rules !== undefined) found.push(...rules);
    };
    take('*');
    take(tag);
    if (classes !== '') {
      for (const name of classes.split(/\s+/, 20)) {
        take(`.${name}`);
        take(`${tag}.${name}`);
      }
    }
    if (id !== '') {
      take(`#${id}`);
      take(`${tag}#${id}`);
    }
    if (found.length === 0) return style === '' ? undefined : this.inline(style);
    if (style !== '') found.push(parseDeclarations(style));
    return declaredOf(new Map(found.flatMap((rule) => [...rule])));
  }

  /** Newsletters repeat a few style attributes a thousand times. */
  private inline(style: string): DeclaredStyle {
    const known = this.parsed.get(style);
    if (known !== undefined) return known;
    const declared = declaredOf(parseDeclarations(style));
    if (this.parsed.size < this.limit) this.parsed.set(style, declared);
    return declared;
  }

  /** Reads `selectors { declarations }`; blocks of `@media` and other at-rules are for other devices and left out. */
  private read(sheet: string): void {
    let at = 0;
    while (this.rules < this.limit) {
      const open = sheet.indexOf('{', at);
      if (open < 0) return;
      const prelude = sheet.slice(at, open).replace(/^.*;/s, '').trim();
      if (prelude.startsWith('@')) {
        if (/^@media\s+(?:all|screen)$/i.test(prelude)) {
          // Its rules follow; the closing brace is taken off the next selector.
          at = open + 1;
          continue;
        }
        at = blockEnd(sheet, open);
        continue;
      }
      const close = sheet.indexOf('}', open);
      const end = close < 0 ? sheet.length : close;
      this.add(prelude.replace(/^[}\s]+/, ''), sheet.slice(open + 1, end));
      at = end + 1;
    }
  }

  private add(selectors: string, declarations: string): void {
    const properties = parseDeclarations(declarations);
    if (properties.size === 0) return;
    for (const selector of selectors.split(',', 50)) {
      const key = selector.trim();
      if (!/^(?:\*|[a-zA-Z][\w]{0,20})?(?:[.#][\w-]{1,80})?$/.test(key) || key === '') continue;
      const mark = key.search(/[.#]/);
      const name =
        mark < 0 ? key.toLowerCase() : key.slice(0, mark).replace('*', '').toLowerCase() + key.slice(mark);
      const rules = this.byKey.get(name);
      if (rules === undefined) this.byKey.set(name, [properties]);
      else if (rules.length < MAX_RULES_OF_KEY) rules.push(properties);
      this.rules++;
    }
  }
}

function withoutComments(sheet: string): string {
  let out = '';
  let at = 0;
  for (let open = sheet.indexOf('/*'); open >= 0; open = sheet.indexOf('/*', at)) {
    out += sheet.slice(at, open);
    const close = sheet.indexOf('*/', open + 2);
    if (close < 0) return out;
    at = close + 2;
  }
  // `<!--` and `-->` around a sheet hide it from readers of the last century only.
  return (out + sheet.slice(at)).replace(/<!--|-->/g, ' ');
}

/** Index after the block that opens at `open`, blocks inside it included. */
function blockEnd(sheet: string, open: number): number {
  let depth = 0;
  for (let i = open; i < sheet.length; i++) {
    const code = sheet.charCodeAt(i);
    if (code === 0x7b) depth++;
    else if (code === 0x7d && --depth === 0) return i + 1;
  }
  return sheet.length;
}

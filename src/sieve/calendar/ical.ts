/** iCalendar objects (RFC 5545) as trees of components; what is not understood is kept as it is. */

/** A content line (RFC 5545 §3.1). */
export interface Property {
  /** Upper-case. */
  readonly name: string;
  /** As written, with the semicolon before each. */
  readonly parameters: string;
  readonly value: string;
}

export interface Component {
  /** Upper-case. */
  readonly name: string;
  readonly properties: readonly Property[];
  readonly components: readonly Component[];
}

/** Characters of an object: a meeting with a long text and hundreds of guests. */
const MAX_TEXT = 1024 * 1024;
/** Lines of it, and components within components; a time zone's rule is at the third level. */
const MAX_LINES = 20_000;
const MAX_DEPTH = 6;

/**
 * ```
 * contentline = name *(";" param ) ":" value CRLF
 * param       = param-name "=" param-value *("," param-value)
 * param-value = paramtext / quoted-string
 * ```
 */
const LINE = /^([a-z0-9-]+)((?:;[a-z0-9-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*):(.*)$/i;

interface Open {
  readonly name: string;
  readonly properties: Property[];
  readonly components: Component[];
}

/** Reads one VCALENDAR; returns what is wrong with the text when it is none. */
export function parseCalendar(text: string): Component | string {
  if (text.length > MAX_TEXT) return 'the calendar data is too large';
  const lines = text
    .replace(/^\ufeff/, '')
    .replace(/\r?\n[ \t]/g, '')
    .split(/\r?\n/);
  if (lines.length > MAX_LINES) return 'the calendar data has too many lines';
  const open: Open[] = [{ name: '', properties: [], components: [] }];
  for (const line of lines) {
    if (line.trim() === '') continue;
    const found = LINE.exec(line);
    const inner = open.at(-1);
    if (found === null || inner === undefined)
      return `the calendar data has a line that is none: ${shown(line)}`;
    const [, name = '', parameters = '', raw = ''] = found;
    const value = raw.replace(/[\0-\x08\x0a-\x1f\x7f]/g, '');
    const key = name.toUpperCase();
    if (key === 'BEGIN') {
      if (open.length > MAX_DEPTH) return 'the calendar data is nested too deeply';
      open.push({ name: value.trim().toUpperCase(), properties: [], components: [] });
    } else if (key === 'END') {
      if (open.length < 2 || inner.name !== value.trim().toUpperCase())
        return `the calendar data ends ${shown(value)} wrongly`;
      open.pop();
      open.at(-1)?.components.push(inner);
    } else if (open.length < 2) return `the calendar data has ${shown(name)} outside of a component`;
    else inner.properties.push({ name: key, parameters, value });
  }
  const [root] = open;
  const [calendar, second] = root?.components ?? [];
  if (open.length > 1 || calendar?.name !== 'VCALENDAR' || second !== undefined)
    return 'the calendar data is not one VCALENDAR';
  return calendar;
}

const shown = (text: string): string => JSON.stringify(text.slice(0, 60));

/** The text of a component, folded at 75 octets (RFC 5545 §3.1). */
export function formatCalendar(component: Component): string {
  const { name, properties, components } = component;
  return [
    `BEGIN:${name}\r\n`,
    ...properties.map((property) => fold(`${property.name}${property.parameters}:${property.value}`)),
    ...components.map(formatCalendar),
    `END:${name}\r\n`,
  ].join('');
}

const MAX_OCTETS = 75;

function fold(line: string): string {
  let out = '';
  let length = 0;
  for (const character of line) {
    const size = Buffer.byteLength(character);
    if (length + size > MAX_OCTETS) {
      out += '\r\n ';
      length = 1;
    }
    out += character;
    length += size;
  }
  return `${out}\r\n`;
}

/** The first property of that name. */
export function property({ properties }: Component, name: string): Property | undefined {
  return properties.find((candidate) => candidate.name === name);
}

/** Its value without the white space around it, '' when there is none. */
export function valueOf(component: Component, name: string): string {
  return property(component, name)?.value.trim() ?? '';
}

/** A parameter of a property without its quotes, '' when there is none. */
export function parameter({ parameters }: Property, name: string): string {
  for (const [, key = '', quoted, plain] of parameters.matchAll(/;([a-z0-9-]+)=(?:"([^"]*)"|([^";:]*))/gi))
    if (key.toUpperCase() === name) return quoted ?? plain ?? '';
  return '';
}

/** A component with one property in the place of all of that name. */
export function withProperty(component: Component, replacement: Property): Component {
  const others = component.properties.filter(({ name }) => name !== replacement.name);
  return { ...component, properties: [...others, replacement] };
}

/** `mailto:` URIs as addresses to compare by; '' for others (RFC 5545 §3.3.3). */
export function calendarAddress(value: string): string {
  return /^mailto:(.+)$/i.exec(value.trim())?.[1]?.trim().toLowerCase() ?? '';
}

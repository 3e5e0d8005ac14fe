/** Header fields as header rules ask for them: names, pseudo names, modifiers. */
import type { Envelope } from '../../message/envelope.ts';
import type { Address, HeaderField, Message } from '../../message/types.ts';
import type { Domains } from './domains.ts';
import { VIEW_LIMITS } from './limits.ts';
import { toOctets } from './octets.ts';
import type { Octets, RelayView } from './types.ts';

interface Modifiers {
  readonly raw: boolean;
  readonly take: 'addr' | 'name' | undefined;
  readonly reduce: 'host' | 'domain' | 'ip' | 'revip' | undefined;
  readonly only: 'first' | 'last' | undefined;
}

/** Names that are no fields, and the fields they stand for. */
const PSEUDO_FIELDS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['tocc', ['to', 'cc']],
  ['envelopefrom', []],
  ...['trusted', 'untrusted', 'internal', 'external'].map((which) => [`x-spam-relays-${which}`, []] as const),
]);
/** Likewise, in capitals. */
const PSEUDO_NAMES: ReadonlySet<string> = new Set([
  'ALL',
  'ALL-TRUSTED',
  'ALL-UNTRUSTED',
  'ALL-INTERNAL',
  'ALL-EXTERNAL',
  'MESSAGEID',
]);

/** Answers requests such as `From:addr`, each worked out once. */
export class HeaderViews {
  private readonly message: Message;
  private readonly envelope: Envelope;
  private readonly relays: () => RelayView;
  private readonly domains: Domains;
  private readonly answers = new Map<string, readonly Octets[]>();
  private readonly texts = new Map<string, Octets | undefined>();
  /** Fields are asked for by their names, and all at once. */
  private readonly decodedValues = new Map<HeaderField, Octets>();

  constructor(message: Message, envelope: Envelope, relays: () => RelayView, domains: Domains) {
    this.message = message;
    this.envelope = envelope;
    this.relays = relays;
    this.domains = domains;
  }

  values(request: string): readonly Octets[] {
    let found = this.answers.get(request);
    if (found === undefined) {
      found = this.answer(readRequest(request));
      this.answers.set(request, found);
    }
    return found;
  }

  text(request: string): Octets | undefined {
    if (this.texts.has(request)) return this.texts.get(request);
    const values = this.values(request);
    const [first] = values;
    const text =
      first === undefined || values.length === 1 ? first : values.join(first.endsWith('\n') ? '' : '\n');
    this.texts.set(request, text);
    return text;
  }

  private decoded(field: HeaderField): Octets {
    let value = this.decodedValues.get(field);
    if (value === undefined) {
      value = decodedValue(field);
      this.decodedValues.set(field, value);
    }
    return value;
  }

  private answer({ name, fields: names, isPseudo, modifiers }: HeaderRequest): readonly Octets[] {
    const { header } = this.message;
    const fields = names.length === 1 ? header.all(names[0]!) : names.flatMap((one) => header.all(one));
    if (!isPseudo && fields.length === 0) return NO_VALUES;
    const pseudo = isPseudo ? this.pseudo(name, modifiers.raw) : undefined;
    if (pseudo !== undefined && name.startsWith('ALL')) return pseudo;
    if (names.length > 0 && modifiers.take !== undefined) {
      const picked = pick(fields, modifiers.only);
      return reduced(
        picked.flatMap((field) => mailboxes(field).flatMap((address) => taken(address, field, modifiers))),
        modifiers,
        this.domains,
      );
    }
    const values = pseudo ?? fields.map((field) => (modifiers.raw ? rawValue(field) : this.decoded(field)));
    return reduced(pick(values, modifiers.only), modifiers, this.domains);
  }

  /** The values of a name that is no field; undefined when it is one. */
  private pseudo(name: string, raw: boolean): readonly Octets[] | undefined {
    const all = (fields: readonly HeaderField[]): Octets[] =>
      allFields(fields, raw ? rawValue : (field) => ` ${this.decoded(field)}`);
    const { fields } = this.message.header;
    switch (name) {
      case 'ALL':
        return all(fields);
      case 'ALL-TRUSTED':
        return all(this.upToRelay(this.relays().trustedFields).above);
      case 'ALL-UNTRUSTED':
        return all(this.upToRelay(this.relays().trustedFields).below);
      case 'ALL-INTERNAL':
        return all(this.upToRelay(this.relays().internalFields).above);
      case 'ALL-EXTERNAL':
        return all(this.upToRelay(this.relays().internalFields).below);
      case 'MESSAGEID':
        return ['X-Message-Id', 'Resent-Message-Id', 'X-Original-Message-ID', 'Message-Id'].flatMap((one) => {
          const field = this.message.header.all(one).at(-1);
          return field === undefined ? [] : [raw ? unfoldedRaw(field) : this.decoded(field)];
        });
      default:
    }
    switch (name.toLowerCase()) {
      case 'envelopefrom': {
        const sender = this.envelopeSender();
        return sender === undefined ? [] : [sender];
      }
      case 'x-spam-relays-trusted':
        return [this.relays().trusted];
      case 'x-spam-relays-untrusted':
        return [this.relays().untrusted];
      case 'x-spam-relays-internal':
        return [this.relays().internal];
      case 'x-spam-relays-external':
        return [this.relays().external];
      case 'tocc':
        return ['to', 'cc'].flatMap((one) =>
          this.message.header.all(one).map((field) => (raw ? unfoldedRaw(field) : this.decoded(field))),
        );
      default:
        return undefined;
    }
  }

  /** Ours is the one the session was told; of a message without a session, what a relay noted. */
  private envelopeSender(): Octets | undefined {
    const { sender } = this.envelope;
    return sender === '' ? (this.relays().envelopeSender ?? '') : toOctets(sender);
  }

  /**
   * Fields that relays added of which `count` Received fields tell, and fields that others may have: the field behind
   * those is in both, since a relay that is trusted wrote it, about one that is not.
   */
  private upToRelay(count: number): { above: readonly HeaderField[]; below: readonly HeaderField[] } {
    const { fields } = this.message.header;
    const received = fields.flatMap(({ key }, index) => (key === 'received' ? [index] : []));
    if (count < 0) return { above: [], below: fields };
    const last = received[count];
    if (last === undefined) return { above: fields, below: [] };
    return { above: fields.slice(0, last + 1), below: fields.slice(last) };
  }
}

const NO_VALUES: readonly Octets[] = [];

interface HeaderRequest {
  readonly name: string;
  /** The fields it is about, lower-cased. */
  readonly fields: readonly string[];
  readonly isPseudo: boolean;
  readonly modifiers: Modifiers;
}

/** Requests are written in rules, so there are as many as rules. */
const requests = new Map<string, HeaderRequest>();
const MAX_REQUESTS = 5000;

function readRequest(text: string): HeaderRequest {
  const known = requests.get(text);
  if (known !== undefined) return known;
  const [name = '', ...words] = text.split(':');
  const isNamed = PSEUDO_NAMES.has(name);
  const stands = isNamed ? [] : PSEUDO_FIELDS.get(name.toLowerCase());
  const request = {
    name,
    fields: stands ?? [name.toLowerCase()],
    isPseudo: stands !== undefined,
    modifiers: readModifiers(words),
  };
  if (requests.size < MAX_REQUESTS) requests.set(text, request);
  return request;
}

function readModifiers(words: readonly string[]): Modifiers {
  const has = (word: string): boolean => words.includes(word);
  return {
    raw: has('raw'),
    take: has('addr') ? 'addr' : has('name') ? 'name' : undefined,
    reduce: has('domain')
      ? 'domain'
      : has('host')
        ? 'host'
        : has('revip')
          ? 'revip'
          : has('ip')
            ? 'ip'
            : undefined,
    only: has('first') ? 'first' : has('last') ? 'last' : undefined,
  };
}

function pick<T>(values: readonly T[], only: Modifiers['only']): readonly T[] {
  return only === undefined ? values : only === 'first' ? values.slice(0, 1) : values.slice(-1);
}

/** As it stands, folds and all, line endings `\n`. */
export function rawValue({ rawValue: raw }: HeaderField): Octets {
  return `${raw.slice(0, VIEW_LIMITS.headerValue).replaceAll('\r\n', '\n')}\n`;
}

const unfoldedRaw = (field: HeaderField): Octets => `${rawValue(field).replace(/\n\s+/g, ' ').trimEnd()}\n`;

/** Unfolded, encoded words decoded, a `\n` at the end. */
export function decodedValue(field: HeaderField): Octets {
  const { rawValue: raw } = field;
  if (raw.length > VIEW_LIMITS.headerValue)
    return `${toOctets(field.text.slice(0, VIEW_LIMITS.headerValue))}\n`;
  // Most fields are plain ASCII: unfolding is all there is to do.
  // oxlint-disable-next-line no-control-regex -- the bytes of ASCII
  const plain = !raw.includes('=?') && !/[^\x00-\x7f]/.test(raw);
  const text = plain ? raw.replace(/\r?\n[ \t]+/g, ' ').trim() : toOctets(field.text);
  return `${text}\n`;
}

/** Lines of fields, names first. */
export function allFields(fields: readonly HeaderField[], valueOf: (field: HeaderField) => Octets): Octets[] {
  const lines: Octets[] = [];
  let size = 0;
  for (const field of fields) {
    const line = `${field.name}:${valueOf(field)}`;
    size += line.length;
    if (size > VIEW_LIMITS.header) break;
    lines.push(line);
  }
  return lines;
}

const mailboxes = (field: HeaderField): readonly Address[] =>
  field.addresses.flatMap((one) => one.group ?? [one]);

function taken({ address, name }: Address, field: HeaderField, { take, raw }: Modifiers): Octets[] {
  // What cannot be delivered to is no address for rules.
  if (take === 'addr') return /@[^@,]+$/.test(address) ? [toOctets(address)] : [];
  if (raw && field.addresses.length === 1) return rawName(field);
  return name === ''
    ? []
    : [
        toOctets(
          name
            .replace(/\s+/g, ' ')
            .trim()
            .replace(/^'(.*)'$/s, '$1'),
        ),
      ];
}

/** What stands before the address of a field that has one, encoded as it is. */
function rawName(field: HeaderField): Octets[] {
  const value = rawValue(field).replace(/\n\s+/g, ' ');
  const at = value.lastIndexOf('<');
  const name = (at < 0 ? '' : value.slice(0, at)).trim().replace(/^"(.*)"$/s, '$1');
  return name === '' ? [] : [name];
}

const HOST = /[\w\x80-\xff][\w.\x80-\xff-]{0,250}\.[a-z\x80-\xff][\w\x80-\xff-]{1,62}(?![\w-])/i;
const ADDRESS =
  /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])|(?<![\w:])(?:[\da-f]{0,4}:){2,7}[\da-f]{0,4}(?![\w:])/i;

function reduced(
  values: readonly Octets[],
  { reduce, take }: Modifiers,
  domains: Domains,
): readonly Octets[] {
  if (reduce === undefined) return values;
  return values.flatMap((value) => {
    if (reduce === 'ip' || reduce === 'revip') {
      const address = ADDRESS.exec(value)?.[0];
      if (address === undefined) return [];
      return [reduce === 'ip' || address.includes(':') ? address : address.split('.').toReversed().join('.')];
    }
    const behindAt = value.slice(value.lastIndexOf('@') + 1);
    const host =
      take === 'addr' && value.includes('@') ? /^\S+/.exec(behindAt)?.[0] : HOST.exec(behindAt)?.[0];
    const found = host ?? HOST.exec(value)?.[0];
    if (found === undefined) return [];
    return [reduce === 'host' ? found : (domains.organizational(found) ?? found.toLowerCase())];
  });
}

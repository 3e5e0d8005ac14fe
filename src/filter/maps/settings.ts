/** Settings of the lists of the admin (rspamd's multimap), with their defaults and the reason of each. */
import type { Action } from '../types.ts';

/** What of a message is looked for in a list. */
export const MAP_SUBJECTS = [
  'client',
  'helo',
  'reverse_name',
  'sender',
  'from',
  'reply_to',
  'recipient',
  'dkim',
  'links',
  'header',
  'text',
  'file_name',
  'file_hash',
] as const;

export type MapSubject = (typeof MAP_SUBJECTS)[number];

/** What the entries of a list are, and what they can be looked for in. */
export const MAP_KINDS = {
  /** Whole mail addresses, any case. */
  address: ['sender', 'from', 'reply_to', 'recipient'],
  /** A domain with all that is below it. */
  domain: ['sender', 'from', 'reply_to', 'recipient', 'helo', 'reverse_name', 'dkim', 'links'],
  /** Addresses and ranges (`192.0.2.0/24`). */
  network: ['client', 'links'],
  /** MD5, SHA-1 or SHA-256 of the content of an attachment, as hexadecimal digits. */
  hash: ['file_hash'],
  /** The whole value, any case. */
  exact: ['helo', 'reverse_name', 'header', 'file_name', 'links'],
  /** RE2 expressions, any case, anywhere in the value; linear in time whatever they are. */
  regex: [
    'helo',
    'reverse_name',
    'sender',
    'from',
    'reply_to',
    'recipient',
    'links',
    'header',
    'text',
    'file_name',
  ],
} as const satisfies Record<string, readonly MapSubject[]>;

export type MapKind = keyof typeof MAP_KINDS;

export interface MapSettings {
  kind: MapKind;
  of: MapSubject[];
  /** Field looked at by `header`. */
  header?: string | undefined;
  /** One entry a line; `#` begins a comment. Read again when it changes. */
  file?: string | undefined;
  entries?: string[] | undefined;
  score: number;
  description?: string | undefined;
  /** Decides whatever the score is, as in `filter.forced_actions`, which goes before it. */
  action?: Action | undefined;
  /** Text of a refusal. */
  text?: string | undefined;
}

export interface MapsSettings {
  /** By the symbol a list gives. */
  lists: Record<string, MapSettings>;
  /** Octets of one file; what is longer is not read. */
  fileBytes: number;
  /** Milliseconds after which files are looked at again. */
  interval: number;
}

export const defaultMapsSettings: MapsSettings = {
  lists: {},
  // Some 300,000 domains. Each worker has them in memory, ten times that would be a third of what it may use.
  fileBytes: 8 * 1024 * 1024,
  // Who has just blocked somebody looks for the effect at once; a look at a file costs microseconds.
  interval: 5_000,
};

/** Bounds of one list and of what is looked at in one message. */
export const MAP_LIMITS = {
  /** Each expression is tried on each value: 100 take 120 to 190 ms on 16,000 characters. */
  regexes: 100,
  /** Characters of an expression; RE2 programs grow with counted repetitions. */
  regexLength: 500,
  /** Characters that the expressions of a list see of a message, all values of a subject together. */
  characters: 16_000,
  /** Attachments whose digests are made. */
  attachments: 200,
} as const;

/** Forced actions of the lists, by symbol. */
export function mapActions({ lists }: MapsSettings): Record<string, { action: Action; text?: string }> {
  return Object.fromEntries(
    Object.entries(lists).flatMap(([symbol, { action, text }]) =>
      action === undefined ? [] : [[symbol, { action, ...(text === undefined ? {} : { text }) }]],
    ),
  );
}

import type { SieveLimits } from '../limits.ts';
import type { SieveSettings } from '../settings.ts';
import type { Configured, StatusHeader } from './configuration.ts';

/** A setting of the tool whose tests we run, and what it is with us. */
interface Setting {
  /** The key in lower case; the first group is a name that stands in it. */
  readonly pattern: RegExp;
  /** Extensions whose reloading puts it in force; '' is the language. */
  readonly owners: readonly string[];
  /** A value that makes no sense leaves things as they are. */
  apply(configured: Configured, value: string, name: string): void;
}

/** About what a slow machine does (see `SieveLimits.steps`). */
const STEPS_PER_SECOND = 1_000_000;

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** `7d`, `10 mins`, `3600`: seconds. */
function parsePeriod(value: string): number | undefined {
  const found = /^\s*(\d+)\s*(?:([smhdw])[a-z]*)?\s*$/i.exec(value);
  return found === null ? undefined : Number(found[1]) * (UNITS[found[2]?.toLowerCase() ?? 's'] ?? 1);
}

/** `4k`, `1 M`, `1024`: octets. */
function parseSize(value: string): number | undefined {
  const found = /^\s*(\d+)\s*([kmgt])?i?b?\s*$/i.exec(value);
  if (found === null) return undefined;
  return Number(found[1]) * 1024 ** ' kmgt'.indexOf(found[2]?.toLowerCase() ?? ' ');
}

function parseNumber(value: string): number | undefined {
  return /^\s*\d+\s*$/.test(value) ? Number(value) : undefined;
}

function parseFlag(value: string): boolean | undefined {
  if (/^\s*(?:yes|y|true|1|on)\s*$/i.test(value)) return true;
  return /^\s*(?:no|n|false|0|off)\s*$/i.test(value) ? false : undefined;
}

const words = (value: string): string[] => value.split(/[\s,]+/).filter((word) => word !== '');

/** In settings of that tool 0 often means: no limit. */
const orEndless = (value: number | undefined): number | undefined =>
  value === 0 ? Number.MAX_SAFE_INTEGER : value;

type Parse<T> = (value: string) => T | undefined;
type KeysOf<S, T> = { [K in keyof S]: S[K] extends T ? K : never }[keyof S];

const exactly = (key: string): RegExp => new RegExp(`^${key.replaceAll('.', '\\.')}$`);

function limit(key: string, name: keyof SieveLimits, parse: Parse<number>, ...owners: string[]): Setting {
  return {
    pattern: exactly(key),
    owners: owners.length === 0 ? [''] : owners,
    apply({ limits }, value) {
      limits[name] = parse(value) ?? limits[name];
    },
  };
}

function vacation<T>(key: string, name: KeysOf<SieveSettings['vacation'], T>, parse: Parse<T>): Setting {
  return {
    pattern: exactly(`sieve_vacation_${key}`),
    owners: ['vacation', 'vacation-seconds'],
    apply({ settings }, value) {
      const parsed = parse(value);
      if (parsed !== undefined) Object.assign(settings.vacation, { [name]: parsed });
    },
  };
}

function duplicate(key: string, name: keyof SieveSettings['duplicate']): Setting {
  return {
    pattern: exactly(`sieve_duplicate_${key}`),
    owners: ['duplicate', 'vnd.dovecot.duplicate'],
    apply({ settings }, value) {
      settings.duplicate[name] = parsePeriod(value) ?? settings.duplicate[name];
    },
  };
}

function editheader(
  key: string,
  apply: (settings: SieveSettings['editheader'], value: string, name: string) => void,
): Setting {
  return {
    pattern: new RegExp(`^sieve_editheader_${key}$`),
    owners: ['editheader'],
    apply: ({ settings }, value, name) => apply(settings.editheader, value, name),
  };
}

/** The URI of a list: names that begin with a colon are short for one (RFC 6134 §2.5). */
const listName = (name: string): string => (name.startsWith(':') ? `urn:ietf:params:sieve${name}` : name);

/** `sieve_spamtest_KEY` or `sieve_virustest_KEY`. */
function status(
  test: 'spam' | 'virus',
  key: string,
  apply: (settings: StatusHeader, value: string, name: string) => void,
): Setting {
  return {
    pattern: new RegExp(`^sieve_${test}test_${key}$`),
    owners: test === 'spam' ? ['spamtest', 'spamtestplus'] : ['virustest'],
    apply: (configured, value, name) => apply(configured[test], value, name),
  };
}

function statusSettings(test: 'spam' | 'virus'): Setting[] {
  return [
    status(test, 'status_header', (settings, value) => {
      settings.statusHeader = value;
    }),
    status(test, 'status_type', (settings, value) => {
      settings.statusType =
        STATUS_TYPES.find((type) => type === value.trim().toLowerCase()) ?? settings.statusType;
    }),
    status(test, '(?:score_)?max_header', (settings, value) => {
      settings.maxHeader = value;
    }),
    status(test, '(?:score_)?max_value', (settings, value) => {
      const number = Number(value);
      if (value.trim() !== '' && number > 0) settings.maxValue = number;
    }),
    status(test, 'text_value[_/]?(\\d+)', (settings, value, name) => {
      settings.textValues.set(Number(name), value);
    }),
  ];
}

const STATUS_TYPES = ['score', 'strlen', 'text'] as const;

export const SETTINGS: readonly Setting[] = [
  ...statusSettings('spam'),
  ...statusSettings('virus'),
  {
    pattern: /^sieve_env_(.+)$/,
    owners: ['', 'environment', 'vnd.dovecot.environment'],
    apply({ environment }, value, name) {
      environment[name] = value;
    },
  },
  {
    pattern: /^sieve_extlists_list$/,
    owners: ['extlists'],
    apply({ lists }, value) {
      for (const name of value.toLowerCase().split(/\s+/)) if (name !== '') lists.set(listName(name), []);
    },
  },
  {
    // Of ours: the members of a list.
    pattern: /^sieve_extlists_list\/(.+)$/,
    owners: ['extlists'],
    apply({ lists }, value, name) {
      lists.set(listName(name), words(value));
    },
  },
  limit('sieve_max_script_size', 'scriptBytes', (value) => orEndless(parseSize(value))),
  limit('sieve_max_actions', 'actions', (value) => orEndless(parseNumber(value))),
  limit('sieve_max_redirects', 'redirects', parseNumber),
  limit(
    'sieve_notify_max_notifications',
    'notifications',
    (value) => orEndless(parseNumber(value)),
    'enotify',
  ),
  duplicate('default_period', 'defaultPeriod'),
  duplicate('max_period', 'maxPeriod'),
  limit('sieve_max_cpu_time', 'steps', (value) => {
    const seconds = orEndless(parsePeriod(value));
    return seconds === undefined ? undefined : seconds * STEPS_PER_SECOND;
  }),
  limit('sieve_variables_max_value_size', 'variableBytes', parseSize, 'variables'),
  limit('sieve_variables_max_variable_size', 'variableBytes', parseSize, 'variables'),
  limit('sieve_variables_max_variable_count', 'variables', parseNumber, 'variables'),
  limit('sieve_include_max_includes', 'includes', parseNumber, 'include'),
  limit('sieve_include_max_nesting_depth', 'includeDepth', parseNumber, 'include'),
  {
    pattern: /^recipient_delimiter$/,
    owners: ['', 'subaddress'],
    apply({ settings }, value) {
      settings.subaddress.separators = value;
    },
  },
  {
    pattern: /^sieve_user_email$/,
    owners: [''],
    apply(configured, value) {
      const address = value.trim().replace(/^<(.*)>$/s, '$1');
      configured.userEmail = address === '' ? undefined : address;
    },
  },
  {
    pattern: /^sieve_redirect_envelope_from$/,
    owners: [''],
    apply(configured, value) {
      configured.redirectFrom = value;
    },
  },
  {
    pattern: /^sieve_notify_mailto_envelope_from$/,
    owners: ['enotify'],
    apply({ settings }, value) {
      settings.notify.mailtoEnvelopeFrom = value.trim() === '<>' ? 'null' : value.trim();
    },
  },
  vacation<number>('min_period', 'minPeriod', parsePeriod),
  vacation<number>('max_period', 'maxPeriod', parsePeriod),
  vacation<number>('default_period', 'defaultPeriod', parsePeriod),
  vacation<string>('default_subject', 'defaultSubject', (value) => value),
  vacation<string>('default_subject_template', 'subjectTemplate', (value) =>
    value.replaceAll('%$', '%{subject}'),
  ),
  vacation<boolean>('send_from_recipient', 'sendFromRecipient', parseFlag),
  vacation<boolean>('to_header_ignore_envelope', 'toHeaderIgnoreEnvelope', parseFlag),
  vacation<boolean>('use_original_recipient', 'useOriginalRecipient', parseFlag),
  vacation<boolean>('check_recipient', 'checkRecipient', parseFlag),
  vacation<boolean>('dont_check_recipient', 'checkRecipient', (value) => {
    const flag = parseFlag(value);
    return flag === undefined ? undefined : !flag;
  }),
  editheader('max_header_size', (settings, value) => {
    settings.maxHeaderSize = orEndless(parseSize(value)) ?? settings.maxHeaderSize;
  }),
  editheader('(?:protected|forbid_add)', (settings, value) => {
    settings.forbidAdd = [...settings.forbidAdd, ...words(value)];
  }),
  editheader('(?:protected|forbid_delete)', (settings, value) => {
    settings.forbidDelete = [...settings.forbidDelete, ...words(value)];
  }),
  editheader('header/([^/]+)/forbid_add', (settings, value, name) => {
    if (parseFlag(value) === true) settings.forbidAdd = [...settings.forbidAdd, name];
  }),
  editheader('header/([^/]+)/forbid_delete', (settings, value, name) => {
    if (parseFlag(value) === true) settings.forbidDelete = [...settings.forbidDelete, name];
  }),
];

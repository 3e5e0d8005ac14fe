import { filterFaults } from '../filter/faults.ts';
import type { Contradiction } from './read.ts';
import type { Config } from './schema.ts';

/** What a schema cannot say: settings that are well formed each, and wrong together. */
export function contradictions(config: Config): Contradiction[] {
  return CHECKS.flatMap((check) => check(config));
}

const CHECKS: readonly ((config: Config) => Contradiction[])[] = [
  tlsPair,
  listenTwice,
  thresholdOrder,
  composites,
  room,
  reporter,
  sievePeriods,
  sievePrograms,
  imapRules,
];

function tlsPair({ tls }: Config): Contradiction[] {
  if ((tls.certificate === '') === (tls.key === '')) return [];
  const given = tls.certificate === '' ? 'key' : 'certificate';
  return [{ path: ['tls', given], text: 'certificate and key go together: one of them is missing' }];
}

function listenTwice({ servers }: Config): Contradiction[] {
  const seen = new Map<string, string>();
  const found: Contradiction[] = [];
  for (const [name, server] of Object.entries(servers)) {
    const lists = [
      ['listen', server.listen],
      ['listen_tls', 'listenTls' in server ? server.listenTls : []],
    ] as const;
    for (const [key, list] of lists)
      for (const [index, address] of list.entries()) {
        const other = seen.get(address);
        if (other !== undefined && !address.endsWith(':0'))
          found.push({
            path: ['servers', name, key, index],
            text: `${other} listens at ${address} already`,
          });
        seen.set(address, name);
      }
  }
  return found;
}

function thresholdOrder({ filter: { thresholds } }: Config): Contradiction[] {
  // A message refused below the score from which it counts as spam cannot be what anybody means.
  return (['softReject', 'reject', 'discard', 'quarantine'] as const).flatMap((name) => {
    const score = thresholds[name];
    const key = name === 'softReject' ? 'soft_reject' : name;
    return score !== null && score < thresholds.addHeader
      ? [
          {
            path: ['filter', 'thresholds', key],
            text: `${score} is below add_header (${thresholds.addHeader})`,
          },
        ]
      : [];
  });
}

function composites({ filter }: Config): Contradiction[] {
  return filterFaults(filter)
    .filter(({ usable }) => !usable)
    .map(({ path, text }) => ({ path: ['filter', ...path.split('.')], text }));
}

function sievePeriods({ sieve: { vacation, duplicate } }: Config): Contradiction[] {
  const found: Contradiction[] = [];
  const { minPeriod, maxPeriod, defaultPeriod } = vacation;
  if (maxPeriod > 0 && minPeriod > maxPeriod)
    found.push({ path: ['sieve', 'vacation', 'min_period'], text: 'is longer than max_period' });
  else if (defaultPeriod < minPeriod || (maxPeriod > 0 && defaultPeriod > maxPeriod))
    found.push({
      path: ['sieve', 'vacation', 'default_period'],
      text: 'is not between min_period and max_period',
    });
  if (duplicate.defaultPeriod > duplicate.maxPeriod)
    found.push({ path: ['sieve', 'duplicate', 'default_period'], text: 'is longer than max_period' });
  return found;
}

function sievePrograms({ sieve: { programs, converters } }: Config): Contradiction[] {
  if (programs.folder !== '') return [];
  const listed = (['pipe', 'filter', 'execute'] as const)
    .filter((command) => programs[command].length > 0)
    .map((command) => ['sieve', 'programs', command]);
  return [...listed, ...(converters.length > 0 ? [['sieve', 'converters']] : [])].map((path) => ({
    path,
    text: 'programs are listed, but there is no folder they lie in',
  }));
}

function imapRules({ sieve: { imap } }: Config): Contradiction[] {
  if (imap.folder !== '' || imap.rules.every(({ before, after }) => before.length + after.length === 0))
    return [];
  return [
    { path: ['sieve', 'imap', 'rules'], text: 'rules name scripts, but there is no folder they lie in' },
  ];
}

function reporter({ dmarc: { reports } }: Config): Contradiction[] {
  if (!reports.enabled) return [];
  return (['organization', 'email'] as const)
    .filter((key) => reports[key] === '')
    .map((key) => ({ path: ['dmarc', 'reports', key], text: 'reports must say who they are from' }));
}

function room({ daemon, policy }: Config): Contradiction[] {
  // While a message grows its memory is doubled.
  const needed = 2 * policy.messageBytes;
  return daemon.incomingBytes < needed
    ? [
        {
          path: ['daemon', 'incoming_bytes'],
          text: 'is less than twice policy.message_bytes: no large message could come in',
        },
      ]
    : [];
}

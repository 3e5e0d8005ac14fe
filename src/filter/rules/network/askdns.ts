/** `askdns NAME template type test`: any question, with tags of the message in it. */
import type { RecordType } from '../../../net/resolver.ts';
import { expand } from './tags.ts';
import { type AskFunction, zoneOf } from './types.ts';

const TYPES: ReadonlySet<string> = new Set<RecordType>(['A', 'AAAA', 'MX', 'TXT', 'PTR', 'NS']);
const isType = (type: string): type is RecordType => TYPES.has(type);

/** Labels of a template behind its last tag are the zone: that of the list, when it has two at least. */
const listZone = (template: string): string =>
  zoneOf(template.slice(template.lastIndexOf('_') + 1)).replace(/^\./, '');

const askdns: AskFunction = async ({ name, args }, asking) => {
  const [template = '', type = 'A', ...rest] = args;
  const kind = type.toUpperCase();
  if (!isType(kind)) return false;
  const test = rest.join(' ').trim();
  const names = expand(template, asking).map(zoneOf);
  // `[NXDOMAIN]` and other codes: that there is nothing is what is meant.
  const codes = /^\[([A-Z, ]+)\]$/.exec(test)?.[1]?.split(/[, ]+/);
  if (codes !== undefined) {
    const answers = await Promise.all(names.map((one) => asking.lookups.records(one, kind)));
    return codes.includes('NXDOMAIN') && answers.includes('none');
  }
  const subtest = asking.subtest(test);
  const zone = listZone(template);
  const isList = (kind === 'A' || kind === 'TXT') && template.includes('_') && zone.includes('.');
  const answers = await Promise.all(
    names.map((one) =>
      isList ? asking.lookups.list(name, zone, one, kind) : asking.lookups.records(one, kind),
    ),
  );
  return answers.some((answer) => typeof answer !== 'string' && answer.some(subtest));
};

export const askdnsFunctions: Readonly<Record<string, AskFunction>> = { check_askdns: askdns };

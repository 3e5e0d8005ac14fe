/** Eval functions on times: of the Date field against the Received fields, and in ids of Outlook. */
import { parseDate } from '../../../message/date.ts';
import { numberOf } from './support/arguments.ts';
import type { EvalContext, EvalFunction } from './types.ts';

type Context = EvalContext;

const RECEIVED_DATE = /\s.?\d{1,9} \S\S\S \d{1,9} \d{1,9}:\d{1,9}:\d{1,9} \S+/;
/** Characters of a date that are read. */
const MAX_DATE = 200;
/** Received fields whose time is read. */
const MAX_RECEIVED = 100;

/** Zones by the names that Windows writes out, which no standard has. */
const ZONES: Readonly<Record<string, string>> = {
  'eastern standard time': '-0500',
  'eastern daylight time': '-0400',
  'central standard time': '-0600',
  'central daylight time': '-0500',
  'mountain standard time': '-0700',
  'mountain daylight time': '-0600',
  'pacific standard time': '-0800',
  'pacific daylight time': '-0700',
};

/** Seconds since the epoch, of dates as programs write them: `0102` for 2002, `16:54:6`, a zone by its long name. */
function secondsOf(text: string): number | undefined {
  const tolerant = text
    .slice(0, MAX_DATE)
    .replace(/(\d [a-z]{3}) 0?1(\d\d) /i, '$1 20$2 ')
    .replace(/:(\d)(?=[: ])/g, ':0$1')
    .replace(/[a-z]+ (?:standard|daylight) time/i, (name) => ZONES[name.toLowerCase()] ?? name);
  const date = parseDate(tolerant);
  return date === undefined ? undefined : date.getTime() / 1000;
}

function sentAt({ message: { header } }: Context): number | undefined {
  for (const name of ['resent-date', 'date'])
    for (const { value } of header.all(name)) {
      const seconds = secondsOf(value);
      if (seconds !== undefined) return seconds;
    }
  return undefined;
}

/** Times of the Received fields, without those of the program that fetched the mail. */
function receivedAt({ views }: Context): readonly number[] {
  const fields = views
    .header('Received')
    .filter((value) => /\S/.test(value))
    .slice(0, MAX_RECEIVED);
  const first = fields[0] ?? '';
  const isLocal =
    /\bfrom (?:localhost\s|(?:\S+ ){1,2}\S*\b127\.0\.0\.1\b)/.test(first) ||
    /qmail \d+ invoked by uid \d+/.test(first);
  const at = isLocal ? 1 : 0;
  const isFetched = /\bby localhost with \w+ \(fetchmail-[\d.]+/.test(fields[at] ?? '');
  const left = fields.slice(isFetched ? at + 1 : 0);
  return left.flatMap((value) => {
    const date = RECEIVED_DATE.exec(value)?.[0];
    return date === undefined ? [] : (secondsOf(date) ?? []);
  });
}

/** Seconds that Date is ahead of the Received field it is nearest to; 0 where one of them is missing. */
function shift(context: Context): number {
  const sent = sentAt(context);
  if (sent === undefined) return 0;
  const differences = receivedAt(context).map((seconds) => sent - seconds);
  // The oldest field is often written by the sender itself.
  if (differences.length > 1 && differences.at(-1) === 0) differences.pop();
  return differences.reduce(
    (best, one) => (Math.abs(one) < Math.abs(best) ? one : best),
    differences[0] ?? 0,
  );
}

/** `check_for_shifted_date('-6', '-3')`: hours, `undef` for no bound. */
const shiftedDate: EvalFunction = (context, [min = 'undef', max = 'undef']) => {
  const seconds = context.derived(shift);
  return (
    (min === 'undef' || seconds >= 3600 * numberOf(min)) &&
    (max === 'undef' || seconds < 3600 * numberOf(max))
  );
};

const SECONDS_PER_MONTH = 31_556_952 / 12;

/** `received_within_months(min, max)` */
const withinMonths: EvalFunction = (context, [min = 'undef', max = 'undef']) => {
  const newest = receivedAt(context)[0] ?? sentAt(context) ?? 0;
  const age = (context.now / 1000 - newest) / SECONDS_PER_MONTH;
  return (min === 'undef' || age >= numberOf(min)) && (max === 'undef' || age < numberOf(max));
};

/** Outlook counts in units of 2^32 times 100 nanoseconds, from 1601. */
const outlookTime = (seconds: number): number =>
  Math.trunc(seconds * 0.002_328_306_436_538_7 + 27_111_902.832_984_9);
const OUTLOOK_SLACK = 250;

/** A Message-ID of Outlook's form whose time is neither that of Date nor that of a Received field. */
const outlookMessageId: EvalFunction = (context) => {
  const { views } = context;
  const digits = /^<[0-9a-f]{4}([0-9a-f]{8})\$[0-9a-f]{8}\$[0-9a-f]{8}@/.exec(
    views.headerText('MESSAGEID') ?? '',
  )?.[1];
  if (digits === undefined) return false;
  const told = parseInt(digits, 16);
  const isNear = (seconds: number | undefined): boolean =>
    Math.abs(told - outlookTime(seconds ?? 0)) < OUTLOOK_SLACK;
  if (isNear(secondsOf(views.headerText('Date') ?? ''))) return false;
  const received = RECEIVED_DATE.exec(views.headerText('Received') ?? '')?.[0];
  return !isNear(received === undefined ? undefined : secondsOf(received));
};

export const dateEvals: Readonly<Record<string, EvalFunction>> = {
  check_for_shifted_date: shiftedDate,
  received_within_months: withinMonths,
  check_outlook_message_id: outlookMessageId,
};

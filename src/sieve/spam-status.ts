/** What `spamtest` and `virustest` are answered (RFC 5235 §3), made of a score or of what another filter wrote. */
import { RE2JS } from 're2js';
import type { Header } from '../message/types.ts';

/** Scores are written with few digits: 1.11 of 10 is meant to be a ninth. */
const TOLERANCE = 0.001;

/** The share of the way to certainty, 0 to 1, as the number a test has. */
function normalized(ratio: number, kind: 'spam' | 'percent' | 'virus'): number {
  const share = Math.min(Math.max(ratio, 0), 1);
  // RFC 5235 §3.2.2.
  if (kind === 'percent') return Math.floor(share * 100 + TOLERANCE);
  // RFC 5235 §3.2.1, RFC 5235 §3.3: 0 is for what was not tested.
  return Math.floor(share * (kind === 'spam' ? 9 : 4) + 1 + TOLERANCE);
}

/**
 * Of our filter's score: 0 and below is clear of spam (1, or 0 %), `certain` and above is certainly spam (10, or
 * 100 %), and in between it grows evenly. `certain` is the score from which mail is refused; where none is, twice the
 * required score.
 */
export function spamStatus(score: number, certain: number, percent: boolean): number {
  const ratio = certain > 0 ? score / certain : score > 0 ? 1 : 0;
  return normalized(Number.isFinite(ratio) ? ratio : 0, percent ? 'percent' : 'spam');
}

/** How another filter's fields are read; the settings of Pigeonhole's extension. */
export interface StatusHeaderSettings {
  /** `NAME` or `NAME: regular expression`, whose group is the status. */
  statusHeader: string;
  /** The status is a number, as many characters as the number, or a text. */
  statusType: 'score' | 'strlen' | 'text';
  /** Where the greatest number stands, in the form of `statusHeader`; '' when `maxValue` says it. */
  maxHeader: string;
  /** The greatest number; 0 when it is not known. */
  maxValue: number;
  /** What the texts stand for, by number. */
  textValues: ReadonlyMap<number, string>;
}

/** A number as filters write it. */
const NUMBER = /^[+-]?(?:\d{1,15}(?:[.,]\d{0,15})?|[.,]\d{1,15})$/;

function readNumber(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text.replace(',', '.')) : undefined;
}

/** What the field and its regular expression give; undefined when there is no such field, or it does not match. */
function extract(header: Header, setting: string): string | undefined {
  const colon = setting.indexOf(':');
  const name = (colon === -1 ? setting : setting.slice(0, colon)).trim();
  const value = name === '' ? undefined : header.get(name)?.text;
  if (value === undefined || colon === -1) return value;
  try {
    const matcher = RE2JS.compile(setting.slice(colon + 1).trimStart()).matcher(value);
    return matcher.find() && matcher.groupCount() > 0 ? (matcher.group(1) ?? undefined) : undefined;
  } catch {
    // An expression that cannot be read matches nothing: the message counts as not tested.
    return undefined;
  }
}

/**
 * The status that another filter wrote into the header; undefined when it cannot be found there, which is the same as
 * not tested. Whoever uses it must see to it that senders cannot write the field (RFC 5235 §4).
 */
export function statusFromHeader(
  header: Header,
  settings: StatusHeaderSettings,
  kind: 'spam' | 'percent' | 'virus',
): number | undefined {
  const status = extract(header, settings.statusHeader)?.trim();
  if (status === undefined) return undefined;
  if (settings.statusType === 'text') {
    const most = kind === 'virus' ? 5 : 10;
    for (const [number, text] of settings.textValues)
      if (text === status && number >= 0 && number <= most) return normalized(number / most, kind);
    return undefined;
  }
  const score = settings.statusType === 'strlen' ? status.length : readNumber(status);
  const most =
    settings.maxHeader === '' ? settings.maxValue : readNumber(extract(header, settings.maxHeader) ?? '');
  if (score === undefined || most === undefined || most <= 0) return undefined;
  return normalized(score / most, kind);
}

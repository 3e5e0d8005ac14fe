/** Eval functions on single header fields: characters, capitals, templates, ids. */
import { isUtf8 } from 'node:buffer';
import { organizationalDomain } from '../../views/domains.ts';
import { envelopeSender, firstAddress, domainOf } from './support/addresses.ts';
import { numberOf } from './support/arguments.ts';
import type { EvalContext, EvalFunction } from './types.ts';

/** The first of these fields that is there, as a header rule reads it; '' when none is. */
const text = ({ views }: EvalContext, ...fields: readonly string[]): string =>
  fields.map((field) => views.headerText(field) ?? '').find((value) => value !== '') ?? '';

/** Characters that no field may have as they stand (RFC 5322 §2.2), but for tab and line ending. */
// oxlint-disable-next-line no-control-regex -- control characters are what is counted
const ILLEGAL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xff]/g;
// oxlint-disable-next-line no-control-regex -- likewise
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f]/;

/** `check_illegal_chars('Subject', share, count)`; valid UTF-8 (RFC 6532 §3) is not counted. */
const illegalCharacters: EvalFunction = ({ views }, [field = '', share, least]) => {
  const name = field.endsWith(':raw') ? field : `${field}:raw`;
  const value = views.headerText(name) ?? '';
  if (value.trim() === '') return false;
  if (/[\x80-\xff]/.test(value) && isUtf8(Buffer.from(value, 'latin1')) && !CONTROL.test(value)) return false;
  let illegal = value.match(ILLEGAL)?.length ?? 0;
  // One sign for cent, pound or a registered mark happens.
  if (name.toLowerCase() === 'subject:raw' && value.match(/[\xa2\xa3\xae]/g)?.length === 1) illegal--;
  return illegal / value.length >= numberOf(share) && illegal >= numberOf(least);
};

const LIKE_CAPITALS =
  /=\?[-_a-z0-9]*(?:koi|jp|jis|euc|gb|big5|isoir|cp1251|windows-1251|georgianps|pt154|tis)[-_a-z0-9]*\?/i;

const subjectAllCaps: EvalFunction = (context) => {
  const subject = text(context, 'Subject')
    .trim()
    .replace(/^(?:(?:Re|Fwd|Fw|Aw|Antwort|WG|SV|VB|VS|VL):\s*)+/i, '');
  if (!/\s/.test(subject) || subject.length < 10) return false;
  if (LIKE_CAPITALS.test(text(context, 'Subject:raw'))) return false;
  const letters = subject.replace(/[^a-zA-Z]/g, '');
  return letters !== '' && letters === letters.toUpperCase();
};

/** `check_for_to_in_subject('user')` or `'address'`: the recipient, named in the subject as no person would. */
const recipientInSubject: EvalFunction = (context, [what]) => {
  const address = firstAddress(context, 'To');
  if (address === '') return false;
  const subject = text(context, 'Subject').replace(/\n$/, '');
  if (what === 'address') return holdsWord(subject.toLowerCase(), address.toLowerCase());
  if (what !== 'user') return false;
  const user = address.replace(/@.*/s, '');
  const lower = subject.toLowerCase();
  const own = user.toLowerCase();
  const behind = subject.startsWith(user) ? subject.slice(user.length) : undefined;
  if (behind !== undefined && /^\s*[,:;!?-](?:$|\s)/.test(behind)) return true;
  if (lower === own || lower.endsWith(own)) {
    const before = lower.slice(0, lower.length - own.length);
    if (before === '' || /^(?:re|fw):\s*(?:\w+\s+)?$/.test(before)) return true;
  }
  const list = /^,\s*(.*)[,:;!?-]$/s.exec(lower)?.[1];
  return list === own;
};

/** Whether a text has another in it, no word going on at its ends. */
function holdsWord(whole: string, part: string): boolean {
  const at = whole.indexOf(part);
  if (at < 0) return false;
  const isWord = (index: number): boolean => /\w/.test(whole[index] ?? '');
  const end = at + part.length;
  return isWord(at - 1) !== isWord(at) && isWord(end - 1) !== isWord(end);
}

/** `check_header_count_range('Subject', min, max)`: different values of a field. */
const headerCount: EvalFunction = ({ message }, [field = '', min, max]) => {
  const values = new Set(message.header.all(field).map(({ value }) => value));
  return values.size >= numberOf(min) && values.size <= numberOf(max);
};

const TEMPLATE_FREE =
  /^(?:X-VMS-To|X-UIDL|X-Face|To|Cc|From|Subject|References|In-Reply-To|(?:X-|Resent-|X-Original-)?Message-Id):/i;

/** A `%PLACEHOLDER` that nobody filled in. */
const unresolvedTemplate: EvalFunction = (context) =>
  text(context, 'ALL')
    .split('\n')
    .some((line) => line.includes('%') && /%[A-Z][A-Z_-]/.test(line) && !TEMPLATE_FREE.test(line));

/** A Message-ID with the sender's address behind 28 capitals. */
const ratwareNameId: EvalFunction = (context) => {
  const address = /<[A-Z]{28}\.([^>]+)>/.exec(text(context, 'MESSAGEID'))?.[1];
  if (address === undefined) return false;
  const from = text(context, 'From');
  const at = from.indexOf(`<${address}>`);
  return at >= 0 && /"[^"]+"\s*$/.test(from.slice(0, at));
};

/** The recipient's address, turned round, in that of the envelope's sender. */
const ratwareEnvelopeFrom: EvalFunction = (context) => {
  const to = firstAddress(context, 'To').toLowerCase();
  const from = envelopeSender(context).toLowerCase();
  if (from === '' || to === '' || /^srs\d[=+-]/.test(from)) return false;
  const [, user = '', host = ''] = /^([^@]+)@(.+)$/.exec(to) ?? [];
  const domain = organizationalDomain(host);
  if (user === '' || domain === undefined) return false;
  for (let at = from.indexOf(domain); at >= 0; at = from.indexOf(domain, at + 1)) {
    const starts = at === 0 || !/\w/.test(from[at - 1] ?? '');
    if (starts && from.startsWith(`${user}@`, at + domain.length + 1)) return true;
  }
  return false;
};

const missingTo: EvalFunction = (context) => text(context, 'To', 'Apparently-To') === '';

/** Envelope and From agree, letter case aside. */
const sameSenders: EvalFunction = (context) =>
  envelopeSender(context).toLowerCase() === firstAddress(context, 'From').toLowerCase();

/** Envelope and From differ in the last two labels of their domains. */
const differentFromDomains: EvalFunction = (context) => {
  const lastTwo = (address: string): string => domainOf(address).split('.').slice(-2).join('.');
  const from = lastTwo(firstAddress(context, 'From'));
  const envelope = lastTwo(envelopeSender(context));
  return from !== '' && envelope !== '' && from !== envelope;
};

export const headerEvals: Readonly<Record<string, EvalFunction>> = {
  check_illegal_chars: illegalCharacters,
  subject_is_all_caps: subjectAllCaps,
  check_for_to_in_subject: recipientInSubject,
  check_header_count_range: headerCount,
  check_unresolved_template: unresolvedTemplate,
  check_ratware_name_id: ratwareNameId,
  check_ratware_envelope_from: ratwareEnvelopeFrom,
  check_for_missing_to_header: missingTo,
  check_for_matching_env_and_hdr_from: sameSenders,
  check_equal_from_domains: differentFromDomains,
};

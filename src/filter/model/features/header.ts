import { organizationalDomain } from '../../../authentication/organizational-domain.ts';
import type { Address, HeaderField, Message } from '../../../message/types.ts';
import { isFreemail } from '../../checks/support/freemail.ts';
import { mixedScriptWord } from '../../checks/support/scripts.ts';
import { scale } from './scale.ts';
import type { FeatureSink } from './sink.ts';

/** Fields that say what kind of mail it is, whoever received it: their presence is a feature. */
const TELLING_FIELDS = [
  'in-reply-to',
  'references',
  'list-unsubscribe-post',
  'auto-submitted',
  'sender',
  'reply-to',
  'cc',
  'to',
  'date',
  'message-id',
  'mime-version',
  'organization',
  'disposition-notification-to',
  'x-priority',
  'importance',
  'user-agent',
  'x-mailer',
];

/** Features of who writes to whom, with what, as far as it does not name the place where the mail was collected. */
export function addHeader(sink: FeatureSink, { header }: Message): void {
  sink.begin('header');
  for (const name of TELLING_FIELDS) if (header.get(name) !== undefined) sink.name(`has:${name}`);
  const from = header.get('from')?.addresses[0];
  const fromDomain = domainOf(from);
  addFrom(sink, from, fromDomain);
  addReplyTo(sink, header.get('reply-to')?.addresses[0], fromDomain);
  addRecipients(sink, header.get('to'), header.get('cc'), from);
  addSubject(sink, header.get('subject'), header.get('references') ?? header.get('in-reply-to'));

  const mailer = header.get('x-mailer') ?? header.get('user-agent');
  if (mailer !== undefined)
    sink.name(`mailer:${/\p{L}{2,20}/u.exec(mailer.value.toLowerCase())?.[0] ?? '?'}`);
  const priority = header.get('x-priority')?.value.slice(0, 1);
  if (priority !== undefined) sink.name(`priority:${priority}`);
  const unsubscribe = header.get('list-unsubscribe')?.value;
  if (unsubscribe !== undefined) sink.name(`unsubscribe:${/<https?:/i.test(unsubscribe)}`);
  const id = header.get('message-id')?.value ?? '';
  const idDomain = organizationalDomain(/@([^\s>@]{1,255})/.exec(id)?.[1] ?? '');
  sink.name(idDomain === '' ? 'id:none' : idDomain === fromDomain ? 'id:own' : 'id:other');
}

function addFrom(sink: FeatureSink, from: Address | undefined, domain: string): void {
  if (from === undefined) {
    sink.name('from:none');
    return;
  }
  const { name, address } = from;
  const local = address.slice(0, Math.max(address.lastIndexOf('@'), 0));
  sink.name(`from:tld:${topLevelKind(domain)}`);
  if (isFreemail(domain)) sink.name('from:freemail');
  sink.name(`from:digits:${scale(local.replace(/\D/g, '').length)}`);
  if (/no-?reply|do-?not-?reply|mailer-daemon|postmaster|bounce/i.test(local)) sink.name('from:robot');
  if (name === '') sink.name('from:unnamed');
  if (name.includes('@'))
    sink.name(
      name.toLowerCase().includes(address.toLowerCase()) ? 'from:named-address' : 'from:other-address',
    );
  if (/\p{Lu}{4}/u.test(name) && !/\p{Ll}/u.test(name)) sink.name('from:shouted');
  if (/[^\0-\x7f]/.test(name)) sink.name('from:foreign');
  if (mixedScriptWord(name) !== undefined) sink.name('from:mixed');
  for (const word of name
    .slice(0, 100)
    .toLowerCase()
    .split(/[^\p{L}\p{M}]+/u)
    .slice(0, 8))
    if (word.length > 2) sink.name(`from:word:${word}`);
}

function addReplyTo(sink: FeatureSink, replyTo: Address | undefined, fromDomain: string): void {
  if (replyTo === undefined) return;
  const domain = domainOf(replyTo);
  sink.name(domain === fromDomain ? 'reply:own' : isFreemail(domain) ? 'reply:freemail' : 'reply:other');
}

function addRecipients(
  sink: FeatureSink,
  to: HeaderField | undefined,
  cc: HeaderField | undefined,
  from: Address | undefined,
): void {
  if (to !== undefined) {
    const [first] = to.addresses;
    sink.name(`to:${scale(to.addresses.length)}`);
    if (/undisclosed/i.test(to.value.slice(0, 200)) || first?.group !== undefined)
      sink.name('to:undisclosed');
    if (first !== undefined && from !== undefined && first.address === from.address) sink.name('to:himself');
    if (first !== undefined && first.name !== '') sink.name('to:named');
  }
  if (cc !== undefined) sink.name(`cc:${scale(cc.addresses.length)}`);
}

function addSubject(
  sink: FeatureSink,
  field: HeaderField | undefined,
  thread: HeaderField | undefined,
): void {
  const subject = field?.text.slice(0, 300) ?? '';
  if (subject.trim() === '') sink.name('subject:none');
  if (/^\s*(?:re|aw|sv|antw)\s*:/i.test(subject))
    sink.name(thread === undefined ? 'subject:feigned-reply' : 'subject:reply');
  if (/\p{Lu}{5}/u.test(subject) && !/\p{Ll}/u.test(subject)) sink.name('subject:shouted');
  if (/\p{Extended_Pictographic}/u.test(subject)) sink.name('subject:emoji');
  if (/[!?]{2}|!\s*$/.test(subject)) sink.name('subject:exclaims');
  if (/\?\s*$/.test(subject)) sink.name('subject:asks');
  if (/[$€£]/.test(subject)) sink.name('subject:money');
  if (/\s{5,}\S{4,}$/.test(subject)) sink.name('subject:tail');
  sink.name(`subject:length:${scale(subject.length)}`);
  if (field !== undefined && /=\?[^?]+\?b\?/i.test(field.rawValue)) sink.name('subject:base64');
}

const domainOf = (address: Address | undefined): string =>
  address === undefined
    ? ''
    : organizationalDomain(address.address.slice(address.address.lastIndexOf('@') + 1));

/** Kinds of top level domains: single names would tell where the mail was collected. */
export function topLevelKind(domain: string): string {
  const label = domain.slice(domain.lastIndexOf('.') + 1);
  if (/^(?:com|net|org|edu|gov|mil|int|info|biz)$/.test(label)) return label;
  if (/^[a-z]{2}$/.test(label)) return 'country';
  return /^(?:xn--[a-z0-9-]+|[a-z]{3,})$/.test(label) ? 'new' : 'none';
}

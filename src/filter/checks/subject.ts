import type { HeaderField } from '../../message/types.ts';
import type { Check, CheckHit } from '../types.ts';
import { mailboxes } from './support/domains.ts';
import { at, isFromList, quote } from './support/evidence.ts';
import { INVISIBLE } from './support/scripts.ts';

/** Subjects are looked at up to here; a reader sees less. */
const MAX_LENGTH = 1000;
const REPLY = /^\s*(?:re|aw|sv|vs|antw|odp|回复|答复)\s*(?:\[\d+\])?\s*[:：]/i;

/** Subjects in the wild end at 100 characters; machines that report write the longer ones. */
const LONG = 200;
const MONEY =
  /(?:[$€£¥₹₿]|\b(?:USD|EUR|GBP|BTC|USDT)\b)\s{0,3}\d|\d\s{0,3}(?:[€£¥₹₿]|(?:USD|EUR|GBP|BTC|USDT)\b)/;

export const subject: Check = {
  name: 'subject',
  symbols: {
    EMPTY_SUBJECT: { score: 0.5, description: 'Subject is there and empty' },
    SUBJ_ALL_CAPS: { score: 0.7, description: 'Subject is written in capitals' },
    SUBJ_EXCLAIM: { score: 0.7, description: 'Subject has three or more exclamation marks' },
    SUBJ_EXCESS_ENCODED: { score: 0.3, description: 'Subject is encoded although it is plain ASCII' },
    SUBJ_INVISIBLE: { score: 2, description: 'Subject holds invisible characters' },
    SUBJECT_HAS_CURRENCY: { score: 0.2, description: 'Subject names an amount of money' },
    SUBJECT_ENDS_SPACES: { score: 0.3, description: 'Subject ends in a run of white space' },
    LONG_SUBJ: { score: 0.3, description: 'Subject of more than 200 characters' },
    URL_IN_SUBJECT: { score: 0, description: 'Subject holds a web address' },
    LOCALPART_IN_SUBJECT: {
      score: 0.5,
      description: 'Subject calls the recipient by the name of his mailbox',
    },
    FAKE_REPLY: { score: 0.5, description: 'Subject says it is a reply, the message refers to none' },
  },
  run({ message: { header } }) {
    const field = header.get('subject');
    if (field === undefined) return [];
    const text = field.text.slice(0, MAX_LENGTH);
    const where = at(field);
    if (text.trim() === '') return [{ symbol: 'EMPTY_SUBJECT', where }];
    const hits: CheckHit[] = [];
    const hit = (symbol: string, detail?: string) => hits.push({ symbol, where, detail });

    const letters = text.match(/\p{Lu}|\p{Ll}/gu) ?? [];
    // Ten letters in two words: abbreviations and ticket numbers are in capitals everywhere.
    if (letters.length >= 10 && !/\p{Ll}/u.test(text) && /\p{Lu}{2}.*\s.*\p{Lu}{2}/u.test(text))
      hit('SUBJ_ALL_CAPS');
    const marks = text.match(/[!！]/g)?.length ?? 0;
    if (marks >= 3) hit('SUBJ_EXCLAIM', `${marks}`);
    // Something like =?...?= that the text shows has to be encoded (RFC 2047 §7).
    if (/=\?[^?\s]+\?[bq]\?/i.test(field.rawValue) && /^[\x20-\x7e\s]*$/.test(text) && !text.includes('=?'))
      hit('SUBJ_EXCESS_ENCODED');
    if (INVISIBLE.test(text)) hit('SUBJ_INVISIBLE');
    if (MONEY.test(text)) hit('SUBJECT_HAS_CURRENCY');
    if (/\S[ \t]{3,}$/.test(field.rawValue.slice(-200))) hit('SUBJECT_ENDS_SPACES');
    if (text.length > LONG) hit('LONG_SUBJ', `${text.length} characters`);
    const address = /\b(?:https?:\/\/|www\.)[^\s]{1,200}/i.exec(text)?.[0];
    if (address !== undefined) hit('URL_IN_SUBJECT', quote(address));
    // A list is called by its name.
    const name = isFromList(header) ? undefined : localPartIn(text, header.get('to'));
    if (name !== undefined) hit('LOCALPART_IN_SUBJECT', quote(name));
    if (
      REPLY.test(text) &&
      header.get('in-reply-to') === undefined &&
      header.get('references') === undefined &&
      header.get('thread-index') === undefined
    )
      hit('FAKE_REPLY', quote(text));
    return hits;
  },
};

/** Local parts shorter than this are words as well. */
const MIN_LOCAL_PART = 5;
/** Names of mailboxes that are words a subject is written with. */
const ROLES =
  /^(?:admin|sales|support|office|contact|billing|service|accounts?|orders?|press|security|feedback|users?)$/;

/** The local part of the only recipient when the subject has it as a word, which nobody who knows him writes. */
function localPartIn(text: string, to: HeaderField | undefined): string | undefined {
  const [only, ...others] = mailboxes(to);
  if (only === undefined || others.length > 0) return undefined;
  const local = only.address.slice(0, only.address.lastIndexOf('@')).toLowerCase();
  if (local.length < MIN_LOCAL_PART || local.length > 64 || ROLES.test(local)) return undefined;
  const found = text.toLowerCase().split(/[^\p{L}\p{N}._+-]+/u);
  return found.some((word) => word.replace(/[.]+$/, '') === local) ? local : undefined;
}

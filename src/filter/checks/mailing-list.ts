import type { Message } from '../../message/types.ts';
import type { Check, CheckHit } from '../types.ts';
import { fromDomain, mailboxes } from './support/domains.ts';
import { at, isFromList, quote } from './support/evidence.ts';

/** Markers of answers and forwards in the languages mail programs write them in, then the list's tag. */
const SUBJECT_TAG = /^(?:[a-z]{2,4}(?:\[\d{1,3}\])?:[ \t]{0,5}){0,5}\[[^[\]]{1,60}\]/i;
/** A name that a list has put in the author's place. */
const VIA = /\bvia\b|\b(?:on|im) (?:behalf of|auftrag von)\b/i;
const RULE = /^(?:-- |[-_=*]{10,200})\s*$/;
/** Where a footer is looked for: the last lines of the text, which lists fill with a few. */
const FOOTER_CHARACTERS = 2_000;
const FOOTER_LINES = 12;

/** Mailing lists and bulk mail by what they say of themselves (RFC 2919, RFC 2369, RFC 8058). */
export const mailingList: Check = {
  name: 'mailing-list',
  symbols: {
    MAILLIST: { score: -0.2, description: 'Came by a mailing list' },
    HAS_LIST_UNSUB: { score: 0, description: 'Says how to unsubscribe' },
    PRECEDENCE_BULK: { score: 0, description: 'Precedence says bulk, list or junk' },
    LIST_SUBJECT_TAG: { score: 0, description: 'A list has put its tag before the subject' },
    LIST_FOOTER: { score: 0, description: 'A list has put its footer below the text' },
    FROM_VIA_LIST: { score: 0, description: 'A list has put its address in the place of the author' },
  },
  run({ message }) {
    const { header } = message;
    const hits: CheckHit[] = [];
    const id = header.get('list-id');
    // List-Id alone is written by every newsletter; an address to post to is a list's.
    const post = header.get('list-post') ?? header.get('mailing-list');
    if (isFromList(header) && post !== undefined)
      hits.push({ symbol: 'MAILLIST', detail: quote((id ?? post).value), where: at(id ?? post) });
    const unsubscribe = header.get('list-unsubscribe');
    if (unsubscribe !== undefined) hits.push({ symbol: 'HAS_LIST_UNSUB', where: at(unsubscribe) });
    const precedence = header.get('precedence');
    if (precedence !== undefined && /^(?:bulk|list|junk)\b/i.test(precedence.value))
      hits.push({ symbol: 'PRECEDENCE_BULK', detail: quote(precedence.value), where: at(precedence) });
    return isFromList(header) ? [...hits, ...traces(message)] : hits;
  },
};

/** What the list did to the message; each of it breaks signatures. */
function traces(message: Message): CheckHit[] {
  const { header } = message;
  const hits: CheckHit[] = [];
  const subject = header.get('subject');
  if (subject !== undefined && SUBJECT_TAG.test(subject.text.slice(0, 200)))
    hits.push({ symbol: 'LIST_SUBJECT_TAG', where: at(subject) });
  if (hasFooter(message.text)) hits.push({ symbol: 'LIST_FOOTER' });
  const from = header.get('from');
  const [author] = mailboxes(from);
  if (from !== undefined && author !== undefined && VIA.test(author.name.slice(0, 200))) {
    const list = `${header.get('list-id')?.value ?? ''} ${header.get('list-post')?.value ?? ''}`.slice(
      0,
      1_000,
    );
    if (list.toLowerCase().includes(fromDomain(from)))
      hits.push({ symbol: 'FROM_VIA_LIST', detail: quote(author.name), where: at(from) });
  }
  return hits;
}

/** A ruled line near the end, and below it an address of the web or of mail. */
function hasFooter(text: string): boolean {
  const lines = text.slice(-FOOTER_CHARACTERS).trimEnd().split('\n').slice(-FOOTER_LINES);
  const rule = lines.findLastIndex((line) => RULE.test(line));
  return rule >= 0 && lines.slice(rule + 1).some((line) => /https?:\/\/|[^\s@]@[^\s@]/.test(line));
}

import type { Check, CheckHit } from '../types.ts';
import { at, quote } from './support/evidence.ts';
import { INVISIBLE } from './support/scripts.ts';

/** Subjects are looked at up to here; a reader sees less. */
const MAX_LENGTH = 1000;
const REPLY = /^\s*(?:re|aw|sv|vs|antw|odp|回复|答复)\s*(?:\[\d+\])?\s*[:：]/i;

export const subject: Check = {
  name: 'subject',
  symbols: {
    EMPTY_SUBJECT: { score: 0.5, description: 'Subject is there and empty' },
    SUBJ_ALL_CAPS: { score: 1, description: 'Subject is written in capitals' },
    SUBJ_EXCLAIM: { score: 0.7, description: 'Subject has three or more exclamation marks' },
    SUBJ_EXCESS_ENCODED: { score: 0.5, description: 'Subject is encoded although it is plain ASCII' },
    SUBJ_INVISIBLE: { score: 2, description: 'Subject holds invisible characters' },
    FAKE_REPLY: { score: 0.7, description: 'Subject says it is a reply, the message refers to none' },
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

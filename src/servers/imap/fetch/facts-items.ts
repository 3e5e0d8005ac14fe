import { dateTime } from '../wire/dates.ts';
import { flagList } from '../wire/writer.ts';
import type { FactsItem } from './types.ts';

export const flags: FactsItem = {
  key: 'FLAGS',
  needs: 'facts',
  text: ({ uid, system, keywords }, { isRecent }) => `FLAGS ${flagList(system, keywords, isRecent(uid))}`,
};

export const uid: FactsItem = { key: 'UID', needs: 'facts', text: (facts) => `UID ${facts.uid}` };

/** RFC 7162 §3.1.4.2. */
export const modseq: FactsItem = {
  key: 'MODSEQ',
  needs: 'facts',
  text: (facts) => `MODSEQ (${facts.modseq})`,
};

export const internalDate: FactsItem = {
  key: 'INTERNALDATE',
  needs: 'facts',
  text: (facts) => `INTERNALDATE ${dateTime(facts.internalDate)}`,
};

/** RFC 8514 §4.2. */
export const saveDate: FactsItem = {
  key: 'SAVEDATE',
  needs: 'facts',
  text: (facts) => `SAVEDATE ${dateTime(facts.saveDate)}`,
};

export const size: FactsItem = {
  key: 'RFC822.SIZE',
  needs: 'facts',
  ofFile: true,
  text: (facts) => `RFC822.SIZE ${facts.size}`,
};

/** RFC 8474 §5.1. */
export const emailId: FactsItem = {
  key: 'EMAILID',
  needs: 'facts',
  ofFile: true,
  text: (facts) => `EMAILID (${facts.emailId})`,
};

/** RFC 8474 §5.2; a message that belongs to no thread has NIL. */
export const threadId: FactsItem = {
  key: 'THREADID',
  needs: 'facts',
  ofFile: true,
  text: (facts) => (facts.threadId === '' ? 'THREADID NIL' : `THREADID (${facts.threadId})`),
};

import type { Check, CheckHit } from '../types.ts';
import { at, quote } from './support/evidence.ts';
import { mixedScriptWord } from './support/scripts.ts';

/** Letters of another alphabet that look like Latin ones, in the two fields that everybody reads. */
export const mixedScript: Check = {
  name: 'mixed-script',
  symbols: {
    FROM_MIXED_SCRIPT: {
      score: 2.5,
      description: 'A word of the sender name mixes Latin with Cyrillic or Greek letters',
    },
    SUBJ_MIXED_SCRIPT: {
      score: 1.5,
      description: 'A word of the subject mixes Latin with Cyrillic or Greek letters',
    },
  },
  run({ message: { header } }) {
    const hits: CheckHit[] = [];
    const from = header.get('from');
    const names = (from?.addresses ?? []).slice(0, 10).map(({ name }) => name);
    const word = mixedScriptWord(names.join(' '));
    if (from !== undefined && word !== undefined)
      hits.push({ symbol: 'FROM_MIXED_SCRIPT', detail: quote(word), where: at(from) });
    const subject = header.get('subject');
    const inSubject = mixedScriptWord((subject?.text ?? '').slice(0, 1000));
    if (subject !== undefined && inSubject !== undefined)
      hits.push({ symbol: 'SUBJ_MIXED_SCRIPT', detail: quote(inSubject), where: at(subject) });
    return hits;
  },
};

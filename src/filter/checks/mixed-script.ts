import type { Check, CheckHit } from '../types.ts';
import { at, quote } from './support/evidence.ts';
import { mixedScriptWord, mixedScriptWords } from './support/scripts.ts';

const MAX_TEXT = 64 * 1024;
/** Words of the text from which it is no slip of a keyboard. */
const FEW_WORDS = 3;

/** Letters of another alphabet that look like Latin ones, in the fields that everybody reads and in the text. */
export const mixedScript: Check = {
  name: 'mixed-script',
  symbols: {
    FROM_MIXED_SCRIPT: {
      score: 3.5,
      description: 'A word of the sender name mixes Latin with Cyrillic or Greek letters',
    },
    SUBJ_MIXED_SCRIPT: {
      score: 2.5,
      description: 'A word of the subject mixes Latin with Cyrillic or Greek letters',
    },
    R_MIXED_CHARSET: {
      score: 2.5,
      description: 'Three or more words of the text mix Latin with Cyrillic or Greek letters',
    },
  },
  run({ message }) {
    const { header } = message;
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
    const words = mixedScriptWords(message.text.slice(0, MAX_TEXT));
    if (words.length >= FEW_WORDS)
      hits.push({ symbol: 'R_MIXED_CHARSET', detail: quote(words.slice(0, 5).join(' ')) });
    return hits;
  },
};

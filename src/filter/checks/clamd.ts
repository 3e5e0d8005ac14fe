import type { ClamdFinding } from '../clamd/types.ts';
import type { Check, CheckHit } from '../types.ts';
import { quote } from './support/evidence.ts';

/** Names clamd gives to what is no virus, when its settings (AlertEncrypted, AlertOLE2Macros, AlertExceedsMax) ask. */
const HEURISTICS: readonly (readonly [RegExp, string])[] = [
  [/^Heuristics\.Encrypted\./, 'CLAM_VIRUS_ENCRYPTED'],
  [/^Heuristics\.OLE2\.ContainsMacros/, 'CLAM_VIRUS_MACRO'],
  [/^Heuristics\.Limits\.Exceeded/, 'CLAM_VIRUS_LIMITS'],
];

/** What clamd said of the message; rspamd's names. */
export const clamd: Check = {
  name: 'clamd',
  symbols: {
    CLAM_VIRUS: { score: 10, description: 'Virus scanner clamd has found something' },
    CLAM_VIRUS_ENCRYPTED: { score: 1, description: 'Virus scanner cannot look into an encrypted file' },
    CLAM_VIRUS_MACRO: { score: 1, description: 'Virus scanner has found a document with macros' },
    CLAM_VIRUS_LIMITS: { score: 0, description: 'Message is too much for the virus scanner' },
    CLAM_VIRUS_FAIL: { score: 0, description: 'Virus scanner could not judge the message' },
  },
  run: (context) => (context.clamd === undefined ? [] : hitsOf(context.clamd)),
};

function hitsOf({ result, detail = '', demands }: ClamdFinding): CheckHit[] {
  if (result === 'clean') return [];
  const evidence = { detail: quote(detail) };
  if (result === 'skipped') return [{ symbol: 'CLAM_VIRUS_LIMITS', ...evidence }];
  const heuristic = result === 'found' ? HEURISTICS.find(([name]) => name.test(detail))?.[1] : undefined;
  if (heuristic !== undefined) return [{ symbol: heuristic, ...evidence }];
  const symbol = result === 'found' ? 'CLAM_VIRUS' : 'CLAM_VIRUS_FAIL';
  return [{ symbol, ...evidence, ...(demands === undefined ? {} : { demands }) }];
}

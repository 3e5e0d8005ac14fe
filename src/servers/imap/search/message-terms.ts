import type { Mailbox } from '../../../store/mail/types.ts';
import { holds, searchDocument } from '../../../store/search/document.ts';
import { SearchFailure } from '../../../store/search/search-thread.ts';
import { sortKeys, UNDATED } from '../../../store/search/sort-keys.ts';
import type { SearchIndexes, SearchTerm } from '../../../store/search/types.ts';
import { searchLimits } from './limits.ts';

type TextTerm = Exclude<SearchTerm, { kind: 'sent' }>;

/**
 * Finds out which terms are true of a message from the message itself, those that are not in `known` yet; undefined when
 * it is gone. The header alone is read when that tells; the text is decoded in a thread of the indexes where there are any.
 */
export async function messageTerms(
  mailbox: Mailbox,
  uid: number,
  terms: readonly SearchTerm[],
  known: readonly (boolean | undefined)[],
  indexes: SearchIndexes | undefined,
): Promise<readonly (boolean | undefined)[] | undefined> {
  const result = terms.map((_, at) => known[at]);
  const content = await mailbox.content(uid);
  if (content === undefined) return undefined;
  const texts: { readonly at: number; readonly term: TextTerm }[] = [];
  const day = sortKeys(content.envelope).sentDay ?? UNDATED;
  for (const [at, term] of terms.entries()) {
    if (result[at] !== undefined) continue;
    if (term.kind === 'sent') result[at] = day >= term.from && day < term.to;
    else texts.push({ at, term });
  }
  if (texts.length === 0) return result;
  const needsBody = texts.some(({ term }) => term.kind === 'text' && term.where !== 'header');
  const raw = await mailbox.bytes(
    uid,
    needsBody ? undefined : { start: 0, end: content.structure.bodyStart },
  );
  if (raw === undefined) return undefined;
  const values = await textTerms(
    raw,
    texts.map(({ term }) => term),
    indexes,
  );
  for (const [at, text] of texts.entries()) result[text.at] = values[at] === true;
  return result;
}

/** A thread that is ended because of one message takes the answers about others with it: those are asked for again. */
const TRIES = 3;

async function textTerms(
  raw: Buffer,
  terms: readonly TextTerm[],
  indexes: SearchIndexes | undefined,
): Promise<readonly boolean[]> {
  if (indexes === undefined) return holdHere(raw, terms);
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      return await indexes.scan(raw, terms);
    } catch (error) {
      if (!(error instanceof SearchFailure)) throw error;
    }
  }
  // No thread can be had, or none gets through it. A large message may be why: what cannot be read holds nothing.
  if (raw.length > searchLimits.octetsWithoutThread) return terms.map(() => false);
  return holdHere(raw, terms);
}

function holdHere(raw: Buffer, terms: readonly TextTerm[]): boolean[] {
  const document = searchDocument(raw, Number.MAX_SAFE_INTEGER);
  return terms.map((term) => holds(document, term) === true);
}

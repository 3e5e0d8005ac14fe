/** The header fields a verdict leaves in a message, and those that came with it and must not stay. */
import type { HeaderEdit, Message } from '../message/types.ts';
import { encodeSubject } from './subject-prefix.ts';
import type { FilterSettings } from './settings.ts';
import type { Verdict } from './types.ts';

/** Names listed in X-Spam-Status: what a person reads and stays below every limit on a field's length. */
const MAX_TESTS = 100;
/** Stars in X-Spam-Level: mail programs sort by them, and SpamAssassin stops here too. */
const MAX_STARS = 50;
/** Column after which X-Spam-Status is folded (RFC 5322 §2.1.1). */
const FOLD = 76;

/**
 * Edits for a message, as a difference against what was received: `ofResults` (see `resultEdits` of scan.ts) first,
 * every X-Spam-* field goes, ours come.
 */
export function verdictEdits(
  message: Message,
  verdict: Pick<Verdict, 'action' | 'score' | 'required' | 'spam' | 'hits' | 'authenticationResults'>,
  settings: Pick<FilterSettings, 'headers' | 'subjectPrefix'>,
  ofResults: readonly HeaderEdit[],
): HeaderEdit[] {
  const { headers } = settings;
  const edits: HeaderEdit[] = [...ofResults, ...foreignSpamFields(message)];
  // A trace field: it goes above everything that was there (RFC 8601 §5).
  if (headers.authenticationResults && verdict.authenticationResults !== '')
    edits.push({
      kind: 'insert',
      position: 0,
      name: 'Authentication-Results',
      value: safeValue(verdict.authenticationResults),
    });
  const add = (name: string, value: string) => edits.push({ kind: 'add', name, value });
  if (headers.flag && verdict.spam) add('X-Spam-Flag', 'YES');
  if (headers.score) add('X-Spam-Score', points(verdict.score));
  const stars = Math.min(Math.floor(verdict.score), MAX_STARS);
  if (headers.level && stars > 0) add('X-Spam-Level', '*'.repeat(stars));
  if (headers.status) add('X-Spam-Status', statusValue(verdict));
  if (verdict.action === 'rewrite subject') edits.push(subjectEdit(message, settings.subjectPrefix));
  return edits;
}

/** Removal of all X-Spam-* fields that came with the message: only we say what we think of it. */
function foreignSpamFields(message: Message): HeaderEdit[] {
  const seen = new Map<string, number>();
  const edits: HeaderEdit[] = [];
  for (const { key, name } of message.header.fields) {
    if (!key.startsWith('x-spam-')) continue;
    const index = (seen.get(key) ?? 0) + 1;
    seen.set(key, index);
    edits.push({ kind: 'remove', name, index });
  }
  return edits;
}

/** `Yes, score=7.2 required=6.0 tests=A,B,C`, folded after commas, as SpamAssassin writes it. */
function statusValue({
  spam,
  score,
  required,
  hits,
}: Pick<Verdict, 'spam' | 'score' | 'required' | 'hits'>): string {
  const names = [...new Set(hits.map(({ symbol }) => symbol.replaceAll(/[^A-Z0-9_]/gi, '_').slice(0, 80)))];
  const tests = names.slice(0, MAX_TESTS);
  let value = `${spam ? 'Yes' : 'No'}, score=${points(score)} required=${points(required)} tests=`;
  let column = 'X-Spam-Status: '.length + value.length;
  if (tests.length === 0) return `${value}none`;
  for (const [index, name] of tests.entries()) {
    const text = index === tests.length - 1 ? name : `${name},`;
    if (column + text.length > FOLD) {
      value += '\n\t';
      column = 8;
    }
    value += text;
    column += text.length;
  }
  return names.length > tests.length ? `${value},\n\tand_${names.length - tests.length}_more` : value;
}

const points = (score: number): string => score.toFixed(1).replace(/^-(0\.0)$/, '$1');

function subjectEdit(message: Message, prefix: string): HeaderEdit {
  const field = message.header.get('subject');
  if (field === undefined) return { kind: 'add', name: 'Subject', value: encodeSubject(prefix, '') };
  return {
    kind: 'change',
    name: 'Subject',
    index: 1,
    value: encodeSubject(prefix, field.rawValue, field.text),
  };
}

/** No line ending but folds, no control characters: whatever the value holds, it stays one field. */
export function safeValue(value: string): string {
  return value
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/\n(?![ \t])/g, ' ')
    .replaceAll(/[^\P{Cc}\n\t]/gu, ' ')
    .trimEnd();
}

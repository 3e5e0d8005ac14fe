import type { JudgedHit, LabelledMessage, Outcome } from './types.ts';

/** For tests: a message of an index. */
export function labelled(name: string, more: Partial<LabelledMessage> = {}): LabelledMessage {
  return {
    name,
    path: `/${name}`,
    label: 'ham',
    source: 'all',
    group: '',
    split: '',
    received: undefined,
    ...more,
  };
}

/** For tests: a message with the hits it got; spam from 6 points. */
export function outcome(
  label: 'ham' | 'spam',
  source: string,
  hits: readonly JudgedHit[],
  name = 'm',
): Outcome {
  const score = hits.reduce((sum, hit) => sum + hit.score, 0);
  return {
    message: labelled(name, { label, source }),
    judgement: { score, spam: score >= 6, action: score >= 6 ? 'add header' : 'no action', hits },
  };
}

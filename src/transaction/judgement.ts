import { ScanError } from '../filter/types.ts';
import type { Verdict } from '../filter/types.ts';
import { reply } from '../policy/reply.ts';
import type { Reply } from '../policy/reply.ts';
import { replies, replyText } from '../policy/replies.ts';
import type { ScanFailure } from './observer.ts';
import type { TransactionSettings } from './settings.ts';
import type { Judgement } from './types.ts';

/** Symbols named in the reason of a quarantine: the heaviest ones are enough for a person to see why. */
const REASON_SYMBOLS = 5;

/** What the filter thinks → what a server does. One case for each action. */
export function judgementOf(verdict: Verdict, settings: TransactionSettings): Judgement {
  const base = { edits: verdict.edits, spam: verdict.spam, score: verdict.score, verdict };
  switch (verdict.action) {
    case 'no action':
    case 'add header':
    case 'rewrite subject':
      return { ...base, decision: 'accept' };
    case 'quarantine':
      return { ...base, decision: 'quarantine', reason: quarantineReason(verdict) };
    case 'discard':
      return { ...base, decision: 'discard' };
    case 'greylist':
      return { ...base, decision: 'refuse', reply: withText(replies.greylisted, settings.softRejectText) };
    case 'soft reject':
      return {
        ...base,
        decision: 'refuse',
        reply: withText(replies.greylisted, verdict.text ?? settings.softRejectText),
      };
    case 'reject':
      return {
        ...base,
        decision: 'refuse',
        reply: withText(replies.spam, verdict.text ?? settings.rejectText),
      };
  }
  // A verdict crosses from a worker as plain data: what is no action of ours is a fault, which the caller reports.
  throw new TypeError(`unknown action "${String(verdict.action)}"`);
}

/** There is no verdict: `failAction` decides. */
export function judgementWithout(failure: ScanFailure, settings: TransactionSettings): Judgement {
  const unscanned = { edits: [], spam: false, score: 0 };
  // A fault of our own is never a reason to let mail in unseen: the admin chose `accept` for overload, not for that.
  if (settings.failAction === 'accept' && failure !== 'error') return { ...unscanned, decision: 'accept' };
  return { ...unscanned, decision: 'refuse', reply: FAILURE_REPLIES[failure] };
}

const FAILURE_REPLIES: Readonly<Record<ScanFailure, Reply>> = {
  busy: replies.scanBusy,
  closing: replies.scanClosing,
  timeout: replies.scanTimeout,
  memory: replies.scanFailed,
  crash: replies.scanFailed,
  error: replies.temporary,
};

export const failureOf = (cause: unknown): ScanFailure =>
  cause instanceof ScanError ? cause.reason : 'error';

function withText(standard: Reply, text: string): Reply {
  const clean = replyText(text);
  return clean === '' ? standard : reply(standard.code, standard.enhanced, clean);
}

function quarantineReason(verdict: Verdict): string {
  const symbols = verdict.hits
    .toSorted((a, b) => b.score - a.score)
    .slice(0, REASON_SYMBOLS)
    .map((hit) => hit.symbol);
  return replyText(
    `score ${verdict.score.toFixed(1)} of ${verdict.required.toFixed(1)}: ${symbols.join(', ')}`,
  );
}

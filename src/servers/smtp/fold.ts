import { createHash } from 'node:crypto';
import type { RecipientOutcome } from '../../delivery/types.ts';
import type { Log } from '../../log.ts';
import type { Envelope } from '../../message/envelope.ts';
import { isPositive, isTemporary } from '../../policy/reply.ts';
import type { Reply } from '../../policy/reply.ts';
import { replies } from '../../policy/replies.ts';
import type { State } from '../../state/types.ts';

/** Tells the sender of recipients that failed for good. Durable when it resolves; rejects when it cannot be now. */
export type Bounce = (failed: readonly RecipientOutcome[]) => Promise<void>;

/**
 * Many outcomes, one SMTP answer (RFC 5321 §4.2.5): nothing lost, nothing delivered twice without need.
 *
 * | outcomes | answer |
 * |---|---|
 * | all good | 250 |
 * | all bad for good | the first of them |
 * | some bad for now | the first 4xx of them; those that have it are remembered in {@link PartialDeliveries} |
 * | some good, some bad for good | 250, after a bounce for the bad ones has been spooled; 4xx when that failed |
 */
export async function foldOutcomes(outcomes: readonly RecipientOutcome[], bounce: Bounce): Promise<Reply> {
  const first = outcomes[0]?.reply ?? replies.temporary;
  const temporary = outcomes.find(({ reply }) => isTemporary(reply));
  if (temporary !== undefined) return temporary.reply;
  const failed = outcomes.filter(({ reply }) => !isPositive(reply));
  if (failed.length === 0 || failed.length === outcomes.length) return first;
  try {
    await bounce(failed);
  } catch {
    return replies.temporary;
  }
  return outcomes.find(({ reply }) => isPositive(reply))?.reply ?? replies.temporary;
}

/** Longer than mail servers try (RFC 5321 §4.5.4.1: 4 to 5 days). */
const REMEMBERED_SECONDS = 6 * 24 * 3600;

/**
 * Who already has a message of which other recipients were told to wait: the client sends it again for all of them.
 * Known by sender and content, because that is all that stays the same; without a memory, or when it cannot be asked,
 * those recipients get it once more.
 */
export class PartialDeliveries {
  readonly #state: State | undefined;
  readonly #log: Log;

  constructor(state: State | undefined, log: Log) {
    this.#state = state;
    this.#log = log;
  }

  /** Addresses that have the message. */
  async recall(key: string): Promise<ReadonlySet<string>> {
    try {
      const value = await this.#state?.get(key);
      return new Set(value === undefined ? [] : (JSON.parse(Buffer.from(value).toString()) as string[]));
    } catch (err) {
      this.#log.warn({ err }, 'partial deliveries could not be looked up');
      return new Set();
    }
  }

  async remember(key: string, addresses: readonly string[]): Promise<void> {
    try {
      await this.#state?.put(key, Buffer.from(JSON.stringify(addresses)), REMEMBERED_SECONDS);
    } catch (err) {
      this.#log.warn({ err }, 'partial delivery could not be remembered');
    }
  }

  async forget(key: string): Promise<void> {
    try {
      await this.#state?.delete(key);
    } catch (err) {
      this.#log.warn({ err }, 'partial delivery could not be forgotten');
    }
  }
}

/** The key of a message in {@link PartialDeliveries}. */
export function partialKey(envelope: Envelope, raw: Uint8Array): string {
  const digest = createHash('sha256').update(`${envelope.sender}\n`).update(raw).digest('base64url');
  return `smtp/partial/${digest}`;
}

import { describe } from '../../store/mail/content.ts';
import { isKeyword } from '../../store/mail/keywords.ts';
import { octetsOf } from '../../store/mail/octets.ts';
import type { Mailbox, NewMessage } from '../../store/mail/types.ts';
import { StoreError } from '../../store/types.ts';
import { bareId, PresentMessages } from './present.ts';
import type { SourceMailbox, SourceMessage } from './types.ts';

/** Messages that share a transaction, and what they may take in memory. */
const BATCH = 100;
const BATCH_OCTETS = 16 * 1024 * 1024;

export interface Imported {
  added: number;
  /** The mailbox had them already. */
  present: number;
  /** What could not be had, a line each; the first hundred. */
  readonly faults: string[];
  failed: number;
}

export interface ImportOptions {
  /** Only messages with this Message-ID or EMAILID. */
  readonly message?: string;
  /** Called for each message that has been dealt with. */
  advance(messages: number): void;
}

const MAX_FAULTS = 100;

/**
 * Puts the messages of a source into a mailbox, with flags, keywords and dates. What it has already is left out, so that an
 * import that was interrupted goes on when it is started again. Rejects with `StoreError` (no space, over quota): what
 * was added before that stays.
 */
export async function importMailbox(
  source: SourceMailbox,
  target: Mailbox,
  options: ImportOptions,
): Promise<Imported> {
  const present = await PresentMessages.of(target);
  const done: Imported = { added: 0, present: 0, faults: [], failed: 0 };
  let batch: NewMessage[] = [];
  let octets = 0;
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await appendBatch(target, batch);
    done.added += batch.length;
    options.advance(batch.length);
    [batch, octets] = [[], 0];
  };
  for await (const item of source.items((facts) => present.takeLike(facts))) {
    if (item === 'present') done.present++;
    else if ('fault' in item) {
      done.failed++;
      if (done.faults.length < MAX_FAULTS) done.faults.push(item.fault);
    } else {
      const { message } = item;
      const { emailId } = octetsOf(message.octets);
      if (!isWanted(message, emailId, options.message)) continue;
      const { internalDate } = message;
      if (internalDate === undefined || !present.take(internalDate, emailId)) {
        batch.push(newMessage(message));
        octets += message.octets.length;
        if (batch.length >= BATCH || octets >= BATCH_OCTETS) await flush();
        continue;
      }
      done.present++;
    }
    options.advance(1);
  }
  await flush();
  return done;
}

function newMessage({ octets, flags, internalDate }: SourceMessage): NewMessage {
  const keywords = flags.keywords.filter(isKeyword);
  return {
    pieces: [octets],
    flags: { system: flags.system, keywords },
    ...(internalDate === undefined ? {} : { internalDate }),
  };
}

async function appendBatch(target: Mailbox, batch: readonly NewMessage[]): Promise<void> {
  try {
    await target.append(batch);
  } catch (error) {
    if (!(error instanceof StoreError) || error.reason !== 'limit') throw error;
    // More keywords than a mailbox may have: the mail is worth more than they are.
    await target.append(
      batch.map((one) => ({ ...one, flags: { system: one.flags?.system ?? 0, keywords: [] } })),
    );
  }
}

function isWanted({ octets }: SourceMessage, emailId: string, wanted: string | undefined): boolean {
  if (wanted === undefined || wanted === emailId) return true;
  return bareId(describe(octets).envelope.messageId ?? '') === bareId(wanted);
}

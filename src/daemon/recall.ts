import { existsSync } from 'node:fs';
import { normalDomain } from '../authentication/organizational-domain.ts';
import type { Config } from '../config/schema.ts';
import { messageHash } from '../filter/bayes/identity.ts';
import { fingerprintOf } from '../filter/fuzzy/fingerprint.ts';
import { FuzzyStore } from '../filter/fuzzy/store.ts';
import type { RecallHost } from '../filter/recall/types.ts';
import { ReputationStore } from '../filter/reputation/store.ts';
import { deliveredSubjects } from '../filter/reputation/subjects.ts';
import type { Log } from '../log.ts';
import { parseMessage } from '../message/parse.ts';
import { type State, StateError } from '../state/types.ts';
import { openConfiguredState, stateFile } from './accounts.ts';

/** Remembers copies and senders, in the state. */
export interface RecallKeeper {
  readonly host: RecallHost;
  /**
   * What a person says of a message, in addition to what Bayes learns of it; once, however often it is said. Rejects with
   * a `StateError`.
   */
  learn(raw: Uint8Array, kind: 'spam' | 'ham' | 'forget'): Promise<void>;
  /** Writes what waits. */
  close(): Promise<void>;
}

/** Begins to look whether anything was learned; what is switched off is absent. */
export async function openRecall(config: Config, state: State, log: Log): Promise<RecallKeeper> {
  const { fuzzy: fuzzySettings, reputation: reputationSettings } = config.filter;
  const failed = (error: Error): void =>
    log.error({ error: error.message }, 'what is remembered could not be read or written');
  const fuzzy = fuzzySettings.enabled ? new FuzzyStore({ state, settings: fuzzySettings }) : undefined;
  const reputation = reputationSettings.enabled
    ? new ReputationStore({ state, settings: reputationSettings, now: Date.now, failed })
    : undefined;
  await fuzzy?.start(failed);
  const authservId = normalDomain(config.authentication.authservId ?? config.hostname);
  return {
    host: {
      ...(fuzzy === undefined ? {} : { fuzzy }),
      ...(reputation === undefined ? {} : { reputation }),
    },
    async learn(raw, kind) {
      const message = parseMessage(raw, config.message);
      const hash = messageHash(message);
      await fuzzy?.learn({
        kind: kind === 'spam' ? 'deny' : kind === 'ham' ? 'white' : 'forget',
        message: hash,
        fingerprint: fingerprintOf(message, fuzzySettings),
      });
      const subjects = deliveredSubjects(message, authservId, reputationSettings);
      await reputation?.learn({ kind, message: hash, subjects });
    },
    async close() {
      await fuzzy?.close();
      await reputation?.close();
    },
  };
}

/**
 * What a command judges by that only looks: nothing is learned of what it scans. Undefined while nothing was ever
 * remembered, or when the state does not answer.
 */
export async function viewRecall(config: Config, log: Log): Promise<RecallKeeper | undefined> {
  if (config.state.driver === 'sqlite' && !existsSync(stateFile(config))) return undefined;
  try {
    const state = await openConfiguredState(config, log);
    const { host, ...keeper } = await openRecall(config, state, log);
    const { fuzzy, reputation } = host;
    return {
      ...keeper,
      host: {
        ...(fuzzy !== undefined && {
          fuzzy: {
            memory: fuzzy.memory,
            find: (fingerprint) => fuzzy.find(fingerprint),
            learn: () => Promise.resolve(),
          },
        }),
        ...(reputation !== undefined && {
          reputation: { look: (subjects) => reputation.look(subjects), add: () => undefined },
        }),
      },
      async close() {
        await keeper.close();
        await state.close();
      },
    };
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    log.error({ error: error.message }, 'what is remembered cannot be asked');
    return undefined;
  }
}

import { availableCapabilities } from '../../delivery/available.ts';
import { createConverters } from '../../delivery/converters.ts';
import { defaultScriptSettings } from '../../delivery/settings.ts';
import type { Message } from '../../message/types.ts';
import type { Answer, Question, RunInput, RunOutcome } from '../../sieve/types.ts';

/** What a server has that has no configuration: scripts may require it here, too. */
export const TRIAL_CAPABILITIES = availableCapabilities(defaultScriptSettings);

/** What the command line says of the envelope; undefined where the message is to tell. */
export interface TrialEnvelope {
  from?: string | undefined;
  to?: string | undefined;
}

/** Fields that tell of the recipient, what delivery itself wrote before what the sender wrote. */
const RECIPIENT_FIELDS = ['delivered-to', 'x-original-to', 'envelope-to', 'to'];
const SENDER_FIELDS = ['return-path', 'sender', 'from'];

/**
 * Sender and recipient for a run without SMTP. What is not given is taken from the fields that delivery writes (RFC 5321
 * §4.4), and where there are none from what the sender wrote: good enough to try a script, for nothing else.
 */
export function trialInput(message: Message, given: TrialEnvelope, now: Date): RunInput {
  const recipient = given.to ?? firstAddress(message, RECIPIENT_FIELDS) ?? '';
  const sender = given.from ?? firstAddress(message, SENDER_FIELDS) ?? '';
  const envelope = { client: {}, sender, recipients: [{ address: recipient }] };
  return { message, envelope, recipient, now };
}

function firstAddress({ header }: Message, names: readonly string[]): string | undefined {
  for (const name of names) {
    const field = header.get(name);
    // The null reverse-path.
    if (field?.value === '<>') return '';
    const address = field?.addresses.find(({ address }) => address !== '')?.address;
    if (address !== undefined) return address;
  }
  return undefined;
}

const NO_PROGRAMS = createConverters([], undefined);

/** Stands for the world where nothing is delivered. What runs of a script remember, later runs of it are told. */
export class TrialHost {
  readonly #exists: (mailbox: string) => boolean;
  readonly #remembered = new Set<string>();

  /** Tells which mailboxes are there; without it, every one is. */
  constructor(exists: (mailbox: string) => boolean = () => true) {
    this.#exists = exists;
  }

  readonly answer = (question: Question): Answer | Promise<Answer> => {
    switch (question.ask) {
      case 'mailbox-exists':
        return this.#exists(question.mailbox);
      case 'vacation-sent':
      case 'duplicate-seen':
        return this.#remembered.has(
          `${question.ask === 'duplicate-seen' ? 'duplicate' : 'vacation'} ${question.key}`,
        );
      case 'convert':
        return NO_PROGRAMS.convert({ ...question, sender: '', recipient: '' });
      default:
        return undefined;
    }
  };

  remember({ remember }: RunOutcome): void {
    for (const { kind, key } of remember) this.#remembered.add(`${kind} ${key}`);
  }
}

import type { Engine, LabelledMessage, Outcome } from './types.ts';

/** Judges messages, as many at once as the engine takes; outcomes in the order of the messages. */
export async function judgeAll(
  engine: Engine,
  messages: readonly LabelledMessage[],
  advance: () => void,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < messages.length; index = next++) {
      outcomes[index] = await judgeOne(engine, messages[index] as LabelledMessage);
      advance();
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, engine.width) }, lane));
  return outcomes;
}

/**
 * On-line order, as the spam track of TREC had it: each message is judged, then its class is told. `always` learns all of
 * them, else only those misjudged (train on error).
 */
export async function judgeOnline(
  engine: Engine,
  messages: readonly LabelledMessage[],
  always: boolean,
  advance: () => void,
): Promise<{ outcomes: Outcome[]; learned: number }> {
  const outcomes: Outcome[] = [];
  let learned = 0;
  for (const message of messages) {
    const outcome = await judgeOne(engine, message);
    outcomes.push(outcome);
    const wrong = outcome.judgement?.spam !== (message.label === 'spam');
    if (always || wrong) {
      await engine.learn([message], () => undefined);
      learned++;
    }
    advance();
  }
  return { outcomes, learned };
}

async function judgeOne(engine: Engine, message: LabelledMessage): Promise<Outcome> {
  try {
    return { message, judgement: await engine.judge(message) };
  } catch (error) {
    return { message, judgement: undefined, fault: (error as Error).message };
  }
}

/** A part of the messages that is judged by what was learned from the others. */
export interface Fold {
  readonly name: string;
  readonly train: readonly LabelledMessage[];
  readonly test: readonly LabelledMessage[];
}

/** A fold for each source named. What is near to a message of the fold (the same group) is not learned either. */
export function leaveOut(messages: readonly LabelledMessage[], sources: readonly string[]): Fold[] {
  return sources.map((source) => fold(source, messages, (message) => message.source === source));
}

/** Folds of about the same size; a group is in one of them, whole. */
export function foldsOf(messages: readonly LabelledMessage[], count: number): Fold[] {
  const place = new Map<string, number>();
  let next = 0;
  for (const message of messages) {
    const key = groupKey(message);
    if (!place.has(key)) place.set(key, next++ % count);
  }
  return Array.from({ length: count }, (_, index) =>
    fold(`${index + 1}/${count}`, messages, (message) => place.get(groupKey(message)) === index),
  );
}

function fold(
  name: string,
  messages: readonly LabelledMessage[],
  isTest: (message: LabelledMessage) => boolean,
): Fold {
  const test = messages.filter(isTest);
  const groups = new Set(test.map(groupKey));
  return { name, test, train: messages.filter((message) => !groups.has(groupKey(message))) };
}

/** A message without a group is one of its own. */
const groupKey = ({ group, name }: LabelledMessage): string => (group === '' ? `\0${name}` : group);

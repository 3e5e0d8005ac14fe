import { afterEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../../log.ts';
import { parseMessage } from '../../../message/parse.ts';
import { evaluate } from '../evaluate.ts';
import { extractFeatures } from '../features/extract.ts';
import { createJudge } from '../judge.ts';
import { writeModel } from '../onnx.ts';
import { EMPTY_MARK, markOf, SLOT_BITS, slotOf } from '../slots.ts';
import { KINDS, type Features, type Model } from '../types.ts';
import { type RuntimeThread, startRuntime } from './host.ts';
import { createMailbox, MailboxClient, MailboxServer } from './mailbox.ts';

const mail = (text: string): Features =>
  extractFeatures(parseMessage(Buffer.from(`From: a@example.org\r\nSubject: ${text}\r\n\r\n${text}\r\n`)));

/** Knows every feature of a message, with weights that tell messages apart. */
function modelOf(features: Features): Model {
  const weights = new Float32Array(1 << SLOT_BITS);
  const marks = new Int16Array(weights.length).fill(EMPTY_MARK);
  for (const [index, hash] of features.hashes.entries()) {
    weights[slotOf(hash, weights.length)] = Math.sin(index);
    marks[slotOf(hash, weights.length)] = markOf(hash);
  }
  return { weights, marks, bias: 0.1, slope: 1, intercept: 0, properties: new Map() };
}

const all = mail('cheap watches, free delivery of the invoice you asked for');
const model = modelOf(all);
let runtime: RuntimeThread | undefined;
afterEach(async () => {
  await runtime?.close();
  runtime = undefined;
});

describe('the thread of onnxruntime', () => {
  test('answers many who ask at once as the plain evaluation does', async () => {
    runtime = startRuntime(writeModel(model), silentLog);
    expect(await runtime.started).toBe(true);
    const client = new MailboxClient(runtime.mailbox);
    const texts = Array.from({ length: 50 }, (_, index) =>
      mail(`free watches ${'invoice asked '.repeat(index % 7)}`),
    );
    const answers = await Promise.all(texts.map((features) => client.ask(features)));
    for (const [index, features] of texts.entries()) {
      const plain = evaluate(model, features);
      expect(answers[index]?.probability).toBeCloseTo(plain.probability, 5);
      expect(answers[index]?.kinds).toHaveLength(KINDS.length);
    }
    expect(new Set(answers.map((answer) => answer?.probability)).size).toBeGreaterThan(3);
  });

  test('more questions than places are all answered', async () => {
    runtime = startRuntime(writeModel(model), silentLog);
    await runtime.started;
    const judge = createJudge({ model, mailbox: runtime.mailbox });
    const answers = await Promise.all(Array.from({ length: 300 }, async () => judge(all)));
    const plain = evaluate(model, all);
    for (const { probability } of answers) expect(probability).toBeCloseTo(plain.probability, 5);
  });

  test('a model it cannot load leaves the plain evaluation, and a line in the log', async () => {
    const lines: string[] = [];
    const log = { ...silentLog, error: (_: object, text: string) => void lines.push(text) };
    runtime = startRuntime(Buffer.from('no model'), log);
    expect(await runtime.started).toBe(false);
    const judge = createJudge({ model, mailbox: runtime.mailbox });
    expect(await judge(all)).toEqual(evaluate(model, all));
    expect(lines).toEqual([expect.stringContaining('onnxruntime')]);
  });

  test('leaves when asked to, in the middle of questions; who waits computes himself', async () => {
    runtime = startRuntime(writeModel(model), silentLog);
    await runtime.started;
    const judge = createJudge({ model, mailbox: runtime.mailbox });
    const asked = Array.from({ length: 60 }, async () => judge(all));
    await runtime.close();
    const plain = evaluate(model, all);
    for (const { probability } of await Promise.all(asked))
      expect(probability).toBeCloseTo(plain.probability, 5);
    expect(await judge(all)).toEqual(plain);
  }, 20_000);
});

describe('the mailbox', () => {
  test('an answer that comes too late frees its place', async () => {
    const memory = createMailbox();
    const server = new MailboxServer(memory);
    server.ready = true;
    const client = new MailboxClient(memory);
    const waiting = client.ask(all);
    const [question] = server.take(10);
    expect(question?.features.hashes).toEqual(all.hashes);
    expect(await waiting).toBeUndefined();
    if (question !== undefined) server.answer(question, { probability: 0.5, kinds: KINDS.map(() => 0) });
    expect(server.take(10)).toEqual([]);
    const again = client.ask(all);
    const [next] = server.take(10);
    expect(next?.place).toBe(question?.place);
    if (next !== undefined) server.answer(next, { probability: 0.25, kinds: KINDS.map(() => 1) });
    expect(await again).toEqual({ probability: 0.25, kinds: KINDS.map(() => 1) });
  }, 10_000);

  test('nobody is asked before the runtime is ready', async () => {
    expect(await new MailboxClient(createMailbox()).ask(all)).toBeUndefined();
  });
});

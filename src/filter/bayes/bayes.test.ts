import { describe, expect, it } from 'vitest';
import type { Envelope } from '../../message/envelope.ts';
import { parseMessage } from '../../message/parse.ts';
import type { Message } from '../../message/types.ts';
import { Bayes } from './bayes.ts';
import { userHash } from './entries.ts';
import type { BayesMessage } from './host.ts';
import { messageHash } from './identity.ts';
import { applyRequest } from './learn.ts';
import { RequestMaker } from './request.ts';
import { type BayesSettings, defaultBayesSettings } from './settings.ts';
import { TokenCounts } from './table.ts';

const now = () => 1_760_000_000_000;
const message = (text: string): Message => parseMessage(Buffer.from(text.replaceAll('\n', '\r\n')));
const spam = (number: number) => `From: "Prize ${number}" <x@casino.example>
Subject: You have won ${number}
Message-ID: <${number}@casino.example>

Claim your lottery jackpot now, click http://win.example/claim today.
`;
const ham = (number: number) => `From: Anna <anna@example.org>
Subject: Re: patch review ${number}
Message-ID: <${number}@example.org>

The function returns early when the buffer is empty, please fix the loop.
`;
const envelope = (...recipients: string[]): Envelope => ({
  client: {},
  sender: '',
  recipients: recipients.map((address) => ({ address })),
});

function bayes(settings: Partial<BayesSettings>, user = 0n, post?: (asked: BayesMessage) => void) {
  const table = TokenCounts.create(1024 * 1024);
  const maker = new RequestMaker({ tokens: 4000, user, now });
  for (let number = 0; number < 5; number++) {
    applyRequest(table, maker.make(Buffer.from(spam(number)), 'spam'));
    applyRequest(table, maker.make(Buffer.from(ham(number)), 'ham'));
  }
  const judge = new Bayes({
    settings: { ...defaultBayesSettings, minimumLearned: 5, ...settings },
    memory: table.memory,
    now,
    ...(post === undefined ? {} : { post }),
  });
  return { judge, table };
}

const probability = async (one: Bayes, text: string, to = envelope('ben@example.net')) =>
  (await one.judge(message(text), to))?.probability;

describe('Bayes', () => {
  it('judges by what was learned', async () => {
    const { judge } = bayes({});
    expect(await probability(judge, spam(99))).toBeGreaterThan(0.9);
    expect(await probability(judge, ham(99))).toBeLessThan(0.1);
  });

  it('says nothing of a table that is empty or has too little', async () => {
    const { judge } = bayes({ minimumLearned: 6 });
    expect(await probability(judge, spam(99))).toBeUndefined();
    const empty = TokenCounts.create(64 * 1024);
    expect(
      new Bayes({ settings: defaultBayesSettings, memory: empty.memory, now }).judge(
        message(spam(1)),
        envelope(),
      ),
    ).toBeUndefined();
  });

  it('asks a user who is the only recipient, where that is set', async () => {
    const { judge } = bayes({ perUser: true }, userHash('ben@example.net'));
    expect(await probability(judge, spam(99))).toBeGreaterThan(0.9);
    expect(await probability(judge, spam(99), envelope('anna@example.org'))).toBeUndefined();
    expect(await probability(judge, spam(99), envelope('ben@example.net', 'b@example.net'))).toBeUndefined();
    const { judge: off } = bayes({}, userHash('ben@example.net'));
    expect(await probability(off, spam(99))).toBeUndefined();
  });

  it('waits for counts of the state, and not for ever', async () => {
    const asked: BayesMessage[] = [];
    const { judge } = bayes({ backend: 'state', timeout: 50 }, 0n, (one) => asked.push(one));
    const started = performance.now();
    // Nobody answers; what is in the cache is used all the same.
    expect(await probability(judge, spam(99))).toBeGreaterThan(0.9);
    expect(performance.now() - started).toBeGreaterThan(40);
    expect(asked).toHaveLength(1);
  });

  it('has learned what leaves no doubt', () => {
    const asked: BayesMessage[] = [];
    const autolearn = { ...defaultBayesSettings.autolearn, enabled: true };
    const { judge } = bayes({ autolearn }, 0n, (one) => asked.push(one));
    const hits = ['A', 'B', 'C'].map((symbol) => ({ symbol, score: 5 }));
    judge.observe(message(spam(7)), hits.slice(0, 2));
    judge.observe(message(spam(7)), hits);
    expect(asked).toMatchObject([
      { bayes: 'learn', request: { kind: 'spam', message: messageHash(message(spam(7))) } },
    ]);
    const { judge: off } = bayes({}, 0n, (one) => asked.push(one));
    off.observe(message(spam(7)), hits);
    expect(asked).toHaveLength(1);
  });
});

describe('messageHash', () => {
  it('knows a message by itself, whatever was put above it and whatever its line endings are', () => {
    const raw = spam(1);
    const hash = messageHash(message(raw));
    expect(messageHash(parseMessage(Buffer.from(raw)))).toBe(hash);
    expect(messageHash(message(`Received: by mx\nX-Spam-Score: 3\n${raw}`))).toBe(hash);
    expect(messageHash(message(spam(2)))).not.toBe(hash);
    expect(messageHash(message(raw.replace('lottery', 'Lottery')))).not.toBe(hash);
  });
});

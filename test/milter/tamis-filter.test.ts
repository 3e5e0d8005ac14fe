import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Judgement, MessageFacts, Transactions } from '../../src/transaction/types.ts';
import { reply } from '../../src/policy/reply.ts';
import type { Reply } from '../../src/policy/reply.ts';
import { silentLog } from '../../src/log.ts';
import { createMilterFilter } from '../../src/servers/milter/filter.ts';
import type { MilterServer } from '../../src/servers/milter/server.ts';
import { defaultMilterSettings } from '../../src/servers/milter/settings.ts';
import { until } from '../support/mta.ts';
import { Postfix, describePostfix } from '../support/postfix.ts';
import { SmtpTalk } from '../support/smtp-talk.ts';

const MESSAGE = [
  'Received: from elsewhere.example by client.example; Sun, 22 Nov 2026 00:59:00 +0000',
  'Authentication-Results: mta.example; spf=pass (forged)',
  'DKIM-Signature: v=1; a=rsa-sha256;',
  '\tb=abc',
  '  def',
  'From:no space <sender@example.com>',
  'To:   <user@example.org>',
  'Subject: =?utf-8?q?caf=C3=A9?=',
  'Authentication-Results: mta.example; dkim=pass (forged)',
  'Date: Sun, 22 Nov 2026 01:00:00 +0000',
  'Message-Id: <1@example.com>',
  '',
  'Hello',
  '',
  '.with a dot',
  ' ',
  '',
].join('\r\n');

describePostfix("Tamis' own filter in front of Postfix", () => {
  let judgement: Judgement;
  let rcpt: Reply | undefined;
  const judged: Array<{ raw: Buffer; about?: MessageFacts }> = [];
  const outcomes: string[] = [];
  let milter: MilterServer;
  let postfix: Postfix;

  const transactions: Transactions = {
    connect: (_, client) => ({
      client,
      opened: async () => undefined,
      helo: async () => undefined,
      update: () => undefined,
      mail: async ({ sender }) => ({
        id: 'id',
        envelope: { client, sender, recipients: [] },
        rcpt: async () => rcpt,
        forget: () => undefined,
        data: async () => undefined,
        judge: async (raw, about) => {
          judged.push({ raw: Buffer.from(raw), about });
          return judgement;
        },
        finish: (outcome) => void outcomes.push(outcome),
        abort: () => void outcomes.push('aborted'),
      }),
      close: () => undefined,
    }),
  };

  beforeAll(async () => {
    milter = createMilterFilter(transactions, defaultMilterSettings, silentLog);
    const where = `inet:127.0.0.1:${await milter.listen('127.0.0.1:0')}`;
    postfix = new Postfix({ main: { smtpd_milters: where, non_smtpd_milters: where } });
    await postfix.start();
  });
  afterAll(async () => {
    await postfix?.stop();
    await milter?.close(0);
  });

  async function send(message = MESSAGE): Promise<{ code: number; text: string }> {
    const talk = await SmtpTalk.open(postfix.port);
    const answer = await talk.mail('sender@example.com', ['user@example.org'], message);
    await talk.quit();
    return answer;
  }

  it('judges the very bytes the client sent, and has its edits applied where they were meant', async () => {
    judgement = {
      decision: 'accept',
      spam: false,
      score: 1,
      edits: [
        { kind: 'remove', name: 'Authentication-Results', index: 1 },
        { kind: 'remove', name: 'Authentication-Results', index: 2 },
        { kind: 'insert', position: 0, name: 'Authentication-Results', value: 'mta.example;\n\tspf=none' },
        { kind: 'insert', position: 3, name: 'X-Before-From', value: 'yes' },
        { kind: 'change', name: 'Subject', index: 1, value: '[SPAM] x' },
        { kind: 'add', name: 'X-Spam-Score', value: '1.0' },
      ],
    };
    expect((await send()).code).toBe(250);
    expect(judged.at(-1)?.raw.toString()).toBe(MESSAGE);
    expect(judged.at(-1)?.about?.queueId).toMatch(/^[0-9A-Za-z]{6,}$/);
    const [mail] = await postfix.settled();
    const [own = '', ...rest] = (mail?.raw.toString() ?? '').split(/\n(?![ \t])/).slice(1);
    expect(mail?.raw.toString()).toMatch(/^Authentication-Results: mta\.example;\n\tspf=none\nReceived:/);
    expect(own).toContain('by mta.example');
    expect(rest.join('\n')).toBe(
      [
        'Received: from elsewhere.example by client.example; Sun, 22 Nov 2026 00:59:00 +0000',
        'DKIM-Signature: v=1; a=rsa-sha256;',
        '\tb=abc',
        '  def',
        'X-Before-From: yes',
        'From:no space <sender@example.com>',
        'To:   <user@example.org>',
        'Subject: [SPAM] x',
        'Date: Sun, 22 Nov 2026 01:00:00 +0000',
        'Message-Id: <1@example.com>',
        'X-Spam-Score: 1.0',
        '',
        'Hello',
        '',
        '.with a dot',
        ' ',
        '',
      ].join('\n'),
    );
  });

  it('quarantines to hold, refuses, discards and defers', async () => {
    const base = { edits: [], spam: true, score: 20 } as const;
    outcomes.length = 0;
    judgement = { ...base, decision: 'quarantine', reason: 'score 20' };
    expect((await send()).code).toBe(250);
    expect(await postfix.queue()).toMatchObject([{ queue: 'hold', recipients: ['user@example.org'] }]);
    judgement = { ...base, decision: 'refuse', reply: reply(554, '5.7.1', 'Spam, 100% sure') };
    expect((await send()).text).toBe('554 5.7.1 Spam, 100% sure');
    judgement = { ...base, decision: 'discard' };
    expect((await send()).code).toBe(250);
    judgement = { ...base, decision: 'refuse', reply: reply(451, '4.7.1', 'Busy') };
    expect((await send()).text).toBe('451 4.7.1 Busy');
    expect(outcomes).toEqual(['quarantined', 'rejected', 'discarded', 'deferred']);
    expect(await postfix.settled()).toHaveLength(1);
  });

  it('lets a recipient of local mail pass that policy would refuse', async () => {
    judgement = { decision: 'accept', edits: [], spam: false, score: 0 };
    rcpt = reply(550, '5.7.1', 'Relaying denied');
    expect((await send()).text).toBe('550 5.7.1 Relaying denied');
    const before = (await postfix.delivered()).length;
    await postfix.submit('sender@example.com', ['local@example.org'], MESSAGE.replaceAll('\r\n', '\n'));
    const mail = await until(async () => (await postfix.delivered())[before], 'local mail is delivered');
    expect(mail.recipient).toBe('local@example.org');
    expect(outcomes.at(-1)).toBe('accepted');
  });
});

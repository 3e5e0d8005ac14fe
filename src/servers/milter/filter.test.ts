import { afterEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../log.ts';
import type { Log } from '../../log.ts';
import type { Client, Recipient } from '../../message/envelope.ts';
import { reply } from '../../policy/reply.ts';
import type { Reply } from '../../policy/reply.ts';
import type { Judgement, MailCommand, Transactions } from '../../transaction/types.ts';
import { MilterClient } from '../../../test/support/milter-client.ts';
import { createMilterFilter } from './filter.ts';
import type { MilterServer } from './server.ts';
import { defaultMilterSettings } from './settings.ts';
import type { MilterSettings } from './settings.ts';

const accept: Judgement = { decision: 'accept', edits: [], spam: false, score: 0 };

interface Answers {
  opened?: Reply;
  helo?: Reply;
  mail?: Reply;
  rcpt?: (recipient: Recipient) => Reply | undefined;
  data?: Reply;
  judgement?: Partial<Judgement> | (() => Promise<Judgement>);
}

/** Transactions that answer as told and write down what they were asked. */
function fake(answers: Answers = {}): { transactions: Transactions; story: unknown[] } {
  const story: unknown[] = [];
  let count = 0;
  const transactions: Transactions = {
    connect(protocol, client) {
      story.push([protocol, client]);
      let current: Client = client;
      return {
        get client() {
          return current;
        },
        opened: async () => answers.opened,
        helo: async (name) => {
          story.push(['helo', name]);
          return answers.helo;
        },
        update: (more) => {
          current = { ...current, ...more };
        },
        async mail(mail: MailCommand) {
          story.push(['mail', mail, current.user, current.tls]);
          if (answers.mail !== undefined) return answers.mail;
          const id = `t${++count}`;
          return {
            id,
            envelope: { client: current, sender: mail.sender, recipients: [] },
            rcpt: async (recipient) => {
              story.push(['rcpt', recipient]);
              return answers.rcpt?.(recipient);
            },
            forget: () => undefined,
            data: async () => answers.data,
            judge: async (raw, about) => {
              story.push([
                'judge',
                Buffer.from(raw).toString(),
                raw.buffer instanceof SharedArrayBuffer,
                about,
              ]);
              if (typeof answers.judgement === 'function') return answers.judgement();
              return { ...accept, ...answers.judgement };
            },
            finish: (outcome, detail) => void story.push(['finish', id, outcome, detail]),
            abort: () => void story.push(['abort', id]),
          };
        },
        close: () => void story.push(['close']),
      };
    },
  };
  return { transactions, story };
}

let server: MilterServer | undefined;
const clients: MilterClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await server?.close(0);
});

async function open(
  transactions: Transactions,
  settings: Partial<MilterSettings> = {},
  log: Log = silentLog,
  offer = { version: 6, actions: 0x1ff, steps: 0x1fffff },
): Promise<MilterClient> {
  server = createMilterFilter(transactions, { ...defaultMilterSettings, ...settings }, log);
  const client = await MilterClient.open(await server.listen('127.0.0.1:0'));
  clients.push(client);
  await client.negotiate(offer);
  return client;
}

/** A filter with these answers, and an MTA that has said CONNECT and HELO. */
async function greeted(
  answers: Answers,
  settings?: Partial<MilterSettings>,
  log?: Log,
): Promise<{ client: MilterClient; story: unknown[] }> {
  const { transactions, story } = fake(answers);
  const client = await open(transactions, settings, log);
  client.macros('C', { v: 'Postfix 3.7.11' });
  await client.connect();
  await client.helo();
  return { client, story };
}

const has = (story: unknown[], what: string): unknown[] =>
  story.filter((entry) => Array.isArray(entry) && entry[0] === what);

describe('createMilterFilter', () => {
  it('tells the transaction all there is to know', async () => {
    const { transactions, story } = fake();
    const client = await open(transactions);
    client.macros('C', { '{client_ptr}': 'ptr.example' });
    await client.connect('client.example', '192.0.2.1', 4711);
    await client.helo('helo.example');
    client.macros('M', { i: '4ABC', '{auth_authen}': 'anna', '{tls_version}': 'TLSv1.3', '{cipher}': 'AES' });
    await client.mail('a@example.com', 'SIZE=99', 'body=8bitmime', 'SMTPUTF8', 'RET=HDRS', 'ENVID=x+3Dy');
    await client.rcpt('b@example.org', 'ORCPT=rfc822;b@example.org', 'NOTIFY=FAILURE');
    client.macros('R', { '{rcpt_mailer}': 'error' });
    await client.rcpt('gone@example.org');
    await client.command({ type: 'data' });
    await client.header('Subject', ' hi');
    await client.command({ type: 'eoh' });
    await client.body('text\r\n');
    client.macros('E', { i: '4ABC' });
    expect(await client.end()).toEqual([{ type: 'accept' }]);
    client.send({ type: 'quit' });
    await client.hungUp();
    expect(story).toEqual([
      ['milter', { address: '192.0.2.1', port: 4711, name: 'client.example' }],
      ['helo', 'helo.example'],
      [
        'mail',
        { sender: 'a@example.com', size: 99, body: '8BITMIME', smtputf8: true, ret: 'HDRS', envid: 'x+3Dy' },
        'anna',
        { version: 'TLSv1.3', cipher: 'AES' },
      ],
      ['rcpt', { address: 'b@example.org', orcpt: 'rfc822;b@example.org', notify: 'FAILURE' }],
      ['judge', 'Subject: hi\r\n\r\ntext\r\n', true, { queueId: '4ABC' }],
      ['finish', 't1', 'accepted', undefined],
      ['close'],
    ]);
  });

  it.each([
    ['unknown', undefined, undefined],
    ['[192.0.2.1]', undefined, undefined],
    ['forged.example', 'FORGED', undefined],
    ['good.example', 'OK', 'good.example'],
  ])('believes the name %s (%s) as far as the MTA does', async (hostname, resolve, name) => {
    const { transactions, story } = fake();
    const client = await open(transactions);
    if (resolve !== undefined) client.macros('C', { '{client_resolve}': resolve });
    await client.connect(hostname);
    expect(story).toEqual([
      [
        'milter',
        name === undefined
          ? { address: '192.0.2.1', port: 4711 }
          : { address: '192.0.2.1', port: 4711, name },
      ],
    ]);
  });

  it('has no address for a unix socket or an unknown family', async () => {
    const { transactions, story } = fake();
    const client = await open(transactions);
    await client.command({
      type: 'connect',
      hostname: 'localhost',
      family: 'unix',
      port: 0,
      address: '/run/x',
    });
    await client.command({ type: 'connect', hostname: 'localhost', family: 'unknown' });
    expect(has(story, 'milter')).toEqual([
      ['milter', { name: 'localhost' }],
      ['milter', { name: 'localhost' }],
    ]);
  });

  const no = reply(550, '5.7.1', 'no');
  const said = [{ type: 'reply', text: '550 5.7.1 no' }];
  it.each([
    ['connect', { opened: no }],
    ['helo', { helo: no }],
    ['mail', { mail: no }],
    ['rcpt', { rcpt: () => no }],
    ['data', { data: no }],
    ['the end', { judgement: { decision: 'refuse', reply: no } }],
  ] satisfies Array<[string, Answers]>)('passes on a refusal at %s', async (stage, answers) => {
    const { client, story } = await greeted(answers);
    expect(await client.message()).toEqual(said);
    client.send({ type: 'quit' });
    await client.hungUp();
    // Each transaction that began has one end.
    const begun = ['rcpt', 'data', 'the end'].includes(stage) ? 1 : 0;
    expect(has(story, 'abort').length + has(story, 'finish').length).toBe(begun);
  });

  it('edits, quarantines, discards, defers', async () => {
    const edits: Judgement['edits'] = [
      { kind: 'remove', name: 'Authentication-Results', index: 1 },
      { kind: 'insert', position: 0, name: 'Authentication-Results', value: 'mx; none' },
      { kind: 'add', name: 'X-Spam', value: 'yes' },
    ];
    const judgements: Judgement[] = [
      { ...accept, edits },
      { ...accept, decision: 'quarantine', reason: 'score 12', edits: edits.slice(2) },
      { ...accept, decision: 'discard', edits },
      { ...accept, decision: 'refuse', reply: reply(451, '4.7.1', 'later') },
      { ...accept, decision: 'refuse' },
    ];
    const { client, story } = await greeted({ judgement: async () => judgements.shift() ?? accept });
    expect(await client.message()).toEqual([
      { type: 'change-header', name: 'Authentication-Results', index: 1, value: '' },
      { type: 'insert-header', index: 0, name: 'Authentication-Results', value: ' mx; none' },
      { type: 'add-header', name: 'X-Spam', value: ' yes' },
      { type: 'accept' },
    ]);
    expect(await client.message()).toEqual([
      { type: 'add-header', name: 'X-Spam', value: ' yes' },
      { type: 'quarantine', reason: 'score 12' },
      { type: 'accept' },
    ]);
    expect(await client.message()).toEqual([{ type: 'discard' }]);
    expect(await client.message()).toEqual([{ type: 'reply', text: '451 4.7.1 later' }]);
    expect(await client.message()).toMatchObject([{ type: 'reply', text: expect.stringMatching(/^451/) }]);
    expect(has(story, 'finish').map((entry) => (entry as string[])[2])).toEqual([
      'accepted',
      'quarantined',
      'discarded',
      'deferred',
      'deferred',
    ]);
  });

  it('refuses what the MTA cannot hold back, and leaves out an edit that cannot be made', async () => {
    const judgements: Judgement[] = [
      { ...accept, decision: 'quarantine' },
      {
        ...accept,
        edits: [
          { kind: 'remove', name: 'X', index: 1 },
          { kind: 'add', name: 'Y', value: 'y' },
        ],
      },
    ];
    const { transactions, story } = fake({ judgement: async () => judgements.shift() ?? accept });
    const client = await open(transactions, {}, silentLog, { version: 6, actions: 0x1, steps: 0x1fffff });
    await client.connect();
    expect(await client.message()).toMatchObject([{ type: 'reply', text: expect.stringMatching(/^550/) }]);
    expect(await client.message()).toEqual([
      { type: 'add-header', name: 'Y', value: ' y' },
      { type: 'accept' },
    ]);
    expect(has(story, 'finish')).toEqual([
      ['finish', 't1', 'rejected', 'no quarantine'],
      ['finish', 't2', 'accepted', undefined],
    ]);
  });

  it('refuses a message above the limit by its declared size and by its real one', async () => {
    const { client, story } = await greeted({}, { maxMessageBytes: 1000 });
    const large = [{ type: 'reply', text: '552 5.3.4 Message too large' }];
    expect(await client.mail('a@example.com', 'SIZE=1001')).toEqual(large[0]);
    expect(await client.message({ body: 'x'.repeat(2000) })).toEqual(large);
    expect(has(story, 'judge')).toEqual([]);
    expect(has(story, 'finish')).toEqual([['finish', 't1', 'rejected', 'above the size limit']]);
  });

  it('or accepts it unscanned, when told to, and says so', async () => {
    const lines: string[] = [];
    const note = (_: object, text: string): void => void lines.push(text);
    const log: Log = { ...silentLog, warn: note };
    const { client, story } = await greeted({}, { maxMessageBytes: 1000, oversize: 'accept' }, log);
    expect(await client.message({ body: 'x'.repeat(2000) })).toEqual([{ type: 'accept' }]);
    expect(lines).toEqual(['milter: message above the size limit, accepted unscanned']);
    expect(has(story, 'finish')).toEqual([['finish', 't1', 'accepted', 'unscanned: above the size limit']]);
  });

  it('never refuses a recipient of mail from a local program', async () => {
    const { transactions } = fake({ rcpt: () => no });
    const client = await open(transactions);
    await client.connect('localhost', '127.0.0.1', 0);
    expect(await client.message()).toEqual([{ type: 'accept' }]);
  });

  it('ends each story once: aborted, cut off, or cut off while it is judged', async () => {
    let judging: (() => void) | undefined;
    const { client, story } = await greeted({
      judgement: () =>
        new Promise((resolve) => {
          judging = () => resolve(accept);
        }),
    });
    await client.mail('a@example.com');
    client.send({ type: 'abort' });
    client.send({ type: 'abort' });
    await client.mail('b@example.com');
    client.send({ type: 'eom', chunk: Buffer.alloc(0) });
    await expect.poll(() => judging).toBeDefined();
    client.close();
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    judging?.();
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    expect(has(story, 'abort')).toEqual([['abort', 't1']]);
    expect(has(story, 'finish')).toEqual([['finish', 't2', 'deferred', 'the MTA closed the connection']]);
    expect(has(story, 'close')).toEqual([['close']]);
  });

  it('keeps the user of one connection from the next one on the socket', async () => {
    const { client, story } = await greeted({});
    client.macros('M', { '{auth_authen}': 'anna' });
    await client.mail('a@example.com');
    client.send({ type: 'abort' });
    await client.mail('b@example.com');
    client.send({ type: 'quit-new-connection' });
    await client.connect('other.example');
    await client.mail('c@example.com');
    expect(has(story, 'mail').map((entry) => (entry as unknown[])[2])).toEqual([
      'anna',
      undefined,
      undefined,
    ]);
    expect(has(story, 'milter')).toHaveLength(2);
  });
});

import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMilterServer } from '../../src/servers/milter/index.ts';
import type { EndOfMessage, Handlers, MilterServer } from '../../src/servers/milter/index.ts';
import { until } from '../support/mta.ts';
import type { DeliveredMail } from '../support/mta.ts';
import { Postfix, describePostfix } from '../support/postfix.ts';
import { freePort } from '../support/port.ts';
import { SmtpTalk, dotStuffed } from '../support/smtp-talk.ts';
import type { SmtpReply } from '../support/smtp-talk.ts';

const BODY = 'Hello\r\n.dot\r\n';

const sample = (subject: string, body = BODY): string =>
  [
    'From: <sender@example.com>',
    'To: <user@example.org>',
    `Subject: ${subject}`,
    'X-Twice: one',
    'X-Twice: two',
    'X-Twice: three',
    'Date: Sun, 22 Nov 2026 01:00:00 +0000',
    `Message-Id: <${subject}@example.com>`,
    '',
    body,
  ].join('\r\n');

/** Header lines as `Name: value`, folds kept. */
const header = (mail: DeliveredMail | undefined): string[] =>
  (mail?.raw.toString('latin1').split('\n\n')[0] ?? '').split(/\n(?![ \t])/);
const names = (mail: DeliveredMail | undefined): string[] =>
  header(mail).map((line) => line.slice(0, line.indexOf(':')));
const body = (mail: DeliveredMail | undefined): string => {
  const text = mail?.raw.toString('latin1') ?? '';
  return text.slice(text.indexOf('\n\n') + 2);
};

describePostfix('milter in front of Postfix', () => {
  let handlers: Handlers = {};
  let milter: MilterServer;
  let port: number;
  let postfix: Postfix;
  const seen: DeliveredMail[] = [];

  /** Sends one mail and returns what it was answered and what was delivered of it. */
  async function send(
    message: string | Buffer,
    recipients: readonly string[] = ['user@example.org'],
  ): Promise<{ reply: SmtpReply; delivered: DeliveredMail[] }> {
    const talk = await SmtpTalk.open(postfix.port);
    const reply = await talk.mail('sender@example.com', recipients, message);
    await talk.quit();
    const delivered = (await postfix.settled()).slice(seen.length);
    seen.push(...delivered);
    return { reply, delivered };
  }

  const atEnd = (endOfMessage: Handlers['endOfMessage']): void => {
    handlers = { endOfMessage };
  };

  const startMilter = async (where: string | { port: number }): Promise<void> => {
    milter = createMilterServer({ handlers: () => ({ ...handlers }), leadingSpace: true });
    await milter.listen(where);
  };

  beforeAll(async () => {
    port = await freePort();
    await startMilter({ port });
    postfix = new Postfix({
      main: { smtpd_milters: `inet:127.0.0.1:${port}`, non_smtpd_milters: `inet:127.0.0.1:${port}` },
    });
    await postfix.start();
  });
  afterAll(async () => {
    await postfix?.stop();
    await milter?.close(0);
  });
  beforeEach(() => {
    handlers = {};
  });

  it('accepts, and shows the filter the mail as it came', async () => {
    const shown: string[] = [];
    const chunks: Buffer[] = [];
    handlers = {
      connect: ({ hostname, address, family }) => void shown.push(`${hostname} ${address} ${family}`),
      helo: (_, name) => void shown.push(name),
      mail: (_, { address, parameters }) => void shown.push(`${address} ${parameters.join(' ')}`),
      rcpt: (message, { address }) => void shown.push(`${address} ${message.macro('i') !== undefined}`),
      header: (_, { name, value }) => void shown.push(`${name}:${value}`),
      body: (_, chunk) => void chunks.push(Buffer.from(chunk)),
      endOfMessage: (message) => void shown.push(message.macro('{daemon_name}') ?? ''),
    };
    const { reply, delivered } = await send(sample('accept'));
    expect(reply.code).toBe(250);
    expect(delivered).toHaveLength(1);
    expect(shown).toEqual([
      'localhost 127.0.0.1 inet',
      'client.example',
      'sender@example.com ',
      // Postfix has a queue id only after the first RCPT.
      'user@example.org false',
      'From:<sender@example.com>',
      'To:<user@example.org>',
      'Subject:accept',
      'X-Twice:one',
      'X-Twice:two',
      'X-Twice:three',
      'Date:Sun, 22 Nov 2026 01:00:00 +0000',
      'Message-Id:<accept@example.com>',
      'mta.example',
    ]);
    expect(Buffer.concat(chunks).toString()).toBe(BODY);
  });

  it('adds, changes, deletes and inserts header fields', async () => {
    atEnd((message) => {
      message.addHeader('X-Added', 'folded\n\tvalue');
      message.changeHeader('Subject', 1, 'changed');
      message.removeHeader('X-Twice', 2);
      message.insertHeader(0, 'X-Top', 'top');
    });
    const { delivered } = await send(sample('headers'));
    expect(header(delivered[0])).toEqual([
      'X-Top: top',
      expect.stringMatching(/^Received: /),
      'From: <sender@example.com>',
      'To: <user@example.org>',
      'Subject: changed',
      'X-Twice: one',
      'X-Twice: three',
      'Date: Sun, 22 Nov 2026 01:00:00 +0000',
      'Message-Id: <headers@example.com>',
      'X-Added: folded\n\tvalue',
    ]);
  });

  it('counts its own Received when a field is inserted, and neither shows it nor counts it by name', async () => {
    atEnd((message) => {
      message.insertHeader(2, 'X-Before-To', '');
      message.insertHeader(1, 'X-Before-From', '');
      message.insertHeader(0, 'X-Top', '');
      message.changeHeader('Received', 1, 'changed');
    });
    const { delivered } = await send(sample('positions'));
    expect(names(delivered[0]).slice(0, 6)).toEqual([
      'X-Top',
      'Received',
      'X-Before-From',
      'From',
      'X-Before-To',
      'To',
    ]);
    // There was no such field to be seen: one was added.
    expect(header(delivered[0]).filter((line) => line.startsWith('Received'))).toEqual([
      expect.stringContaining('by mta.example'),
      'Received: changed',
    ]);
  });

  it('holds a quarantined mail back', async () => {
    atEnd((message) => {
      message.quarantine('looks like a test');
      return 'accept';
    });
    const { reply, delivered } = await send(sample('quarantine'));
    expect(reply.code).toBe(250);
    expect(delivered).toHaveLength(0);
    const [held] = await postfix.queue();
    expect(held?.queue).toBe('hold');
    expect(await postfix.postcat(held?.id ?? '')).toContain('Subject: quarantine');
    await postfix.release(held?.id ?? '');
    await until(async () => ((await postfix.queue()).length === 0 ? true : undefined), 'it is released');
    seen.push(...(await postfix.delivered()).slice(seen.length));
    expect(header(seen.at(-1))).toContain('Subject: quarantine');
  });

  it('refuses with the text of the filter, of several lines and with percent signs', async () => {
    atEnd(() => ({ reply: { code: 554, enhanced: '5.7.1', text: ['100% spam', 'go away %s'] } }));
    const { reply, delivered } = await send(sample('reject'));
    expect(reply).toMatchObject({ code: 554, lines: ['5.7.1 100% spam', '5.7.1 go away %s'] });
    expect(delivered).toHaveLength(0);
  });

  it('defers, and refuses and drops with the words of Postfix', async () => {
    atEnd(() => 'tempfail');
    expect((await send(sample('tempfail'))).reply.code).toBe(451);
    atEnd(() => 'reject');
    expect((await send(sample('reject'))).reply.code).toBe(550);
    atEnd(() => 'discard');
    expect(await send(sample('discard'))).toMatchObject({ reply: { code: 250 }, delivered: [] });
  });

  it.each(['connect', 'helo', 'mail', 'data', 'header', 'endOfHeaders', 'body'] as const)(
    'refuses at %s',
    async (stage) => {
      handlers = { [stage]: () => ({ reply: { code: 550, enhanced: '5.7.0', text: `not at ${stage}` } }) };
      const { reply, delivered } = await send(sample(stage));
      expect(reply.text).toContain(`5.7.0 not at ${stage}`);
      expect(delivered).toHaveLength(0);
    },
  );

  it('refuses one recipient of several', async () => {
    handlers = {
      rcpt: (_, { address }) =>
        address.startsWith('bad')
          ? { reply: { code: 550, enhanced: '5.1.1', text: 'no such user' } }
          : 'continue',
      endOfMessage: (message) => message.addHeader('X-Count', String(message.recipients.length)),
    };
    const { reply, delivered } = await send(sample('recipients'), [
      'a@example.org',
      'bad@example.org',
      'b@example.org',
    ]);
    expect(reply.code).toBe(250);
    expect(delivered.map((mail) => mail.recipient).sort()).toEqual(['a@example.org', 'b@example.org']);
    expect(header(delivered[0])).toContain('X-Count: 2');
  });

  it('adds and deletes recipients and changes the sender', async () => {
    atEnd((message) => {
      message.addRecipient('added@example.org');
      message.addRecipient('notified@example.org', 'NOTIFY=NEVER');
      message.removeRecipient('b@example.org');
      message.changeSender('other@example.com');
    });
    const { delivered } = await send(sample('envelope'), ['a@example.org', 'b@example.org']);
    expect(delivered.map((mail) => mail.recipient).sort()).toEqual([
      'a@example.org',
      'added@example.org',
      'notified@example.org',
    ]);
    expect(new Set(delivered.map((mail) => mail.sender))).toEqual(new Set(['other@example.com']));
  });

  it('changes the sender to the null reverse-path', async () => {
    atEnd((message) => message.changeSender(''));
    expect((await send(sample('null'))).delivered[0]?.sender).toBe('');
  });

  it('replaces the body, also in pieces that come slowly, with other changes around it', async () => {
    atEnd(async (message: EndOfMessage) => {
      const run = message.replaceBody(
        (async function* () {
          yield 'first\r\n';
          await new Promise((resolve) => {
            setTimeout(resolve, 50);
          });
          yield Buffer.from('second\r\n');
        })(),
      );
      message.addHeader('X-During', 'yes');
      message.progress();
      await run;
      message.addHeader('X-After', 'yes');
    });
    const { reply, delivered } = await send(sample('replace'));
    expect(reply.code).toBe(250);
    expect(body(delivered[0])).toBe('first\nsecond\n');
    expect(header(delivered[0])).toEqual(expect.arrayContaining(['X-During: yes', 'X-After: yes']));
  });

  it('takes a mail of 20 MB and one in its place', async () => {
    const line = `${'x'.repeat(98)}\r\n`;
    const big = line.repeat(200_000);
    let size = 0;
    handlers = {
      body: (_, chunk) => void (size += chunk.length),
      endOfMessage: (message) => message.replaceBody(big.replaceAll('x', 'y')),
    };
    const { reply, delivered } = await send(sample('large', big));
    expect(reply.code).toBe(250);
    expect(size).toBe(20_000_000);
    expect(body(delivered[0])).toBe(big.replaceAll('x', 'y').replaceAll('\r\n', '\n'));
  });

  it('skips the rest of a body', async () => {
    let chunks = 0;
    handlers = {
      body: () => {
        chunks++;
        return 'skip';
      },
      endOfMessage: () => 'accept',
    };
    const { delivered } = await send(sample('skip', 'x\r\n'.repeat(100_000)));
    expect(delivered).toHaveLength(1);
    expect(chunks).toBe(1);
  });

  it('takes a second and a third message that were pipelined, and one that is reset', async () => {
    const ends: string[] = [];
    const aborted: string[] = [];
    handlers = {
      abort: (message) => void aborted.push(message.sender?.address ?? ''),
      endOfMessage: (message) => void ends.push(`${message.sender?.address} ${message.recipients.length}`),
    };
    const talk = await SmtpTalk.open(postfix.port);
    talk.send('MAIL FROM:<one@example.com>\r\nRCPT TO:<a@example.org>\r\nDATA\r\n');
    for (const code of [250, 250, 354]) expect((await talk.reply()).code).toBe(code);
    talk.send(dotStuffed(sample('one')));
    talk.send(
      'MAIL FROM:<two@example.com>\r\nRCPT TO:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n',
    );
    for (const code of [250, 250, 250, 250, 354]) expect((await talk.reply()).code).toBe(code);
    talk.send(dotStuffed(sample('two')));
    expect((await talk.reply()).code).toBe(250);
    talk.send('MAIL FROM:<reset@example.com>\r\nRCPT TO:<a@example.org>\r\nRSET\r\n');
    for (const code of [250, 250, 250]) expect((await talk.reply()).code).toBe(code);
    expect((await talk.mail('three@example.com', ['c@example.org'], sample('three'))).code).toBe(250);
    await talk.quit();
    const delivered = (await postfix.settled()).slice(seen.length);
    seen.push(...delivered);
    expect(ends).toEqual(['one@example.com 1', 'two@example.com 2', 'three@example.com 1']);
    expect(aborted).toEqual(['reset@example.com']);
    expect(delivered).toHaveLength(4);
  });

  it('shows recipients that Postfix refused itself, when asked to', async () => {
    await milter.close(0);
    const shown: string[] = [];
    milter = createMilterServer({
      rejectedRecipients: true,
      handlers: { rcpt: (_, { address, rejected }) => void shown.push(`${address} ${rejected}`) },
    });
    await milter.listen({ port });
    await postfix.configure({
      smtpd_recipient_restrictions: 'check_recipient_access inline:{gone@example.org=REJECT}',
    });
    try {
      const { delivered } = await send(sample('rejected'), ['gone@example.org', 'user@example.org']);
      expect(delivered.map((mail) => mail.recipient)).toEqual(['user@example.org']);
      expect(shown).toEqual(['gone@example.org true', 'user@example.org false']);
    } finally {
      await postfix.configure({ smtpd_recipient_restrictions: '' });
      await milter.close(0);
      await startMilter({ port });
    }
  });

  it('is told macros it asked for', async () => {
    await milter.close(0);
    let macros: Array<string | undefined> = [];
    milter = createMilterServer({
      macros: { connect: ['v', '{client_ptr}'], mail: ['{mail_addr}'] },
      handlers: {
        connect: (connection) => void (macros = [connection.macro('v'), connection.macro('{client_ptr}')]),
        mail: (message) => void macros.push(message.macro('mail_addr'), message.macro('j')),
      },
    });
    await milter.listen({ port });
    try {
      await send(sample('macros'));
      expect(macros).toEqual([
        expect.stringMatching(/^Postfix 3/),
        'localhost',
        'sender@example.com',
        undefined,
      ]);
    } finally {
      await milter.close(0);
      await startMilter({ port });
    }
  });

  it('filters mail of local programs', async () => {
    const shown: string[] = [];
    handlers = {
      connect: ({ address, port: from }) => void shown.push(`${address}:${from}`),
      endOfMessage: (message) => message.addHeader('X-Seen', 'yes'),
    };
    await postfix.submit(
      'sender@example.com',
      ['user@example.org'],
      sample('local').replaceAll('\r\n', '\n'),
    );
    await until(
      async () => ((await postfix.delivered()).length > seen.length ? true : undefined),
      'delivery',
    );
    const delivered = (await postfix.settled()).slice(seen.length);
    seen.push(...delivered);
    expect(shown).toEqual(['127.0.0.1:0']);
    expect(header(delivered[0])).toContain('X-Seen: yes');
  });

  it('works through a unix socket', async () => {
    const path = join(postfix.folder, 'milter.sock');
    const other = createMilterServer({
      settings: { socketMode: 0o666 },
      handlers: { endOfMessage: (message) => message.addHeader('X-Socket', 'unix') },
    });
    await other.listen(`unix:${path}`);
    await postfix.configure({ smtpd_milters: `unix:${path}` });
    try {
      expect(header((await send(sample('unix'))).delivered[0])).toContain('X-Socket: unix');
    } finally {
      await postfix.configure({ smtpd_milters: `inet:127.0.0.1:${port}` });
      await other.close(0);
    }
  });

  describe('when the filter dies', () => {
    it.each([
      ['in the middle of a message', 'body'],
      ['while it judges', 'endOfMessage'],
    ] as const)('%s, the client is told to come again, and nothing is lost', async (_, stage) => {
      let died: Promise<void> | undefined;
      handlers = {
        [stage]: () => {
          died = milter.close(0);
          return new Promise<'accept'>((resolve) => {
            setTimeout(resolve, 100, 'accept');
          });
        },
      };
      const talk = await SmtpTalk.open(postfix.port);
      const reply = await talk.mail('sender@example.com', ['user@example.org'], sample('died'));
      expect(reply.code).toBeGreaterThanOrEqual(400);
      expect(reply.code).toBeLessThan(500);
      await died;
      // Still nobody there: a new connection is deferred too.
      expect((await send(sample('nobody'))).reply.code).toBe(451);
      handlers = {};
      await startMilter({ port });
      const again = await send(sample('again'));
      expect(again.reply.code).toBe(250);
      expect(again.delivered).toHaveLength(1);
      await talk.quit();
    });

    it('a drain lets the message under way through first', async () => {
      let closed: Promise<void> | undefined;
      atEnd(async () => {
        closed = milter.close();
        await new Promise((resolve) => {
          setTimeout(resolve, 100);
        });
        return 'accept' as const;
      });
      const { reply, delivered } = await send(sample('drain'));
      await closed;
      expect(reply.code).toBe(250);
      expect(delivered).toHaveLength(1);
      await startMilter({ port });
    });
  });
});

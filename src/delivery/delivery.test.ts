import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HeaderEdit } from '../message/types.ts';
import { disk } from '../store/durable.ts';
import { ScriptError, type Scripts } from '../store/types.ts';
import { answers, begin, end, lines, make, OK, RAW, request, script, sent, stored } from './testing.ts';

beforeEach(begin);
afterEach(end);

describe('recipients that are not ours', () => {
  const to = ['anna@here.example', 'dora@there.example', 'nobody@here.example', 'emil@there.example'];
  const UNKNOWN = /^550 5\.1\.1 /;

  test('are unknown where nothing is relayed', async () => {
    const [anna, ...others] = await answers(make(), request({ to }));
    expect(anna).toBe(OK);
    for (const other of others) expect(other).toMatch(UNKNOWN);
    expect(sent).toEqual([]);
  });

  test('are sent on together, with the edits, where the client may relay', async () => {
    const edits: HeaderEdit[] = [{ kind: 'insert', position: 0, name: 'X-Spam-Score', value: '1.5' }];
    const [anna, dora, nobody, emil] = await answers(make(), request({ to, edits, relay: true }));
    expect([anna, dora, emil]).toEqual([
      OK,
      '250 2.0.0 Queued to be sent on',
      '250 2.0.0 Queued to be sent on',
    ]);
    expect(nobody).toMatch(UNKNOWN);
    expect(sent).toMatchObject([
      {
        kind: 'relay',
        sender: 'carl@there.example',
        recipients: ['dora@there.example', 'emil@there.example'],
      },
    ]);
    expect(Buffer.concat(sent[0]?.pieces ?? []).toString('latin1')).toBe(`X-Spam-Score: 1.5\r\n${RAW}`);
  });

  test('are refused when the mail goes in circles', async () => {
    const text = 'Received: x\r\n'.repeat(99) + RAW;
    const [anna, dora] = await answers(make(), request({ to: to.slice(0, 2), text, relay: true }));
    expect([anna, dora?.slice(0, 9)]).toEqual([OK, '554 5.4.6']);
    expect(sent).toEqual([]);
  });

  test('are to be tried again when the spool does not take them', async () => {
    const outbound = { enqueue: () => Promise.reject(new Error('no space')) };
    const [anna, dora] = await answers(make({ outbound }), request({ to: to.slice(0, 2), relay: true }));
    expect(anna).toBe(OK);
    expect(dora).toMatch(/^4\d\d /);
  });
});

describe('without a script', () => {
  test('the message with its edits, under Return-Path and Delivered-To', async () => {
    const edits: HeaderEdit[] = [{ kind: 'insert', position: 0, name: 'X-Spam-Score', value: '1.5' }];
    expect(await answers(make(), request({ edits }))).toEqual([OK]);
    expect(stored()).toEqual([
      `Return-Path: <carl@there.example>\r\nDelivered-To: anna@here.example\r\nX-Spam-Score: 1.5\r\n${RAW}`,
    ]);
  });

  test('with the line endings of the message, a null sender, and forged Return-Paths gone', async () => {
    const text = 'Return-Path: <forged@x>\nSubject: x\nreturn-path:\n <again@x>\n\nbody\n';
    await make().deliver(request({ text, sender: '' }));
    expect(stored()).toEqual(['Return-Path: <>\nDelivered-To: anna@here.example\nSubject: x\n\nbody\n']);
  });

  test('an envelope cannot write header fields', async () => {
    await make().deliver(request({ sender: 'a\r\nX-Evil: 1@x' }));
    expect(stored()[0]).toMatch(/^Return-Path: <a\?\?X-Evil: 1@x>\r\n/);
  });

  test('spam goes to Junk, unless there is none', async () => {
    await make().deliver(request({ spam: true }));
    expect([stored().length, stored('.Junk').length]).toEqual([0, 1]);
    await make({ settings: { junk: 'Spam/Sure', autocreate: false } }).deliver(request({ spam: true }));
    expect(stored('.Spam.Sure').length).toBe(1);
    await make({ settings: { junk: '' } }).deliver(request({ spam: true }));
    expect(stored().length).toBe(1);
    await make({ settings: { junk: 'not//possible' } }).deliver(request({ spam: true }));
    expect(stored().length).toBe(2);
  });

  test('a message without header, or without anything', async () => {
    for (const text of ['', '\r\nbody', 'x']) expect(await answers(make(), request({ text }))).toEqual([OK]);
    expect(stored().length).toBe(3);
  });
});

describe('recipients', () => {
  test('one answer each; one copy for each owner and detail', async () => {
    const to = [
      'anna@here.example',
      'nobody@here.example',
      'ANNA@here.example',
      'postmaster@here.example',
      'anna+lists@here.example',
      'bob@here.example',
      'broken@here.example',
    ];
    const outcomes = await make().deliver(request({ to }));
    expect(outcomes.map(({ recipient }) => recipient.address)).toEqual(to);
    expect(outcomes.map(({ reply }) => reply.code)).toEqual([250, 550, 250, 250, 250, 250, 451]);
    expect(
      stored()
        .map((text) => /Delivered-To: (.*)\r/.exec(text)?.[1] ?? '')
        .sort(),
    ).toEqual(['anna+lists@here.example', 'anna@here.example']);
    expect(stored('', 'bob@here.example').length).toBe(1);
  });

  test('a failure of one is not a failure of the others', async () => {
    const bobs = (path: string): boolean => path.includes('/bob@');
    const delivery = make({
      disk: {
        write: (path, pieces) =>
          bobs(path)
            ? Promise.reject(Object.assign(new Error('x'), { code: 'ENOSPC' }))
            : disk.write(path, pieces),
      },
    });
    expect(await answers(delivery, request({ to: ['bob@here.example', 'anna@here.example'] }))).toEqual([
      '452 4.3.1 Insufficient system storage',
      OK,
    ]);
  });
});

describe('what a script asks for', () => {
  test('fileinto makes the mailbox, or falls back to the inbox', async () => {
    script('require "fileinto"; fileinto "Lists/Tamis";');
    await make().deliver(request());
    expect([stored('.Lists.Tamis').length, stored().length]).toEqual([1, 0]);
    script('require "fileinto"; fileinto "Other";');
    await make({ settings: { autocreate: false } }).deliver(request());
    expect([stored('.Other').length, stored().length]).toEqual([0, 1]);
    expect(lines.some(({ level, text }) => level === 'warn' && text.startsWith('no such mailbox'))).toBe(
      true,
    );
  });

  test('a mailbox that cannot be is the implicit keep: Junk for spam', async () => {
    script('require "fileinto"; fileinto "../../bob@here.example/Maildir";');
    await make().deliver(request());
    await make().deliver(request({ spam: true }));
    expect([stored().length, stored('.Junk').length, stored('', 'bob@here.example').length]).toEqual([
      1, 1, 0,
    ]);
  });

  test('fileinto and keep win over Junk, the implicit keep does not', async () => {
    const delivery = make();
    script('require "fileinto"; fileinto "Good";');
    await delivery.deliver(request({ spam: true }));
    script('keep;');
    await delivery.deliver(request({ spam: true }));
    script('if header "subject" "other" { discard; }');
    await delivery.deliver(request({ spam: true }));
    expect([stored('.Good').length, stored().length, stored('.Junk').length]).toEqual([1, 1, 1]);
  });

  test('one copy a mailbox', async () => {
    script('require "fileinto"; fileinto "INBOX"; keep; fileinto "A"; fileinto "A"; fileinto "inbox";');
    await make().deliver(request());
    expect([stored().length, stored('.A').length]).toEqual([1, 1]);
  });

  test('it sees what the filter wrote', async () => {
    script('require "fileinto"; if header "x-spam-flag" "YES" { fileinto "Seen"; }');
    await make().deliver(request({ edits: [{ kind: 'add', name: 'X-Spam-Flag', value: 'YES' }] }));
    expect(stored('.Seen').length).toBe(1);
  });

  test('discard takes the mail and keeps nothing', async () => {
    script('discard;');
    expect(await answers(make(), request())).toEqual([OK]);
    expect(stored()).toEqual([]);
  });

  test('reject refuses this recipient, in one line or more', async () => {
    script('require "reject"; reject "go away\r\nJörg\r\n\r\n does not want it";');
    const outcomes = await make().deliver(request({ to: ['anna@here.example', 'bob@here.example'] }));
    expect(outcomes.map(({ reply }) => reply)).toMatchObject([
      { code: 550, enhanced: '5.7.1', text: ['go away', 'J?rg', 'does not want it'] },
      { code: 250 },
    ]);
    script('require "ereject"; ereject "\r\n";');
    expect(await answers(make(), request())).toEqual(['550 5.7.1 Message refused by its recipient']);
    expect(stored()).toEqual([]);
  });
});

describe('scripts that fail keep the mail', () => {
  test.each([
    ['does not compile', 'this is not sieve'],
    ['asks for what is not there', 'require "no-such-thing"; discard;'],
    ['contradicts itself', 'require ["fileinto", "reject"]; fileinto "A"; reject "no";'],
    ['is too large', `discard; # ${'x'.repeat(2 * 1024 * 1024)}`],
  ])('%s', async (_, source) => {
    script(source);
    expect(await answers(make(), request())).toEqual([OK]);
    expect(stored().length).toBe(1);
    expect(
      lines.some(({ level, fields }) => ['warn', 'error'].includes(level) && fields['id'] === 'm1'),
    ).toBe(true);
  });

  test('a script that cannot be read just now is asked for again', async () => {
    let temporary = true;
    const scripts: Scripts = {
      activeScript: () => Promise.reject(new ScriptError('injected', temporary)),
    };
    const delivery = make({ scripts });
    expect(await answers(delivery, request())).toEqual(['451 4.3.0 Temporary failure, try again later']);
    expect(stored()).toEqual([]);
    temporary = false;
    expect(await answers(delivery, request())).toEqual([OK]);
    expect(stored().length).toBe(1);
  });
});

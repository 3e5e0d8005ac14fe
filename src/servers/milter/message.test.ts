import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { MilterFixture, recordingLog } from '../../../test/support/milter-fixture.ts';
import type { EndOfMessage } from './handlers.ts';

const fixture = new MilterFixture();
afterEach(() => fixture.end());

describe('the end of a message', () => {
  it('takes all changes', async () => {
    const client = await fixture.greeted({
      endOfMessage: async (message) => {
        message.addHeader('X-A', 'a\r\n b');
        message.insertHeader(0, 'X-I', 'i');
        message.changeHeader('Subject', 1, 'new');
        message.removeHeader('Subject', 2);
        message.addRecipient('a@example.org');
        message.addRecipient('b@example.org', 'NOTIFY=NEVER');
        message.removeRecipient('<c@example.org>');
        message.changeSender('');
        message.changeSender('d@example.org', 'RET=HDRS');
        await message.replaceBody('');
        message.quarantine('why\r\nnot');
        return 'accept' as const;
      },
    });
    expect(await client.message()).toEqual([
      { type: 'add-header', name: 'X-A', value: 'a\n b' },
      { type: 'insert-header', index: 0, name: 'X-I', value: 'i' },
      { type: 'change-header', index: 1, name: 'Subject', value: 'new' },
      { type: 'change-header', index: 2, name: 'Subject', value: '' },
      { type: 'add-recipient', address: '<a@example.org>' },
      { type: 'add-recipient', address: '<b@example.org>', parameters: 'NOTIFY=NEVER' },
      { type: 'delete-recipient', address: '<c@example.org>' },
      { type: 'change-sender', address: '<>' },
      { type: 'change-sender', address: '<d@example.org>', parameters: 'RET=HDRS' },
      { type: 'replace-body', chunk: Buffer.alloc(0) },
      { type: 'quarantine', reason: 'why not' },
      { type: 'accept' },
    ]);
  });

  it('gives values their space where the MTA puts none', async () => {
    const client = await fixture.greeted(
      {
        endOfMessage: (message) => {
          message.addHeader('X', 'a');
          message.addHeader('X', '\tb');
          message.removeHeader('X', 1);
        },
      },
      { leadingSpace: true },
    );
    expect((await client.message()).slice(0, 3)).toMatchObject([
      { value: ' a' },
      { value: '\tb' },
      { value: '' },
    ]);
  });

  const attempts: ReadonlyArray<readonly [string, (message: EndOfMessage) => unknown]> = [
    ['a field in a value', (message) => message.addHeader('X', 'a\nBcc: b')],
    ['a bare CR in a value', (message) => message.addHeader('X', 'a\rb')],
    ['a NUL in a value', (message) => message.changeHeader('X', 1, 'a\0b')],
    ['a colon in a name', (message) => message.addHeader('X:', 'a')],
    ['an empty name', (message) => message.insertHeader(0, '', 'a')],
    ['a negative position', (message) => message.insertHeader(-1, 'X', 'a')],
    ['a line break in an address', (message) => message.addRecipient('a@example.org\r\nDATA')],
    ['a line break in parameters', (message) => message.changeSender('a@example.org', 'RET=HDRS\r\n')],
    ['no reason', (message) => message.quarantine(' \r\n')],
  ];
  it.each(attempts)('refuses %s', async (_, attempt) => {
    const { log, lines } = recordingLog();
    const client = await fixture.greeted({ endOfMessage: (message) => void attempt(message) }, { log });
    expect(await client.message()).toEqual([{ type: 'tempfail' }]);
    expect(lines).toEqual(['milter: a handler failed']);
  });

  it('refuses what was not agreed on, and everything when it is over', async () => {
    let late: EndOfMessage | undefined;
    const client = await fixture.greeted(
      {
        endOfMessage: (message) => {
          late = message;
          expect(message.can('ADDHDRS')).toBe(true);
          expect(message.can('CHGBODY')).toBe(false);
          expect(() => message.removeHeader('X', 1)).toThrow('CHGHDRS');
          expect(() => message.replaceBody('x')).toThrow('CHGBODY');
        },
      },
      { actions: ['ADDHDRS'] },
    );
    expect(await client.message()).toEqual([{ type: 'continue' }]);
    expect(() => late?.addHeader('X', 'y')).toThrow('only at the end');
    expect(() => late?.progress()).toThrow('only at the end');
  });

  it('sends a body in one run, other changes after it, and waits for it', async () => {
    const client = await fixture.greeted(
      {
        endOfMessage: (message) => {
          void message.replaceBody(
            (async function* () {
              yield 'a';
              await sleep(30);
              yield 'b'.repeat(70_000);
            })(),
          );
          message.addHeader('X', 'y');
          expect(() => message.replaceBody('again')).toThrow('already');
        },
      },
      { settings: { progressInterval: 5 } },
    );
    const responses = await client.message();
    expect(responses.map((response) => response.type)).toEqual([
      'replace-body',
      'replace-body',
      'replace-body',
      'add-header',
      'continue',
    ]);
  });

  it('defers when the new body cannot be read', async () => {
    const client = await fixture.greeted({
      endOfMessage: (message) => {
        void message.replaceBody(
          // eslint-disable-next-line require-yield
          (async function* (): AsyncGenerator<string> {
            await sleep(1);
            throw new Error('gone');
          })(),
        );
      },
    });
    expect(await client.message()).toEqual([{ type: 'tempfail' }]);
  });

  it('shows signs of life while it takes long', async () => {
    const { promise, resolve } = Promise.withResolvers<'accept'>();
    const client = await fixture.greeted(
      { endOfMessage: () => promise },
      { settings: { progressInterval: 20 } },
    );
    await client.mail('a@example.com');
    client.send({ type: 'eom', chunk: Buffer.alloc(0) });
    expect(await client.next()).toEqual({ type: 'progress' });
    expect(await client.next()).toEqual({ type: 'progress' });
    resolve('accept');
    let last = await client.next();
    while (last.type === 'progress') last = await client.next();
    expect(last).toEqual({ type: 'accept' });
    await sleep(50);
    expect(client.pending).toEqual([]);
  });
});

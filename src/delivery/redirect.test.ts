import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { begin, end, lines, make, RAW, request, script, sent, stored } from './testing.ts';

beforeEach(begin);
afterEach(end);

describe('redirect', () => {
  test('the message with its edits and our mark, in the name of who redirects', async () => {
    script('redirect "x@away.example"; redirect "X@away.example";');
    await make().deliver(
      request({ edits: [{ kind: 'add', name: 'X-New', value: 'y' }], text: `Return-Path: <f@x>\r\n${RAW}` }),
    );
    expect(stored()).toEqual([]);
    expect(sent[0]).toMatchObject({
      cause: 'm1',
      sender: 'anna@here.example',
      recipients: ['x@away.example'],
      kind: 'redirect',
    });
    expect(Buffer.concat(sent[0]?.pieces ?? []).toString()).toMatch(
      /^X-Tamis-Redirected: [\w-]{22}\r\nReceived: one\r\nSubject: hello\r\nX-New: y\r\n\r\nbody\r\n$/,
    );
  });

  test('the null sender stays, and the original one where the admin wants it', async () => {
    script('redirect "x@away.example";');
    await make().deliver(request({ sender: '' }));
    await make({ settings: { redirectSender: 'original' } }).deliver(request());
    expect(sent.map(({ sender }) => sender)).toEqual(['', 'carl@there.example']);
  });

  test('with a copy, and to more than one', async () => {
    script('keep; redirect "x@away.example"; redirect "bob@here.example";');
    await make().deliver(request());
    expect(stored().length).toBe(1);
    expect(sent.map(({ recipients }) => recipients)).toEqual([['x@away.example'], ['bob@here.example']]);
  });

  test('a mail that comes back is kept, by whoever it was redirected to', async () => {
    script('redirect "bob@here.example";');
    script('redirect "anna@here.example";', 'bob@here.example');
    const delivery = make();
    await delivery.deliver(request());
    const again = Buffer.concat(sent[0]?.pieces ?? []).toString();
    await delivery.deliver(request({ to: ['bob@here.example'], text: again }));
    const third = Buffer.concat(sent[1]?.pieces ?? []).toString();
    await delivery.deliver(request({ text: third }));
    expect(sent.length).toBe(2);
    expect(stored().length).toBe(1);
    expect(lines.some(({ text }) => text === 'mail is kept instead of redirected')).toBe(true);
  });

  test('a mail that comes back is kept, though scripts took the marks away', async () => {
    const unmarked = 'require "editheader"; deleteheader "X-Tamis-Redirected"; ';
    script(`${unmarked} redirect "bob@here.example";`);
    script(`${unmarked} redirect "anna@here.example";`, 'bob@here.example');
    const delivery = make();
    let text = RAW;
    for (let turn = 0; turn < 6 && sent.length === turn; turn++) {
      await delivery.deliver(
        request({ to: [turn % 2 === 0 ? 'anna@here.example' : 'bob@here.example'], text }),
      );
      text = Buffer.concat(sent.at(-1)?.pieces ?? []).toString();
    }
    expect([sent.length, stored().length]).toEqual([2, 1]);
  });

  test('in the name of the account when the recipient has no domain', async () => {
    script('redirect "x@away.example";');
    await make().deliver(request({ to: ['postmaster'] }));
    expect(sent[0]?.sender).toBe('anna@here.example');
  });

  test('to oneself, by any name, is keeping', async () => {
    script('redirect "Postmaster@here.example";');
    await make().deliver(request());
    expect([sent.length, stored().length]).toEqual([0, 1]);
  });

  test('a hundred Received fields are a loop', async () => {
    script('redirect "x@away.example";');
    await make().deliver(request({ text: 'Received: x\r\n'.repeat(99) + RAW }));
    expect([sent.length, stored().length]).toEqual([0, 1]);
    await make().deliver(request({ text: 'Received: x\r\n'.repeat(98) + RAW }));
    expect(sent.length).toBe(1);
  });
});

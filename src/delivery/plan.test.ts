import { describe, expect, test } from 'vitest';
import type { Action } from '../sieve/types.ts';
import { plan } from './plan.ts';

const faults: string[] = [];
const planned = (...actions: Action[]) =>
  plan(actions, {
    home: 'Junk',
    autocreate: false,
    redirectFault: (address) => (address === 'loop@b' ? 'a loop' : undefined),
    report: (fault) => faults.push(fault),
  });

const reply = { sender: '', recipients: ['x@y'], raw: Buffer.from('reply') };

describe('plans', () => {
  test('the implicit keep goes home, keep and fileinto where they say', () => {
    expect(planned({ type: 'keep', line: 0, implicit: true }).files).toEqual([
      { mailbox: 'Junk', flags: [], create: true },
    ]);
    expect(planned({ type: 'keep', line: 1, implicit: false, flags: ['\\Seen'] }).files).toEqual([
      { mailbox: 'INBOX', flags: ['\\Seen'], create: true },
    ]);
    expect(planned({ type: 'fileinto', line: 1, mailbox: 'inbox' }).files).toEqual([
      { mailbox: 'INBOX', flags: [], create: false },
    ]);
  });

  test('one copy a mailbox, the flags of both', () => {
    const { files } = planned(
      { type: 'fileinto', line: 1, mailbox: 'Junk', flags: ['\\Seen'] },
      { type: 'keep', line: 0, implicit: true, flags: ['\\Seen', '\\Flagged'] },
    );
    expect(files).toEqual([{ mailbox: 'Junk', flags: ['\\Seen', '\\Flagged'], create: true }]);
  });

  test(':create and a special use make the mailbox', () => {
    const { files } = planned({
      type: 'fileinto',
      line: 1,
      mailbox: 'Spam',
      create: true,
      specialUse: '\\Junk',
      version: 0,
    });
    expect(files).toEqual([{ mailbox: 'Spam', flags: [], create: true, specialUse: '\\Junk', version: 0 }]);
  });

  test('redirects once each, kept where they must not go', () => {
    const redirect = (address: string): Action => ({ type: 'redirect', line: 1, address, notify: 'NEVER' });
    expect(planned(redirect('a@b'), redirect('loop@b'), redirect('a@b'))).toMatchObject({
      files: [{ mailbox: 'Junk', flags: [], create: true }],
      redirects: [{ address: 'a@b', notify: 'NEVER' }],
    });
    expect(planned(redirect('a@b'), redirect('a@b')).redirects.length).toBe(1);
    expect(faults).toEqual(['a loop']);
  });

  test('a reply, with a copy where one is wanted', () => {
    expect(planned({ type: 'vacation', line: 1, suppressed: 'list mail' }).mails).toEqual([]);
    const fcc = { mailbox: 'Sent', flags: ['\\Seen'], create: true };
    expect(planned({ type: 'vacation', line: 1, mail: reply, fcc })).toMatchObject({
      files: [{ mailbox: 'Sent', flags: ['\\Seen'], create: true, mail: reply.raw }],
      mails: [{ mail: reply, kind: 'vacation' }],
    });
  });

  test('a mailbox gets message and copy', () => {
    const { files } = planned(
      { type: 'fileinto', line: 1, mailbox: 'Sent' },
      { type: 'vacation', line: 1, mail: reply, fcc: { mailbox: 'Sent' } },
    );
    expect(files.map(({ mailbox, mail }) => [mailbox, mail !== undefined])).toEqual([
      ['Sent', false],
      ['Sent', true],
    ]);
  });

  test('discard is nothing, a refusal its text', () => {
    const nothing = { files: [], redirects: [], mails: [], notifications: [] };
    expect(planned({ type: 'discard', line: 1 })).toEqual(nothing);
    expect(planned({ type: 'reject', line: 1, reason: '', kind: 'ereject' })).toEqual({
      ...nothing,
      reject: '',
    });
  });
});

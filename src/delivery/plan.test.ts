import { describe, expect, test } from 'vitest';
import type { Action } from '../sieve/types.ts';
import { plan, type PlanOptions } from './plan.ts';

const faults: string[] = [];
const options: PlanOptions = {
  home: 'Junk',
  autocreate: false,
  redirectFault: (address) => (address.startsWith('loop') ? `no way to ${address}` : undefined),
  report: (fault) => faults.push(fault),
};
const planned = (...actions: Action[]) => plan(actions, options);

describe('plans', () => {
  test('one copy a mailbox, with the flags of all who asked for it', () => {
    expect(
      planned(
        { type: 'fileinto', line: 1, mailbox: 'inbox', flags: ['\\Seen'] },
        { type: 'keep', line: 2, implicit: false, flags: ['\\Flagged', '\\Seen'] },
        { type: 'fileinto', line: 3, mailbox: 'Inbox2' },
        { type: 'keep', line: 0, implicit: true },
      ).files,
    ).toEqual([
      { mailbox: 'INBOX', flags: ['\\Seen', '\\Flagged'], create: true },
      { mailbox: 'Inbox2', flags: [], create: false },
      { mailbox: 'Junk', flags: [], create: true },
    ]);
  });

  test('redirects once each, kept where they must not go', () => {
    const redirect = (address: string): Action => ({ type: 'redirect', line: 1, address });
    expect(planned(redirect('a@b'), redirect('loop@b'), redirect('a@b'))).toEqual({
      files: [{ mailbox: 'Junk', flags: [], create: true }],
      redirects: ['a@b'],
      reject: undefined,
    });
    expect(faults).toEqual(['no way to loop@b']);
  });

  test('discard is nothing, a refusal its text', () => {
    expect(planned({ type: 'discard', line: 1 })).toEqual({ files: [], redirects: [], reject: undefined });
    expect(planned({ type: 'reject', line: 1, reason: '', kind: 'ereject' }).reject).toBe('');
  });
});

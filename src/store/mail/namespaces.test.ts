import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultStoreSettings } from '../settings.ts';
import { StoreError } from '../types.ts';
import { namespacesOf } from './namespaces.ts';

const ANNA = 'anna@example.org';
const names = namespacesOf(ANNA, defaultStoreSettings.namespaces, defaultStoreSettings);

describe('names of mailboxes', () => {
  it('say whose they are', () => {
    expect(names.place('inbox')).toEqual({ kind: 'personal', account: ANNA, mailbox: 'INBOX' });
    expect(names.place('Other Users/Bob@example.org/a/b')).toEqual({
      kind: 'others',
      account: 'bob@example.org',
      mailbox: 'a/b',
    });
    expect(names.place('Public/News')).toEqual({ kind: 'public', account: 'public', mailbox: 'News' });
    expect(names.place('Public')).toEqual({ kind: 'level' });
    expect(names.place('Other Users/bob@example.org')).toEqual({ kind: 'level' });
    expect(names.place('other users/x')).toMatchObject({ kind: 'personal' });
  });

  it('lead back to what they came from', () => {
    const account = fc.stringMatching(/^[a-z0-9/%._+-]{1,20}@[a-z]{1,10}$/).filter((one) => one !== ANNA);
    fc.assert(
      fc.property(account, fc.constantFrom('INBOX', 'Lists/Tamis', 'Entwürfe'), (owner, mailbox) => {
        expect(names.place(names.nameOf(owner, mailbox))).toEqual({
          kind: 'others',
          account: owner,
          mailbox,
        });
      }),
    );
    expect(names.nameOf(ANNA, 'Lists')).toBe('Lists');
    expect(names.nameOf('public', 'Lists')).toBe('Public/Lists');
  });

  it('are refused when they lead nowhere', () => {
    for (const bad of [
      '',
      '/',
      'a//b',
      'Other Users//x',
      `Other Users/${ANNA}/x`,
      'Other Users/public/x',
      'Other Users/a\0/x',
      'Public/',
      'x'.repeat(3000),
    ])
      expect(() => names.place(bad), bad.slice(0, 40)).toThrow(StoreError);
  });

  it('never throw anything else', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.constantFrom('', 'Other Users/', 'Public/'),
        (name, prefix) => {
          try {
            names.place(prefix + name);
          } catch (error) {
            expect(error).toBeInstanceOf(StoreError);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

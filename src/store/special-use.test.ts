import { describe, expect, it } from 'vitest';
import { impliedUse, specialUses } from './special-use.ts';
import { defaultStoreSettings } from './settings.ts';

const usual = defaultStoreSettings.specialUse;
const of = (...names: (string | [string, ...string[]])[]): Record<string, readonly string[]> =>
  Object.fromEntries(
    specialUses(
      names.map((name) =>
        typeof name === 'string' ? { name, given: [] } : { name: name[0], given: name.slice(1) },
      ),
      usual,
    ),
  );

describe('special uses', () => {
  it('belong to what was given them, else to the first of the usual names', () => {
    expect(of('INBOX', 'Drafts', 'Entwürfe', 'Spam')).toEqual({ Drafts: ['\\Drafts'], Spam: ['\\Junk'] });
    expect(of('Entwürfe')).toEqual({ Entwürfe: ['\\Drafts'] });
    expect(of('Drafts', ['Entwürfe', '\\drafts'])).toEqual({ Entwürfe: ['\\drafts'] });
    expect(of(['Sent', '\\Archive', '\\Sent'], 'Archive')).toEqual({ Sent: ['\\Archive', '\\Sent'] });
    expect(of('Lists/Drafts')).toEqual({});
  });

  it('have no name twice in the settings', () => {
    const names = usual.flatMap(({ mailbox, names: others = [] }) => [mailbox, ...others]);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
  });

  it('are given to a mailbox by its name while nobody has them', () => {
    expect(impliedUse('brouillons', new Map(), usual)).toBe('\\Drafts');
    expect(impliedUse('Brouillons', new Map([['x', ['\\DRAFTS']]]), usual)).toBeUndefined();
    expect(impliedUse('Lists', new Map(), usual)).toBeUndefined();
  });
});

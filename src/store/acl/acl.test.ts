import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Right } from '../mail/types.ts';
import {
  type Acl,
  canonicalIdentifier,
  changeEntry,
  effectiveRights,
  grantees,
  type Principal,
} from './acl.ts';
import { may, NEEDS, type Operation } from './needs.ts';
import { formatRights, parseRights, RIGHTS, withObsoleteRights } from './rights.ts';

const ANNA = 'anna@example.org';
const BOB = 'bob@example.org';
const someRights = fc.subarray([...RIGHTS]).map((rights) => new Set<Right>(rights));
const identifier = fc.constantFrom(ANNA, BOB, 'anyone', '$team', `-${ANNA}`, `-${BOB}`, '-anyone', '-$team');
const someAcl: fc.Arbitrary<Acl> = fc.dictionary(identifier, someRights.map(formatRights), { maxKeys: 8 });
const bob: Principal = {
  account: BOB,
  administrator: false,
  identifiers: new Set([BOB, 'anyone', '$team']),
};
const anna: Principal = { account: ANNA, administrator: false, identifiers: new Set([ANNA, 'anyone']) };

describe('rights', () => {
  it('are read and written in one order', () => {
    expect(formatRights(parseRights('aetxkpiwsrl') ?? new Set())).toBe('lrswipkxtea');
    expect(formatRights(parseRights('lcd') ?? new Set())).toBe('lkxte');
    expect(parseRights('lQ')).toBeUndefined();
    expect(parseRights('l r')).toBeUndefined();
    expect(parseRights('')).toEqual(new Set());
  });

  it('are told with those of RFC 2086 whose members are there', () => {
    expect(withObsoleteRights(new Set<Right>(['l', 'k']))).toBe('lkc');
    expect(withObsoleteRights(new Set<Right>(['l', 'e']))).toBe('led');
    expect(withObsoleteRights(new Set<Right>(['l', 'r', 'a']))).toBe('lra');
  });
});

describe('the rights of somebody', () => {
  it('are what his identifiers are granted, less what they are refused', () => {
    fc.assert(
      fc.property(someAcl, (acl) => {
        const rights = effectiveRights(acl, ANNA, bob);
        for (const right of RIGHTS) {
          const has = (prefix: string): boolean =>
            [...bob.identifiers].some((name) => acl[`${prefix}${name}`]?.includes(right) ?? false);
          expect(rights.has(right)).toBe(has('') && !has('-'));
        }
      }),
    );
  });

  it('never leave the owner without seeing and sharing his mailbox', () => {
    fc.assert(
      fc.property(someAcl, (acl) => {
        const rights = effectiveRights(acl, ANNA, anna);
        expect(rights.has('l') && rights.has('a')).toBe(true);
      }),
    );
    expect(formatRights(effectiveRights(undefined, ANNA, anna))).toBe('lrswipkxtea');
    expect(formatRights(effectiveRights({ [`-${ANNA}`]: 'lrswipkxtea' }, ANNA, anna))).toBe('la');
    expect(formatRights(effectiveRights({ [BOB]: 'l' }, ANNA, anna))).toBe('lrswipkxtea');
  });

  it('are none for names of the prototype, and where nothing is granted', () => {
    const odd: Principal = { ...bob, identifiers: new Set(['constructor', '__proto__', 'toString']) };
    expect(effectiveRights({}, ANNA, odd).size).toBe(0);
    expect(effectiveRights(undefined, ANNA, bob).size).toBe(0);
    expect(effectiveRights(undefined, undefined, anna).size).toBe(0);
  });

  it('let an administrator manage, not read', () => {
    expect(formatRights(effectiveRights(undefined, ANNA, { ...bob, administrator: true }))).toBe('lkxa');
  });
});

describe('an entry', () => {
  it('is replaced, added to and taken from', () => {
    fc.assert(
      fc.property(
        someAcl,
        identifier,
        someRights,
        fc.constantFrom('replace', 'add', 'remove'),
        (acl, name, rights, mode) => {
          const had = new Set(acl[name] ?? '');
          const changed = changeEntry(acl, name, mode, rights, undefined);
          for (const right of RIGHTS) {
            const wanted =
              mode === 'replace'
                ? rights.has(right)
                : mode === 'add'
                  ? had.has(right) || rights.has(right)
                  : had.has(right) && !rights.has(right);
            expect(changed[name]?.includes(right) ?? false).toBe(wanted);
          }
          expect(changed[name]).not.toBe('');
          for (const [other, text] of Object.entries(acl))
            if (other !== name) expect(changed[other]).toBe(text);
        },
      ),
    );
  });

  it('of the owner begins with all rights, and may be left with none', () => {
    expect(changeEntry(undefined, ANNA, 'remove', new Set(['x', 'e']), ANNA)).toEqual({
      [ANNA]: 'lrswipkta',
    });
    expect(changeEntry(undefined, ANNA, 'replace', new Set(), ANNA)).toEqual({ [ANNA]: '' });
    expect(changeEntry({ [BOB]: 'l' }, BOB, 'replace', new Set(), ANNA)).toEqual({});
  });

  it('makes a share findable only when it grants something', () => {
    expect(grantees({ [BOB]: 'l', '-anyone': 'r', $team: '' })).toEqual([BOB]);
  });
});

describe('an identifier', () => {
  it('has one form', () => {
    expect(canonicalIdentifier('Bob@Example.ORG', ANNA)).toBe(BOB);
    expect(canonicalIdentifier('-Anyone', ANNA)).toBe('-anyone');
    expect(canonicalIdentifier('owner', ANNA)).toBe(ANNA);
    expect(canonicalIdentifier('-owner', ANNA)).toBe(`-${ANNA}`);
    expect(canonicalIdentifier('owner', undefined)).toBeUndefined();
    for (const bad of ['', '-', '--bob', 'a b', 'a\0', 'a\r\nb', '\ud800', 'x'.repeat(321), '\u202ebob'])
      expect(canonicalIdentifier(bad, ANNA), JSON.stringify(bad)).toBeUndefined();
  });
});

describe('what operations need', () => {
  it('is granted by exactly the rights of RFC 4314 §4', () => {
    const alone = (operation: Operation): string =>
      RIGHTS.filter((right) => may(operation, new Set([right]))).join('');
    const table = Object.fromEntries(Object.keys(NEEDS).map((name) => [name, alone(name as Operation)]));
    expect(table).toEqual({
      list: 'l',
      create: 'k',
      delete: 'x',
      rename: 'x',
      'my-rights': 'lrikxa',
      acl: 'a',
      'quota-root': 'lrikxa',
      'private-metadata': 'rswip',
      'read-shared-metadata': 'rswip',
      'write-shared-metadata': 'w',
    });
    for (const name of Object.keys(NEEDS)) expect(may(name as Operation, new Set())).toBe(false);
  });
});

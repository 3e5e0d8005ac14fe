import fc from 'fast-check';
import { expect, it } from 'vitest';
import { defaultSigningSettings } from '../../src/authentication/signing/settings.ts';
import { createSigner } from '../../src/authentication/signing/signer.ts';
import { applyHeaderEdits } from '../../src/message/edits.ts';
import { makeKey, verifiers } from '../signing/verifiers.ts';
import { describePeers } from '../support/peers.ts';

/** Signed messages, changed on the way, and whether each signature still passes: for us and for others. */

const keys = [makeKey('rsa', 'rsa2048'), makeKey('ed25519', 'ed')];
const plain = [
  'Received: from a.example by b.example; Mon, 1 Jun 2026 00:00:00 +0000',
  'From: Ann <a@example.org>',
  'To: b@example.net,',
  ' c@example.net',
  'Subject: a  subject \t of words',
  'Date: Mon, 1 Jun 2026 00:00:00 +0000',
  'Message-ID: <1@example.org>',
  '',
  'Hello  there ',
  '',
  '\t and \t here',
  'bye',
  '',
].join('\r\n');

function signed(form: 'simple' | 'relaxed'): string {
  const settings = { ...defaultSigningSettings, headerCanonicalization: form, bodyCanonicalization: form };
  const raw = Buffer.from(plain, 'latin1');
  const signer = createSigner({ settings, keys: { dkim: keys, arc: keys[0] } });
  const { edits } = signer.sign({ raw, edits: [], dkim: { senders: { any: true } }, now: Date.now() });
  return Buffer.concat(applyHeaderEdits(raw, edits)).toString('latin1');
}

interface Change {
  kind: string;
  at: number;
  where: number;
}

const change = fc.record({
  kind: fc.constantFrom('drop', 'double', 'blank', 'fold', 'upper', 'blanks', 'tab', 'letter', 'swap', 'end'),
  at: fc.nat(),
  where: fc.nat(),
});

function changed(base: string, changes: readonly Change[]): string {
  const lines = base.split('\r\n');
  for (const { kind, at, where } of changes) {
    const i = at % (lines.length - 1);
    const line = lines[i] ?? '';
    const column = where % (line.length + 1);
    const insert = (text: string): string => line.slice(0, column) + text + line.slice(column);
    if (kind === 'drop') lines.splice(i, 1);
    else if (kind === 'double') lines.splice(i, 0, line);
    else if (kind === 'blank') lines[i] = `${line} `;
    else if (kind === 'fold') lines[i] = line.replace(/(\S) (\S)/, '$1\r\n $2');
    else if (kind === 'upper') lines[i] = line.replace(/^[A-Z]+/i, (name) => name.toUpperCase());
    else if (kind === 'blanks') lines[i] = insert('  ');
    else if (kind === 'tab') lines[i] = line.replace(' ', '\t');
    else if (kind === 'letter') lines[i] = insert('A');
    else if (kind === 'swap') [lines[i], lines[i + 1]] = [lines[i + 1] ?? '', line];
    else lines.push('');
  }
  return lines.join('\r\n');
}

/** A header every parser reads alike, folds without empty lines, and a body behind it. */
function isPlain(raw: string): boolean {
  const end = raw.indexOf('\r\n\r\n');
  const header = raw.slice(0, end).split('\r\n');
  return end > 0 && header.every((line, i) => (i > 0 && /^[ \t]+\S/.test(line)) || /^[!-9;-~]+:/.test(line));
}

/** The same in each run. */
function messages(count: number): string[] {
  const bases = [signed('relaxed'), signed('simple')];
  const message = fc
    .tuple(fc.nat(1), fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([index, changes]) => changed(bases[index] ?? '', changes))
    .filter(isPlain);
  return [...bases, ...fc.sample(message, { numRuns: count, seed: 6376 })];
}

/**
 * Whether `opendkim -t` tells what it thinks of each signature of the message as it is. It gives one word or none for all
 * when one is beyond it or From stands twice, reads a b= that is no base64, and makes one space of what is behind a colon.
 */
function isTold(mail: string, ours: readonly string[], theirs: readonly string[] = []): boolean {
  if (theirs.length !== ours.length || ours.includes('neutral')) return false;
  return !/^[!-9;-~]+:(?! [^ \t\r])/m.test(mail.slice(0, mail.indexOf('\r\n\r\n')));
}

async function compare(theirs: 'dkimpy' | 'opendkim', count: number): Promise<void> {
  const mails = messages(count);
  const raws = mails.map((mail) => Buffer.from(mail, 'latin1'));
  const [ours, others] = await Promise.all([verifiers.tamis(raws, keys), verifiers[theirs](raws, keys)]);
  const passes = (words: readonly string[] | undefined): boolean[] =>
    (words ?? []).map((word) => word === 'pass');
  let compared = 0;
  for (const [i, { dkim }] of ours.entries()) {
    const other = others[i]?.dkim;
    if (theirs === 'opendkim' && !isTold(mails[i] ?? '', dkim, other)) continue;
    compared++;
    expect({ other, passes: passes(dkim) }, mails[i]).toMatchObject({ passes: passes(other) });
  }
  expect(compared).toBeGreaterThan(count / 2);
  // Of both kinds, or the comparison would tell nothing.
  expect(ours.flatMap(({ dkim }) => dkim)).toEqual(expect.arrayContaining(['pass', 'fail']));
}

describePeers(['dkimverify'], 'changed messages, as dkimpy sees them', () => {
  it('pass and fail alike', () => compare('dkimpy', 300));
});

describePeers(['opendkim'], 'changed messages, as OpenDKIM sees them', () => {
  it('pass and fail alike', () => compare('opendkim', 60));
});

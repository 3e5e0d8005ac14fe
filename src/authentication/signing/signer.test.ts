import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { arc as verifyArc } from 'mailauth/lib/arc/index.js';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { describe, expect, it, test } from 'vitest';
import { applyHeaderEdits } from '../../message/edits.ts';
import type { HeaderEdit } from '../../message/types.ts';
import { parseMessage } from '../../message/parse.ts';
import { createZoneResolver } from '../../net/zone-resolver.ts';
import { sealedBy } from '../arc/testing.ts';
import { KeyCache } from '../dkim/keys.ts';
import { defaultAuthenticationSettings } from '../settings.ts';
import { verifySignatures } from '../signatures.ts';
import type { KeyType } from './key-file.ts';
import type { SigningKey } from './keys.ts';
import { defaultSigningSettings, type SigningSettings } from './settings.ts';
import { createSigner } from './signer.ts';
import type { SigningRequest, SigningResult } from './types.ts';

const NOW = Date.UTC(2026, 5, 1);

function makeKey(type: KeyType, selector: string, more: Partial<SigningKey> = {}): SigningKey {
  const { privateKey } =
    type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519');
  return {
    domain: 'example.org',
    selector,
    type,
    bits: type === 'rsa' ? 2048 : 256,
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    notBefore: 0,
    notAfter: Number.POSITIVE_INFINITY,
    subdomains: false,
    ...more,
  };
}

const rsa = makeKey('rsa', 'rsa');
const ed = makeKey('ed25519', 'ed');

function record(key: SigningKey): string {
  const der = createPublicKey(key.pem).export({ type: 'spki', format: 'der' });
  const p = key.type === 'rsa' ? der : der.subarray(-32);
  return `v=DKIM1; k=${key.type}; p=${p.toString('base64')}`;
}

const resolver = async (name: string): Promise<string[][]> => {
  const key = [rsa, ed].find(({ domain, selector }) => `${selector}._domainkey.${domain}` === name);
  if (key === undefined) throw Object.assign(new Error(`no ${name}`), { code: 'ENOTFOUND' });
  return [[record(key)]];
};

interface Signed {
  result: SigningResult;
  bytes: Buffer;
}

function sign(
  text: string | Uint8Array,
  request: Partial<SigningRequest> = {},
  settings: Partial<SigningSettings> = {},
  keys: readonly SigningKey[] = [rsa, ed],
): Signed {
  const raw = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
  const signer = createSigner({
    settings: { ...defaultSigningSettings, ...settings },
    keys: { dkim: keys, arc: rsa },
  });
  const edits = request.edits ?? [];
  const result = signer.sign({
    raw,
    edits,
    dkim: { senders: { any: true } },
    now: NOW,
    ...request,
  });
  return { result, bytes: Buffer.concat(applyHeaderEdits(raw, [...result.edits, ...edits])) };
}

async function verified(bytes: Uint8Array, at = NOW): Promise<string[]> {
  const { results } = await dkimVerify(Readable.from([Buffer.from(bytes)]), {
    resolver,
    strict: true,
    curTime: new Date(at),
  });
  return results.map(({ status }, index) => `${[rsa, ed][index]?.selector}=${status.result}`);
}

async function chain(bytes: Uint8Array): Promise<{ result: string }> {
  const { arc } = await dkimVerify(Readable.from([Buffer.from(bytes)]), {
    resolver,
    strict: true,
    curTime: new Date(NOW),
  });
  const found = await verifyArc(arc ?? {}, { resolver, strict: true });
  return { result: found.status.result };
}

const MAIL = [
  'From: Anna <anna@example.org>',
  'To: carl@there.example',
  'Subject: A message',
  ' over two lines',
  'Date: Mon, 1 Jun 2026 00:00:00 +0000',
  'Message-ID: <1@example.org>',
  '',
  'Hello  there,',
  '',
  'good bye.  ',
  '',
  '',
].join('\r\n');

describe('DKIM', () => {
  const forms = ['simple', 'relaxed'] as const;
  for (const headerCanonicalization of forms)
    for (const bodyCanonicalization of forms)
      test(`${headerCanonicalization}/${bodyCanonicalization} verifies, with both keys`, async () => {
        const { bytes, result } = sign(MAIL, {}, { headerCanonicalization, bodyCanonicalization });
        expect(result.signatures).toEqual([
          { domain: 'example.org', selector: 'rsa', algorithm: 'rsa-sha256' },
          { domain: 'example.org', selector: 'ed', algorithm: 'ed25519-sha256' },
        ]);
        expect(await verified(bytes)).toEqual(['rsa=pass', 'ed=pass']);
        expect(
          bytes
            .toString('latin1')
            .split('\r\n')
            .every((line) => line.length <= 78),
        ).toBe(true);
      });

  it('is over the message with the edits that are made to it', async () => {
    const edits: HeaderEdit[] = [
      { kind: 'change', name: 'Subject', index: 1, value: '[SPAM] A message' },
      { kind: 'insert', position: 0, name: 'Authentication-Results', value: 'mx.example.org;\n\tspf=none' },
      { kind: 'add', name: 'List-Id', value: '<list.example.org>' },
    ];
    const { bytes } = sign(MAIL, { edits });
    expect(await verified(bytes)).toEqual(['rsa=pass', 'ed=pass']);
    const changed = bytes.toString('latin1').replace('[SPAM]', '[HAM]');
    expect((await verified(Buffer.from(changed, 'latin1')))[0]).toMatch(/^rsa=fail/);
  });

  it('does not hold for a message somebody adds a From, Subject or Date to', async () => {
    const { bytes } = sign(MAIL);
    for (const added of ['From: ceo@example.org', 'Subject: Else', 'Reply-To: x@y.example', 'Date: now'])
      for (const changed of [
        Buffer.concat([Buffer.from(`${added}\r\n`), bytes]),
        Buffer.from(bytes.toString('latin1').replace('\r\n\r\n', `\r\n${added}\r\n\r\n`), 'latin1'),
      ])
        expect((await verified(changed)).join(), added).not.toContain('pass');
  });

  it('holds when a server adds a Message-ID or Date that was missing, and trace fields', async () => {
    const { bytes } = sign('From: anna@example.org\r\nSubject: x\r\n\r\nHello\r\n');
    const top = 'Received: from a by b; now\r\nMessage-ID: <new@there.example>\r\nDate: now\r\n';
    expect(await verified(Buffer.concat([Buffer.from(top), bytes]))).toEqual(['rsa=pass', 'ed=pass']);
  });

  it('says when it expires where that is wanted, and never l=', async () => {
    const { result, bytes } = sign(MAIL, {}, { expiry: 3600 });
    const value = result.edits.map((edit) => ('value' in edit ? edit.value : ''))[0] ?? '';
    expect(value).toContain(`t=${NOW / 1000}; x=${NOW / 1000 + 3600};`);
    expect(value).not.toMatch(/\bl=/);
    expect(await verified(bytes, NOW + 3_500_000)).toEqual(['rsa=pass', 'ed=pass']);
    expect((await verified(bytes, NOW + 3_700_000)).join()).not.toContain('pass');
    expect(JSON.stringify(sign(MAIL).result)).not.toContain('x=');
  });

  it.each([
    ['From: a@example.org\r\nFrom: b@example.org\r\n\r\nx', 'several-authors'],
    ['From: a@example.org, b@other.example\r\n\r\nx', 'several-authors'],
    ['Subject: x\r\n\r\nx', 'no-author'],
    ['From: nobody\r\n\r\nx', 'no-author'],
    ['From: a@other.example\r\n\r\nx', 'no-key'],
    ['From: a@sub.example.org\r\n\r\nx', 'no-key'],
    ['From: a@example.org\r\nno field at all\r\nSubject: x\r\n\r\nx', 'header-syntax'],
    ['From: a@example.org\r\nthe body begins\r\nhere\r\n', 'header-syntax'],
    ['From: a@example.org\r\nSubject: a\rb\r\n\r\nx', 'header-syntax'],
    ['From: a@example.org\r\nSubject: a\0b\r\n\r\nx', 'header-syntax'],
    ['From me\r\nFrom: a@example.org\r\n\r\nx', 'header-syntax'],
    ['', 'header-syntax'],
    [`From: a@example.org\r\n${'Resent-To: a\r\n'.repeat(200)}\r\nx`, 'too-many-fields'],
    [`From: a@example.org\r\n${'X-Pad: a\r\n'.repeat(3000)}From: b@example.org\r\n\r\nx`, 'several-authors'],
  ] as const)('%j is not signed: %s', (text, reason) => {
    const { result } = sign(text);
    expect(result).toMatchObject({ unsigned: reason, edits: [], signatures: [] });
  });

  it('is made for who may use the address alone', () => {
    const senders = {
      any: false,
      addresses: ['anna@example.org'],
      domains: ['lists.example'],
      separator: '+',
    } as const;
    const keys = [rsa, { ...rsa, domain: 'lists.example' }];
    const of = (from: string) => sign(`From: ${from}\r\n\r\nx`, { dkim: { senders } }, {}, keys).result;
    for (const from of ['anna@example.org', 'Anna@Example.ORG', 'anna+news@example.org', 'x@lists.example'])
      expect(of(from).unsigned, from).toBeUndefined();
    for (const from of ['ceo@example.org', 'annabel@example.org', 'anna@example.org, ceo@example.org'])
      expect(of(from).unsigned, from).toBe('sender-not-allowed');
  });

  it('finds the author in odd From fields, and signs domains in U-labels by their A-labels', () => {
    const keys = [rsa, { ...ed, domain: 'xn--bcher-kva.example' }];
    const of = (from: string) => sign(Buffer.from(`From: ${from}\r\n\r\nx`), {}, {}, keys).result;
    for (const from of [
      '"ceo@else.example" <a@example.org>',
      'a@EXAMPLE.org (ceo@else.example)',
      'A: a@example.org;',
    ])
      expect(of(from).signatures, from).toMatchObject([{ domain: 'example.org' }]);
    expect(of('a@bücher.example').signatures).toMatchObject([{ domain: 'xn--bcher-kva.example' }]);
    for (const from of ['a@example.org <x@else.example>', '"a@example.org" <x@else.example>'])
      expect(of(from).unsigned, from).toBe('no-key');
    for (const from of ['A:;', '<>', '@example.org', '"a@example.org"'])
      expect(of(from).unsigned, from).toBe('no-author');
  });

  it('takes the keys in force, and those of a domain above only when they say so', () => {
    const day = 86_400_000;
    const keys = [
      { ...rsa, selector: 'old', notAfter: NOW },
      { ...rsa, selector: 'now', notBefore: NOW, notAfter: NOW + day },
      { ...ed, selector: 'also', subdomains: true },
      { ...rsa, selector: 'later', notBefore: NOW + day },
      { ...rsa, domain: 'own.example.org', selector: 'gone', notAfter: NOW },
    ];
    const selectors = (from: string) =>
      sign(`From: ${from}\r\n\r\nx`, {}, {}, keys).result.signatures.map(({ selector }) => selector);
    expect(selectors('a@example.org')).toEqual(['now', 'also']);
    expect(selectors('a@deep.sub.example.org')).toEqual(['also']);
    expect(selectors('a@own.example.org')).toEqual([]);
    expect(selectors('a@notexample.org')).toEqual([]);
  });

  test('messages of all shapes verify', async () => {
    const blank = fc.constantFrom('', ' ', '\t', '  ', ' \t ');
    const word = fc.string({
      unit: fc.constantFrom(...Array.from('aZ09-=;:.,"\\\u00e4\u00ff@<>')),
      maxLength: 12,
    });
    const name = fc.constantFrom('Subject', 'SUBJECT', 'To', 'X-Other', 'Comments', 'References', 'List-Id');
    const value = fc
      .array(fc.tuple(blank, word, fc.constantFrom('', '\r\n ', '\r\n\t')), { maxLength: 5 })
      // A fold needs something behind it.
      .map((parts) =>
        parts.map(([space, text, fold]) => `${space}${text || 'x'}${fold && `${fold}y`}`).join(''),
      );
    const field = fc.tuple(name, blank, value).map(([key, space, text]) => `${key}:${space}${text}\r\n`);
    const line = fc.tuple(
      fc.array(fc.tuple(word, blank), { maxLength: 4 }),
      fc.constantFrom('\r\n', '\r\n\r\n'),
    );
    const body = fc
      .tuple(fc.array(line, { maxLength: 6 }), fc.constantFrom('', 'end', ' ', '\r\n\r\n', '\t\r\n'))
      .map(([lines, end]) => lines.map(([words, ending]) => words.flat().join('') + ending).join('') + end);
    const form = fc.constantFrom<'simple' | 'relaxed'>('simple', 'relaxed');
    await fc.assert(
      fc.asyncProperty(
        fc.array(field, { maxLength: 6 }),
        body,
        form,
        form,
        async (fields, text, header, rest) => {
          const mail = `${fields.join('')}From: a@example.org\r\n\r\n${text}`;
          const { bytes } = sign(mail, {}, { headerCanonicalization: header, bodyCanonicalization: rest });
          expect(await verified(bytes)).toEqual(['rsa=pass', 'ed=pass']);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('ARC', () => {
  const seal = (chainStatus: 'none' | 'pass' | 'fail' | 'temperror') => ({
    dkim: undefined,
    seal: { results: 'mx.example.org;\n\tspf=pass smtp.mailfrom=there.example', chain: chainStatus },
  });

  it('seals a message without a chain, and one with each further hop', async () => {
    let { bytes, result } = sign(MAIL, seal('none'));
    expect(result.sealed).toEqual({ instance: 1, cv: 'none' });
    expect(await chain(bytes)).toEqual({ result: 'pass' });
    for (const instance of [2, 3, 4]) {
      ({ bytes, result } = sign(bytes, seal('pass')));
      expect(result.sealed).toEqual({ instance, cv: 'pass' });
      expect(await chain(bytes)).toEqual({ result: 'pass' });
    }
  });

  it('reads instances as verifiers do', async () => {
    const results = ' (set (one; i=7)) i (x) = 1 ; mx.example; spf=none';
    const bytes = Buffer.from(
      sealedBy(createPrivateKey(rsa.pem), 'rsa', MAIL, 1, {
        results,
        signature: { d: 'example.org' },
        seal: { d: 'example.org' },
      }),
    );
    // RFC 8617 §4.1.1 allows comments there; mailauth knows none.
    const ours = async (raw: Uint8Array): Promise<string> => {
      const request = {
        message: parseMessage(raw),
        resolver: createZoneResolver({ 'rsa._domainkey.example.org': { TXT: [record(rsa)] } }),
        keyCache: new KeyCache(1),
        settings: defaultAuthenticationSettings,
        now: NOW,
        author: '',
      };
      return (await verifySignatures(request)).arc.result;
    };
    expect(await ours(bytes)).toBe('pass');
    const again = sign(bytes, seal('pass'));
    expect(again.result.sealed).toEqual({ instance: 2, cv: 'pass' });
    expect(await ours(again.bytes)).toBe('pass');
  });

  it('covers a DKIM signature made with it', async () => {
    const { bytes } = sign(MAIL, { ...seal('none'), dkim: { senders: { any: true } } });
    expect(await chain(bytes)).toEqual({ result: 'pass' });
    expect(await verified(bytes)).toEqual(['rsa=pass', 'ed=pass']);
    const without = bytes.toString('latin1').replace(/DKIM-Signature:(?:.*\r\n)(?:\t.*\r\n)*/, '');
    expect((await chain(Buffer.from(without, 'latin1'))).result).toBe('fail');
  });

  it('seals a broken chain once, and then no more', async () => {
    const first = sign(MAIL, seal('none')).bytes;
    const changed = Buffer.from(first.toString('latin1').replace('Hello', 'Hullo'), 'latin1');
    const { bytes, result } = sign(changed, seal('fail'));
    expect(result.sealed).toEqual({ instance: 2, cv: 'fail' });
    expect((await chain(bytes)).result).toBe('fail');
    expect(sign(bytes, seal('fail')).result).toMatchObject({ edits: [], unsealed: 'chain-failed-before' });
  });

  it('vouches for what a list server of ours changed, when the chain was good as it came in', async () => {
    const first = sign(MAIL, seal('none')).bytes.toString('latin1');
    const listed = `Authentication-Results: mx.example.org;\r\n\tarc=pass header.d=example.org\r\n${first.replace('Hello', 'Hullo')}`;
    const raw = Buffer.from(listed, 'latin1');
    expect((await chain(raw)).result).toBe('fail');
    const facts = { results: 'mx.example.org; arc=fail', chain: 'fail', believed: 'mx.example.org' } as const;
    const { bytes, result } = sign(raw, { dkim: undefined, seal: facts });
    expect(result.sealed).toEqual({ instance: 2, cv: 'pass' });
    expect(await chain(bytes)).toEqual({ result: 'pass' });
    expect(bytes.toString('latin1')).toContain('i=2; mx.example.org;\r\n\tarc=pass');
  });

  it('does not call a chain good that a script has taken fields out of', () => {
    const first = sign(MAIL, seal('none')).bytes.toString('latin1');
    const less = first.replace(/^ARC-Authentication-Results:.*\r\n(?:\t.*\r\n)*/m, '');
    expect(sign(Buffer.from(less, 'latin1'), seal('pass')).result.sealed).toEqual({
      instance: 2,
      cv: 'fail',
    });
  });

  it('does not seal what could not be verified now, nor a fifty-first time', () => {
    const first = sign(MAIL, seal('none')).bytes;
    expect(sign(first, seal('temperror')).result.unsealed).toBe('chain-unknown');
    const long = Buffer.from(first.toString('latin1').replace(/i=1;/g, 'i=50;'), 'latin1');
    expect(sign(long, seal('pass')).result.unsealed).toBe('too-many-sets');
  });

  it('without a key seals nothing', () => {
    const signer = createSigner({ settings: defaultSigningSettings, keys: { dkim: [], arc: undefined } });
    const raw = Buffer.from(MAIL);
    const request = { raw, edits: [], now: NOW, seal: seal('none').seal };
    expect(signer.sign(request)).toEqual({ edits: [], signatures: [], unsealed: 'no-key' });
  });
});

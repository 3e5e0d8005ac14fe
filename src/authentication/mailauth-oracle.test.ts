import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { dkimSign, sealMessage } from 'mailauth';
import type { DKIMSignOptions } from 'mailauth';
import { arc as verifyArc } from 'mailauth/lib/arc/index.js';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseMessage } from '../message/parse.ts';
import { createZoneResolver } from '../net/zone-resolver.ts';
import { KeyCache } from './dkim/keys.ts';
import { keyRecord } from './dkim/testing.ts';
import { defaultAuthenticationSettings as settings } from './settings.ts';
import { verifySignatures } from './signatures.ts';
import { mailauthResolver } from './verifier.ts';

/** Messages signed and sealed by mailauth, changed, and verified by both. */

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed = generateKeyPairSync('ed25519');
const resolver = createZoneResolver({
  's._domainkey.example.com': { TXT: [keyRecord(rsa.publicKey)] },
  'ed._domainkey.example.com': { TXT: [keyRecord(ed.publicKey)] },
});
const keyCache = new KeyCache(10);
const pem = { s: rsa.privateKey, ed: ed.privateKey };
const now = Date.now();

async function sign(raw: string, selector: 's' | 'ed', canonicalization: string): Promise<string> {
  const privateKey = pem[selector].export({ type: 'pkcs8', format: 'pem' });
  const signatureData = [{ signingDomain: 'example.com', selector, privateKey, canonicalization }];
  const { signatures, errors } = await dkimSign(Buffer.from(raw, 'latin1'), {
    canonicalization,
    signatureData,
  } as DKIMSignOptions);
  expect(errors).toEqual([]);
  return signatures + raw;
}

async function seal(raw: string, cv: 'none' | 'pass'): Promise<string> {
  const fields = await sealMessage(Buffer.from(raw, 'latin1'), {
    signingDomain: 'example.com',
    selector: 's',
    privateKey: pem.s.export({ type: 'pkcs8', format: 'pem' }),
    authResults: 'mx.example.net; spf=none',
    cv,
  });
  return fields.toString('latin1') + raw;
}

async function ours(raw: string) {
  const message = parseMessage(Buffer.from(raw, 'latin1'));
  const { dkim, arc } = await verifySignatures({ message, resolver, keyCache, settings, now, author: '' });
  return { message, dkim: dkim.map(({ result, reason = '' }) => ({ result, reason })), arc };
}

async function theirs(raw: string) {
  const shared = { resolver: mailauthResolver(resolver), strict: true, minBitLength: 1024 };
  const { results, arc } = await dkimVerify(Readable.from([Buffer.from(raw, 'latin1')]), {
    ...shared,
    curTime: new Date(now),
  });
  const dkim = results
    .map(({ status: { result, comment = '' } }) => ({ result, reason: comment }))
    .filter(({ result }) => result !== 'none');
  return { dkim, arc: (await verifyArc(arc ?? {}, shared)).status.result };
}

interface Verdict {
  result: string;
  reason: string;
}

/** Where the two differ, each for a reason. */
function explained(our: Verdict, their: Verdict): boolean {
  if (our.result === their.result) return true;
  // They decode what of a value is base64 and leave out the rest, even text behind the padding (RFC 6376 §3.5 has none).
  if (our.reason === 'b= is not base64' && their.result === 'pass') return true;
  if (our.result === 'pass' || their.result === 'pass') return false;
  // Some faults of syntax they overlook, try to verify, and fail: blanks within c=, 8-bit text in d= and h=, a short bh=.
  if (our.result === 'neutral' && their.result === 'fail') return true;
  // They stop at the body before asking for the key; RFC 6376 §6.1 has the key first.
  if (our.reason === 'no key') return true;
  // Well-formed signatures that must not be accepted: permerror (RFC 8601 §2.7.1) here, neutral there.
  return our.result === 'permerror' && their.result === 'neutral';
}

const change = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom(
    'drop',
    'double',
    'blank',
    'fold',
    'upper',
    'blanks',
    'bare LF',
    'CR',
    'swap',
    'letter',
    '8-bit',
    'end',
  ),
  where: fc.nat(),
});

function changed(base: string, changes: readonly { at: number; kind: string; where: number }[]): string {
  const lines = base.split('\r\n');
  for (const { at, kind, where } of changes) {
    const i = at % lines.length;
    const line = lines[i] ?? '';
    const column = where % (line.length + 1);
    const insert = (text: string): string => line.slice(0, column) + text + line.slice(column);
    if (kind === 'drop') lines.splice(i, 1);
    else if (kind === 'double') lines.splice(i, 0, line);
    else if (kind === 'blank') lines[i] = `${line} \t`;
    else if (kind === 'fold') lines[i] = line.replace(' ', '\r\n ');
    else if (kind === 'upper') lines[i] = line.replace(/^[A-Z]+/i, (name) => name.toUpperCase());
    else if (kind === 'blanks') lines[i] = insert('  ');
    else if (kind === 'bare LF') lines[i] = `${line}\n`;
    else if (kind === 'CR') lines[i] = insert('\r');
    else if (kind === 'swap') [lines[i], lines[i + 1]] = [lines[i + 1] ?? '', line];
    else if (kind === 'letter') lines[i] = insert('A');
    else if (kind === '8-bit') lines[i] = insert('\xe9');
    else lines.push('');
  }
  return lines.join('\r\n');
}

/**
 * Whether our parser and theirs see the same header: a line that is no field ends it for ours, and a CR alone is white
 * space for them, in canonical form too (RFC 6376 §2.8 knows only space and tab).
 */
function readAlike(raw: string, bodyStart: number): boolean {
  const empty = /\n\r?\n/.exec(raw);
  if (empty === null || bodyStart !== empty.index + empty[0].length) return false;
  const header = raw.slice(0, empty.index + 1);
  return (
    !/\r(?!\n)/.test(header) && header.split(/\n(?=.)/).every((line) => /^(?:[ \t]|[!-9;-~]+:)/.test(line))
  );
}

const plain = [
  'Received: from a.example by b.example;',
  '\tMon, 1 Jan 2024 00:00:00 +0000',
  'From: Ann <ann@example.com>',
  'To: bob@example.net,',
  '  carol@example.net',
  'Subject: hello \xe9  there',
  'Date: Mon, 1 Jan 2024 00:00:00 +0000',
  'Message-ID: <1@example.com>',
  '',
  'Hello  Bob, ',
  '',
  '\t caf\xe9 ',
  'bye',
  '',
  '',
  '',
].join('\r\n');

describe('mailauth', { timeout: 120_000 }, () => {
  const messages: string[] = [];
  beforeAll(async () => {
    for (const [rsaForm, edForm] of [
      ['relaxed/relaxed', 'simple/simple'],
      ['simple/relaxed', 'relaxed/simple'],
    ] as const) {
      const signed = await sign(await sign(plain, 's', rsaForm), 'ed', edForm);
      messages.push(signed, await seal(await seal(signed, 'none'), 'pass'));
    }
  });

  it('signs and seals what we verify', async () => {
    for (const raw of messages) {
      const { dkim, arc } = await ours(raw);
      expect(dkim.map(({ result }) => result)).toEqual(['pass', 'pass']);
      expect(arc).toMatchObject(
        raw.startsWith('ARC-')
          ? { result: 'pass', instances: 2, sealer: 'example.com' }
          : { result: 'none', instances: 0 },
      );
    }
  });

  it('comes to the same verdicts on changed messages', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(3), fc.array(change, { maxLength: 3 }), async (index, changes) => {
        const raw = changed(messages[index] ?? '', changes);
        const our = await ours(raw);
        fc.pre(readAlike(raw, our.message.root.bodyStart));
        const their = await theirs(raw);
        const lenient = our.arc.reason?.endsWith(' is not base64') === true;
        expect(our.arc.result).toBe(lenient ? 'fail' : their.arc);
        expect(our.dkim).toHaveLength(their.dkim.length);
        for (const [i, result] of our.dkim.entries()) {
          const other = their.dkim[i] ?? { result: 'none', reason: '' };
          if (!explained(result, other)) expect(result).toEqual(other);
        }
      }),
      { numRuns: Number(process.env['TAMIS_DIFFERENTIAL_CASES'] ?? 300) },
    );
  });
});

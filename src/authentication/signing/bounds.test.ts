import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { cpuTime } from '../../../test/support/cpu.ts';
import { defaultSigningSettings } from './settings.ts';
import { createSigner } from './signer.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = {
  domain: 'example.org',
  selector: 's',
  type: 'rsa',
  bits: 2048,
  pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  notBefore: 0,
  notAfter: Number.POSITIVE_INFINITY,
  subdomains: false,
} as const;
const signer = createSigner({ settings: defaultSigningSettings, keys: { dkim: [key], arc: key } });

const MEGABYTE = 1_048_576;
const from = 'From: a@example.org\r\n';
const set = (i: number): string =>
  `ARC-Seal: i=${i}; a=rsa-sha256; cv=pass; d=x; s=x; b=x\r\nARC-Message-Signature: i=${i}; b=x\r\n` +
  `ARC-Authentication-Results: i=${i}; x\r\n`;
const many = (count: number, text: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => text(i)).join('');

/** Milliseconds of CPU: the megabyte ones may take 50, as verifying does; the rest as long as a machine under load needs. */
const MESSAGES: Readonly<Record<string, [message: string, milliseconds: number]>> = {
  'a field of 262,144 lines': [`${from}Subject: x${'\r\n a'.repeat(262_144)}\r\n\r\nx\r\n`, 100],
  '20,000 fields': [`${from}${'Resent-To: a\r\n'.repeat(20_000)}\r\nx\r\n`, 100],
  '20,000 other fields': [`${many(20_000, (i) => `X-${i}: a\r\n`)}${from}\r\nx\r\n`, 100],
  '80,000 addresses': [`From: ${many(80_000, (i) => `a${i}@example.org, `)}b@example.org\r\n\r\nx\r\n`, 200],
  '5,000 signatures': [`${'DKIM-Signature: v=1; b=x\r\n'.repeat(5_000)}${from}\r\nx\r\n`, 100],
  'a thousand sets': [`${many(1_000, (i) => set((i % 40) + 1))}${from}\r\nx\r\n`, 100],
  'ARC fields that are no list': [
    `ARC-Seal: ${';i'.repeat(100_000)}\r\nARC-Seal: i=${' '.repeat(100_000)}\r\n${from}\r\nx`,
    100,
  ],
  'white space in the header': [`${from}Subject: ${' \t'.repeat(200_000)}x\r\n\r\nx\r\n`, 100],
  'a megabyte of blanks': [`${from}\r\n${' '.repeat(MEGABYTE)}x\r\n`, 100],
  'a megabyte of empty lines': [`${from}\r\n${'\r\n'.repeat(MEGABYTE / 2)}x\r\n`, 100],
  'a megabyte of bare LF': [`${from}\r\n${'\n'.repeat(MEGABYTE)}x\r\n`, 100],
  'a megabyte of CR': [`${from}\r\n${'\r'.repeat(MEGABYTE)}\r\n`, 100],
};

test.each(Object.entries(MESSAGES))('%s', (_, [message, most]) => {
  const raw = Buffer.from(message, 'latin1');
  const request = {
    raw,
    edits: [],
    dkim: { senders: { any: true } },
    seal: { results: 'mx.example; arc=pass', chain: 'pass', believed: 'mx.example' },
    now: 0,
  } as const;
  const result = signer.sign(request);
  expect(JSON.stringify(result.edits).length).toBeLessThan(20_000);
  expect(cpuTime(() => signer.sign(request), 2)).toBeLessThan(most);
});

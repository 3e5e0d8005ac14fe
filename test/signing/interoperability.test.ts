import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultSigningSettings } from '../../src/authentication/signing/settings.ts';
import { createSigner } from '../../src/authentication/signing/signer.ts';
import type { SealFacts } from '../../src/authentication/signing/types.ts';
import { applyHeaderEdits } from '../../src/message/edits.ts';
import { describePeers } from '../support/peers.ts';
import { makeKey, type Verifier, verifiers } from './verifiers.ts';

const keys = [makeKey('rsa', 'rsa2048'), makeKey('ed25519', 'ed')];
const seal: SealFacts = { results: 'mx.example.org;\n\tspf=pass smtp.mailfrom=a.example', chain: 'none' };
const FORMS = ['simple', 'relaxed'] as const;

function signed(
  text: string,
  header: 'simple' | 'relaxed' = 'relaxed',
  body: 'simple' | 'relaxed' = 'relaxed',
): Buffer {
  const settings = {
    ...defaultSigningSettings,
    headerCanonicalization: header,
    bodyCanonicalization: body,
  };
  const signer = createSigner({ settings, keys: { dkim: keys, arc: keys[0] } });
  const raw = Buffer.from(text, 'latin1');
  const result = signer.sign({
    raw,
    edits: [],
    dkim: { senders: { any: true } },
    seal,
    now: Date.now(),
  });
  return Buffer.concat(applyHeaderEdits(raw, result.edits));
}

/** The next hop: the chain passed, and is sealed again. */
function forwarded(raw: Buffer, facts: Partial<SealFacts> = {}): Buffer {
  const signer = createSigner({ settings: defaultSigningSettings, keys: { dkim: [], arc: keys[0] } });
  const { edits } = signer.sign({
    raw,
    edits: [],
    seal: { ...seal, chain: 'pass', ...facts },
    now: Date.now(),
  });
  return Buffer.concat(applyHeaderEdits(raw, edits));
}

const head = 'Date: Mon, 1 Jun 2026 00:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n';
const MAILS: Readonly<Record<string, string>> = {
  plain: `From: a@example.org\r\nTo: b@example.net\r\nSubject: x\r\n${head}\r\nHello\r\n`,
  'no body': `From: a@example.org\r\n${head}\r\n`,
  'empty lines at the end': `From: a@example.org\r\n${head}\r\nHello\r\n\r\n\r\n`,
  'only empty lines': `From: a@example.org\r\n${head}\r\n\r\n\r\n`,
  'no line ending at the end': `From: a@example.org\r\n${head}\r\nHello`,
  'blanks everywhere': `From:  "A"\t <a@example.org> \r\nSubject:\t a \t b \r\n\t c  \r\n${head}\r\n a  b\t \r\n \t\r\n\t\r\n`,
  'names in any case': `FROM: a@example.org\r\nsubject: x\r\nsUBJECT: y\r\n${head}\r\nx\r\n`,
  'empty fields': `From: a@example.org\r\nSubject:\r\nTo: \r\n${head}\r\nx\r\n`,
  'eight bits': `From: \xc3\xa4 <a@example.org>\r\nSubject: \xfc\xff\r\n${head}\r\n\xe4\xff\x80\r\n`,
  'several of a field': `References: <1@x>\r\nFrom: a@example.org\r\nReferences: <2@x>\r\n${head}\r\nx\r\n`,
  'signature-like fields': `From: a@example.org\r\nSubject: b=abc; bh=x; h=from\r\n${head}\r\nb=\r\n`,
  'very long lines': `From: a@example.org\r\nSubject: ${'x'.repeat(900)}\r\n${head}\r\n${'y'.repeat(5000)}\r\n`,
};

/** Of all shapes, the same in each run. */
function generated(count: number): string[] {
  const blank = fc.constantFrom('', ' ', '\t', ' \t', '  ');
  const word = fc.string({
    unit: fc.constantFrom(...Array.from('aZ0=;:.,"()<>@-_')),
    minLength: 1,
    maxLength: 10,
  });
  const fold = fc.constantFrom('', '', '\r\n ', '\r\n\t\t');
  const value = fc
    .array(fc.tuple(blank, word, fold), { minLength: 1, maxLength: 4 })
    .map((parts) =>
      parts.map(([space, text, ending]) => `${space}${text}${ending && `${ending}z`}`).join(''),
    );
  const name = fc.constantFrom('Subject', 'To', 'List-Id', 'References', 'In-Reply-To', 'X-Unsigned');
  const field = fc.tuple(name, blank, value).map(([key, space, text]) => `${key}:${space}${text}\r\n`);
  const line = fc
    .array(fc.tuple(word, blank), { maxLength: 4 })
    .map((words) => `${words.flat().join('')}\r\n`);
  const mail = fc
    .tuple(
      fc.array(field, { maxLength: 5 }),
      fc.array(fc.oneof(line, fc.constant('\r\n')), { maxLength: 6 }),
      word,
    )
    .map(
      ([fields, lines, end]) => `${fields.join('')}From: a@example.org\r\n${head}\r\n${lines.join('')}${end}`,
    );
  return fc.sample(mail, { numRuns: count, seed: 6376 });
}

interface SuiteOptions {
  arc: boolean;
  cases: number;
  /** The verifier's program changes messages before it verifies: makes one that survives that. */
  adapt?: (mail: string) => string;
  /** What it says of a chain whose newest seal says that it is broken. */
  broken?: string;
}

function suite(verify: Verifier, options: SuiteOptions): void {
  const { adapt = (mail: string) => mail } = options;
  for (const header of FORMS)
    for (const body of FORMS)
      it(`${header}/${body}: every message, by both algorithms`, async () => {
        const names = Object.keys(MAILS);
        const mails = [...Object.values(MAILS), ...generated(options.cases)].map(adapt);
        const found = await verify(
          mails.map((mail) => signed(mail, header, body)),
          keys,
        );
        for (const [index, { dkim, arc }] of found.entries()) {
          const what = names[index] ?? JSON.stringify(mails[index]);
          expect(dkim, what).toEqual(['pass', 'pass']);
          if (options.arc) expect(arc, what).toBe('pass');
        }
      });

  it('a changed body or signed field fails', async () => {
    const text = signed(MAILS['plain'] ?? '').toString('latin1');
    const changed = [
      text.replace('Hello', 'Hullo'),
      text.replace('Subject: x', 'Subject: y'),
      `From: c@d.example\r\n${text}`,
    ];
    const found = await verify(
      changed.map((one) => Buffer.from(one, 'latin1')),
      keys,
    );
    expect(found).toHaveLength(3);
    for (const { dkim } of found) expect(dkim).not.toContain('pass');
  });

  if (!options.arc) return;
  it('chains of several hops pass, a broken one fails and stays so', async () => {
    const once = signed(MAILS['plain'] ?? '');
    const twice = forwarded(once);
    const thrice = forwarded(twice);
    const broken = forwarded(Buffer.from(once.toString('latin1').replace('Hello', 'Hullo'), 'latin1'), {
      chain: 'fail',
    });
    const found = await verify([once, twice, thrice, broken], keys);
    expect(found.map(({ arc }) => arc)).toEqual(['pass', 'pass', 'pass', options.broken ?? 'fail']);
  });
}

/**
 * `opendkim -t` puts one space behind each colon, which matters to `simple`; and it says nothing of a `relaxed` body that
 * does not end in a line ending, which no mail has that came by SMTP.
 */
function forOpenDkim(mail: string): string {
  const end = mail.indexOf('\r\n\r\n');
  const header = mail.slice(0, end).replace(/^([!-9;-~]+:)[ \t]*/gm, '$1 ');
  return `${header}${mail.slice(end)}${mail.endsWith('\r\n') ? '' : '\r\n'}`;
}

describe('signed and sealed by us, verified by mailauth', () =>
  suite(verifiers.mailauth, { arc: true, cases: 40 }));
describe('signed and sealed by us, verified by us', () => suite(verifiers.tamis, { arc: true, cases: 40 }));
describePeers(['opendkim'], 'signed by us, verified by OpenDKIM', () =>
  suite(verifiers.opendkim, { arc: false, cases: 20, adapt: forOpenDkim }),
);
describePeers(['dkimverify'], 'signed and sealed by us, verified by dkimpy', () =>
  suite(verifiers.dkimpy, { arc: true, cases: 20, broken: 'terminated' }),
);

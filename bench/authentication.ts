/**
 * CPU time of verifying and of signing one message, the parse of the mail counted in and keys remembered, beside
 * OpenDKIM's library and mailauth, in one run: `node bench/authentication.ts [--json]`. The library is given fields that
 * are taken apart already, as a milter gets them; it knows no ARC.
 */
import { Readable } from 'node:stream';
import { authenticate, dkimSign } from 'mailauth';
import type { DKIMSignOptions } from 'mailauth';
import { arc as verifyArc } from 'mailauth/lib/arc/index.js';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { createAuthenticator } from '../src/authentication/authenticator.ts';
import { KeyCache } from '../src/authentication/dkim/keys.ts';
import { defaultAuthenticationSettings as settings } from '../src/authentication/settings.ts';
import type { SigningKey } from '../src/authentication/signing/keys.ts';
import { keyRecord, recordName, txtStrings } from '../src/authentication/signing/published-key.ts';
import { defaultSigningSettings } from '../src/authentication/signing/settings.ts';
import { createSigner } from '../src/authentication/signing/signer.ts';
import type { SealFacts } from '../src/authentication/signing/types.ts';
import { verifySignatures } from '../src/authentication/signatures.ts';
import { applyHeaderEdits } from '../src/message/edits.ts';
import { parseMessage } from '../src/message/parse.ts';
import type { Zone } from '../src/net/zone-resolver.ts';
import { createZoneResolver } from '../src/net/zone-resolver.ts';
import { makeKey } from '../test/signing/verifiers.ts';
import { OPENDKIM_LIBRARY, OpenDkimLibrary } from '../test/support/opendkim.ts';
import { findProgram } from '../test/support/peers.ts';
import type { AuthenticationFigure } from './support/authentication-table.ts';
import { authenticationTable } from './support/authentication-table.ts';

const ROUNDS = 5;
const DOMAIN = 'example.org';
const HEADER = [
  'Received: from a.example (a.example [192.0.2.1]) by b.example with ESMTPS id 1; Mon, 1 Jun 2026 00:00:00 +0000',
  `From: Ann <ann@${DOMAIN}>`,
  'To: Ben <ben@example.net>',
  'Subject: What it costs to verify a signature',
  'Date: Mon, 1 Jun 2026 00:00:00 +0000',
  `Message-ID: <1@${DOMAIN}>`,
  'MIME-Version: 1.0',
  'Content-Type: text/plain; charset=utf-8',
  '\r\n',
].join('\r\n');
/** Two blanks in a row, so that a relaxed body is not the one that came. */
const LINE = 'Some words of a length that words have, to the end of  the line of a mail.\r\n';
const SIZES = [
  { size: '2 KB', octets: 1_000, runs: 2_000 },
  { size: '1 MB', octets: 1 << 20, runs: 40 },
] as const;

type Form = 'relaxed' | 'simple';

const [rsa, second, ed] = [
  makeKey('rsa', 's1', DOMAIN),
  makeKey('rsa', 's2', DOMAIN),
  makeKey('ed25519', 'e1', DOMAIN),
] as const;
const keys = [rsa, second, ed];
const zone: Zone = {
  ...Object.fromEntries(keys.map((key) => [recordName(key), { TXT: [txtStrings(keyRecord(key))] }])),
  [DOMAIN]: { TXT: ['v=spf1 ip4:192.0.2.0/24 -all'] },
  [`_dmarc.${DOMAIN}`]: { TXT: ['v=DMARC1; p=reject'] },
  '1.2.0.192.in-addr.arpa': { PTR: ['a.example'] },
  'a.example': { A: ['192.0.2.1'] },
};
const resolver = createZoneResolver(zone);
const mailauthResolver = (name: string, type: string): Promise<unknown[]> =>
  resolver.resolve(name, type as 'TXT');
const keyCache = new KeyCache(10);
const library = OPENDKIM_LIBRARY.every((name) => findProgram(name) !== undefined)
  ? new OpenDkimLibrary(
      Object.fromEntries(keys.map((key) => [recordName(key), keyRecord(key)])),
      Object.fromEntries(keys.map(({ selector, pem }) => [selector, pem])),
    )
  : undefined;
const facts: SealFacts = { results: `mx.${DOMAIN}; spf=pass smtp.mailfrom=${DOMAIN}`, chain: 'none' };
const figures: AuthenticationFigure[] = [];

try {
  for (const { size, octets, runs } of SIZES) {
    const plain = Buffer.from(HEADER + LINE.repeat(Math.ceil(octets / LINE.length)), 'latin1');
    await verifying(`${size}, rsa, relaxed/relaxed`, signed(plain, [rsa]), runs);
    await verifying(`${size}, rsa, simple/simple`, signed(plain, [rsa], 'simple'), runs);
    await verifying(`${size}, two of rsa, relaxed/relaxed`, signed(plain, [rsa, second]), runs);
    await verifying(`${size}, ed25519, relaxed/relaxed`, signed(plain, [ed]), runs);
    const sealed = signed(plain, [rsa], 'relaxed', facts);
    await verifying(`${size}, rsa, one ARC set`, sealed, runs, 1);
    const again = signed(sealed, [], 'relaxed', { ...facts, chain: 'pass' });
    await verifying(`${size}, rsa, two ARC sets`, again, runs, 2);
    await everything(`${size}, rsa; SPF, DMARC, iprev`, signed(plain, [rsa]), runs);
    await signing(`${size}, rsa, relaxed/relaxed`, plain, runs, rsa, 'relaxed');
    await signing(`${size}, rsa, simple/simple`, plain, runs, rsa, 'simple');
    await signing(`${size}, ed25519, relaxed/relaxed`, plain, runs, ed, 'relaxed');
  }
} finally {
  library?.dispose();
}
if (!process.argv.includes('--json')) console.log(authenticationTable(figures));

function told(figure: AuthenticationFigure): void {
  figures.push(figure);
  if (process.argv.includes('--json')) console.log(JSON.stringify(figure));
}

function signed(raw: Buffer, with_: readonly SigningKey[], form: Form = 'relaxed', seal?: SealFacts): Buffer {
  const signer = createSigner({ settings: inForm(form), keys: { dkim: with_, arc: rsa } });
  const { edits } = signer.sign({
    raw,
    edits: [],
    ...(with_.length > 0 && { dkim: { senders: { any: true } } }),
    ...(seal !== undefined && { seal }),
    now: Date.now(),
  });
  return Buffer.concat(applyHeaderEdits(raw, edits));
}

function inForm(form: Form): typeof defaultSigningSettings {
  return { ...defaultSigningSettings, headerCanonicalization: form, bodyCanonicalization: form };
}

async function verifying(task: string, raw: Buffer, runs: number, sets = 0): Promise<void> {
  const figure: AuthenticationFigure = {
    bench: 'authentication',
    task: `verify ${task}`,
    tamis: await milliseconds(runs, async () => {
      const message = parseMessage(raw);
      const request = { message, resolver, keyCache, settings, now: Date.now(), author: DOMAIN };
      const { dkim, arc } = await verifySignatures(request);
      mustPass(dkim.map(({ result }) => result));
      if (sets > 0) mustPass([arc.result]);
    }),
    mailauth: await milliseconds(Math.ceil(runs / 5), async () => {
      const shared = { resolver: mailauthResolver, strict: true };
      const found = await dkimVerify(Readable.from([raw]), { ...shared, curTime: new Date() });
      mustPass(found.results.map(({ status }) => status.result));
      if (sets > 0) mustPass([(await verifyArc(found.arc ?? {}, shared)).status.result]);
    }),
  };
  if (library !== undefined && sets === 0) figure.opendkim = least(() => library.timeVerify(raw, runs));
  told(figure);
}

/** All that is known of a sender; the library has no such thing. */
async function everything(task: string, raw: Buffer, runs: number): Promise<void> {
  const authenticator = createAuthenticator({ resolver, budget: { queries: 100, time: 10_000 }, settings });
  const client = { address: '192.0.2.1', helo: 'a.example' };
  const sender = `ann@${DOMAIN}`;
  told({
    bench: 'authentication',
    task: `verify ${task}`,
    tamis: await milliseconds(runs, async () => {
      const found = await authenticator.verify(parseMessage(raw), { client, sender, recipients: [] });
      mustPass([found.spf.result, found.dmarc.result]);
    }),
    mailauth: await milliseconds(Math.ceil(runs / 5), async () => {
      const found = await authenticate(raw, {
        sender,
        ip: client.address,
        helo: client.helo,
        mta: 'b.example',
        resolver: mailauthResolver as NonNullable<Parameters<typeof authenticate>[1]>['resolver'],
        disableBimi: true,
      });
      mustPass([found.spf && found.spf.status.result, found.dmarc && found.dmarc.status.result]);
    }),
  });
}

async function signing(task: string, raw: Buffer, runs: number, key: SigningKey, form: Form): Promise<void> {
  const signer = createSigner({ settings: inForm(form), keys: { dkim: [key], arc: undefined } });
  const request = { raw, edits: [], dkim: { senders: { any: true } } } as const;
  const { selector, pem, type } = key;
  const algorithm = `${type}-sha256`;
  const names = ['From', 'To', 'Subject', 'Date', 'Message-ID', 'MIME-Version', 'Content-Type'];
  const figure: AuthenticationFigure = {
    bench: 'authentication',
    task: `sign ${task}`,
    tamis: await milliseconds(runs, () => {
      if (signer.sign({ ...request, now: Date.now() }).signatures.length !== 1) throw new Error('not signed');
    }),
    mailauth: await milliseconds(Math.ceil(runs / 5), async () => {
      const canonicalization = `${form}/${form}`;
      const { errors } = await dkimSign(raw, {
        canonicalization,
        signatureData: [{ signingDomain: DOMAIN, selector, privateKey: pem, algorithm, canonicalization }],
      } as DKIMSignOptions);
      if (errors.length > 0) throw new Error(`not signed: ${JSON.stringify(errors)}`);
    }),
  };
  const task_ = { message: raw, selector, domain: DOMAIN, algorithm, header: form, body: form, names };
  if (library !== undefined) figure.opendkim = least(() => library.timeSign(task_, runs));
  told(figure);
}

function mustPass(results: readonly (string | false | undefined)[]): void {
  if (results.length === 0 || results.some((result) => result !== 'pass'))
    throw new Error(`not verified: ${results.join(' ')}`);
}

function least(measure: () => number): number {
  return Number(Math.min(...Array.from({ length: ROUNDS }, measure)).toFixed(4));
}

/** CPU milliseconds of one run: the least of some rounds, the first of which is for the compiler. */
async function milliseconds(runs: number, task: () => unknown): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < runs; i++) await task();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000 / runs);
  }
  return Number(best.toFixed(4));
}

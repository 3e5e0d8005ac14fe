/**
 * CPU time of verifying one DKIM signature (RSA-2048, key remembered), the parse of the mail counted in, beside mailauth
 * and OpenDKIM: `node bench/dkim.ts`. OpenDKIM verifies files in its test mode, which reads and parses them as well.
 */
import { spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { KeyCache } from '../src/authentication/dkim/keys.ts';
import { keyRecord, signedBy } from '../src/authentication/dkim/testing.ts';
import { defaultAuthenticationSettings as settings } from '../src/authentication/settings.ts';
import { verifySignatures } from '../src/authentication/signatures.ts';
import { parseMessage } from '../src/message/parse.ts';
import { createZoneResolver } from '../src/net/zone-resolver.ts';
import { findProgram } from '../test/support/peers.ts';

const ROUNDS = 5;
const HEADER = [
  'Received: from a.example (a.example [192.0.2.1]) by b.example with ESMTPS id 1; Mon, 1 Jun 2026 00:00:00 +0000',
  'From: Ann <ann@example.com>',
  'To: Ben <ben@example.org>',
  'Subject: What it costs to verify a signature',
  'Date: Mon, 1 Jun 2026 00:00:00 +0000',
  'Message-ID: <1@example.com>',
  'MIME-Version: 1.0',
  'Content-Type: text/plain; charset=utf-8',
  '\r\n',
].join('\r\n');
const LINE = 'Some words of a length that words have, to the end of  the line of a mail.\r\n';
const names = 'from:to:subject:date:message-id:mime-version:content-type';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const record = keyRecord(publicKey);
const resolver = createZoneResolver({ 's._domainkey.example.com': { TXT: [record] } });
const keyCache = new KeyCache(10);
const opendkim = findProgram('opendkim');

for (const [size, bytes, runs] of [
  ['2 KB', 1_400, 2_000],
  ['1 MB', 1 << 20, 30],
] as const)
  for (const form of ['relaxed', 'simple']) {
    const body = LINE.repeat(Math.ceil(bytes / LINE.length));
    const raw = Buffer.from(
      signedBy(privateKey, HEADER + body, { c: `${form}/${form}`, h: names, q: 'dns/txt' }),
      'latin1',
    );
    const figure: Record<string, string | number> = {
      bench: 'dkim',
      task: `${size}, ${form}/${form}`,
      sha256: await milliseconds(runs, () => createHash('sha256').update(raw).digest()),
      tamis: await milliseconds(runs, () => byTamis(raw)),
      mailauth: await milliseconds(Math.ceil(runs / 5), () => byMailauth(raw)),
    };
    if (opendkim !== undefined) figure['opendkim'] = byOpenDkim(opendkim, raw, runs);
    console.log(JSON.stringify(figure));
  }

async function byTamis(raw: Buffer): Promise<void> {
  const message = parseMessage(raw);
  const { dkim } = await verifySignatures({
    message,
    resolver,
    keyCache,
    settings,
    now: Date.now(),
    author: '',
  });
  mustPass(dkim[0]?.result);
}

async function byMailauth(raw: Buffer): Promise<void> {
  const { results } = await dkimVerify(Readable.from([raw]), {
    resolver: (name) => resolver.resolve(name, 'TXT'),
    strict: true,
    curTime: new Date(),
  });
  mustPass(results[0]?.status.result);
}

/** What `count` more messages cost than one, so that starting the program does not count. */
function byOpenDkim(program: string, raw: Buffer, count: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'tamis-bench-'));
  try {
    writeFileSync(join(folder, 'm'), raw);
    writeFileSync(join(folder, 'keys'), `s._domainkey.example.com ${record}\n`);
    writeFileSync(join(folder, 'conf'), `Mode v\nTestPublicKeys ${folder}/keys\n`);
    const run = (files: number): number => {
      const list = Array.from({ length: files }, () => 'm').join(',');
      const script = `${program} -x conf -t ${list}; times`;
      const { stdout } = spawnSync('bash', ['-c', script], {
        cwd: folder,
        encoding: 'latin1',
        maxBuffer: 64 * 1024 * 1024,
      });
      const verified = stdout.match(/ succeeded$/gm)?.length ?? 0;
      if (verified !== files)
        throw new Error(`OpenDKIM verified ${verified} of ${files}: ${stdout.slice(0, 500)}`);
      // The last line is what the children took: user, system.
      const [user = 0, system = 0] = Array.from(
        stdout
          .trim()
          .split('\n')
          .at(-1)
          ?.matchAll(/(\d+)m([\d.]+)s/g) ?? [],
        ([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds),
      );
      return (user + system) * 1000;
    };
    const times = [1, 2, 3].map(() => (run(count + 1) - run(1)) / count);
    return Number(Math.min(...times).toFixed(4));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function mustPass(result: string | undefined): void {
  if (result !== 'pass') throw new Error(`not verified: ${result ?? 'no result'}`);
}

/** CPU milliseconds of one run: the least of some rounds, the first of which is for the compiler. */
async function milliseconds(runs: number, task: () => unknown): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < runs; i++) await task();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000 / runs);
  }
  return Number(least.toFixed(4));
}

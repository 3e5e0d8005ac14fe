import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { arc as verifyArc } from 'mailauth/lib/arc/index.js';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { createAuthenticator } from '../../src/authentication/authenticator.ts';
import { defaultAuthenticationSettings } from '../../src/authentication/settings.ts';
import type { KeyType } from '../../src/authentication/signing/key-file.ts';
import type { SigningKey } from '../../src/authentication/signing/keys.ts';
import { keyRecord, recordName, txtStrings } from '../../src/authentication/signing/published-key.ts';
import { parseMessage } from '../../src/message/parse.ts';
import { createZoneResolver } from '../../src/net/zone-resolver.ts';
import type { Zone } from '../../src/net/zone-resolver.ts';
import { program } from '../support/peers.ts';

export function makeKey(type: KeyType, selector: string, domain = 'example.org'): SigningKey {
  const { privateKey } =
    type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519');
  return {
    domain,
    selector,
    type,
    bits: type === 'rsa' ? 2048 : 256,
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    notBefore: 0,
    notAfter: Number.POSITIVE_INFINITY,
    subdomains: false,
  };
}

export function zoneOf(keys: readonly SigningKey[]): Zone {
  return Object.fromEntries(keys.map((key) => [recordName(key), { TXT: [txtStrings(keyRecord(key))] }]));
}

/** What a verifier says of each message: a word for each DKIM signature, from the top, and one for the ARC chain. */
export interface Verified {
  dkim: string[];
  arc: string;
}

export type Verifier = (messages: readonly Uint8Array[], keys: readonly SigningKey[]) => Promise<Verified[]>;

const mailauth: Verifier = async (messages, keys) => {
  const zone = createZoneResolver(zoneOf(keys));
  const resolver = (name: string): Promise<unknown[]> => zone.resolve(name, 'TXT');
  return Promise.all(
    messages.map(async (message) => {
      const { results, arc } = await dkimVerify(Readable.from([Buffer.from(message)]), {
        resolver,
        strict: true,
        curTime: new Date(),
      });
      const chain = await verifyArc(arc ?? {}, { resolver, strict: true });
      return { dkim: results.map(({ status }) => status.result), arc: chain.status.result };
    }),
  );
};

const tamis: Verifier = async (messages, keys) => {
  const authenticator = createAuthenticator({
    resolver: createZoneResolver(zoneOf(keys)),
    budget: { queries: 100, time: 10_000 },
    settings: defaultAuthenticationSettings,
  });
  return Promise.all(
    messages.map(async (message) => {
      const envelope = { client: {}, sender: '', recipients: [] };
      const { dkim, arc } = await authenticator.verify(parseMessage(message), envelope);
      return { dkim: dkim.map(({ result }) => result), arc: arc.result };
    }),
  );
};

/** OpenDKIM knows no ARC. */
const opendkim: Verifier = async (messages, keys) => {
  const folder = mkdtempSync(join(tmpdir(), 'tamis-opendkim-'));
  try {
    writeFileSync(join(folder, 'keys'), keys.map((key) => `${recordName(key)} ${keyRecord(key)}\n`).join(''));
    writeFileSync(
      join(folder, 'opendkim.conf'),
      `Mode v\nTestPublicKeys ${folder}/keys\nAlwaysAddARHeader yes\nAuthservID opendkim.test\n`,
    );
    const files = messages.map((message, index) => {
      const file = join(folder, `${index}.eml`);
      writeFileSync(file, message);
      return file;
    });
    return files.map((file) => {
      const { stdout } = spawnSync(
        program('opendkim'),
        ['-x', join(folder, 'opendkim.conf'), '-t', file, '-vv'],
        { encoding: 'latin1' },
      );
      return { dkim: Array.from(stdout.matchAll(/\bdkim=(\w+)/g), ([, word = '']) => word), arc: '' };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const dkimpy: Verifier = async (messages, keys) => {
  // The interpreter that has the module is the one its programs run with.
  const interpreter = /^#!(\S+)/.exec(readFileSync(program('dkimverify'), 'latin1'))?.[1] ?? 'python3';
  const records = Object.fromEntries(keys.map((key) => [recordName(key), keyRecord(key)]));
  const output = execFileSync(interpreter, [join(import.meta.dirname, 'dkimpy.py')], {
    input: JSON.stringify({
      records,
      messages: messages.map((message) => Buffer.from(message).toString('base64')),
    }),
    encoding: 'utf8',
  });
  const { dkim, arc } = JSON.parse(output) as { dkim: (boolean | string)[][]; arc: string[] };
  return dkim.map((results, index) => ({
    dkim: results.map((result) => (result === true ? 'pass' : String(result))),
    arc: arc[index] ?? '',
  }));
};

export const verifiers = { mailauth, tamis, opendkim, dkimpy } as const;

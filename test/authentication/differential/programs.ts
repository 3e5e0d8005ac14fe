import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dkimSign, sealMessage } from 'mailauth';
import type { DKIMSignOptions } from 'mailauth';
import { bodyHashes } from '../../../src/authentication/dkim/body-hash.ts';
import { signedBy } from '../../../src/authentication/dkim/testing.ts';
import { KeyCache } from '../../../src/authentication/dkim/keys.ts';
import { defaultAuthenticationSettings } from '../../../src/authentication/settings.ts';
import { verifySignatures } from '../../../src/authentication/signatures.ts';
import { keyRecord, recordName } from '../../../src/authentication/signing/published-key.ts';
import { defaultSigningSettings } from '../../../src/authentication/signing/settings.ts';
import { createSigner } from '../../../src/authentication/signing/signer.ts';
import { applyHeaderEdits } from '../../../src/message/edits.ts';
import { parseMessage } from '../../../src/message/parse.ts';
import { createZoneResolver } from '../../../src/net/zone-resolver.ts';
import { makeKey, verifiers, zoneOf } from '../../signing/verifiers.ts';
import { OpenDkimLibrary } from '../../support/opendkim.ts';
import { program } from '../../support/peers.ts';
import { DOMAIN } from './messages.ts';
import type { Way } from './messages.ts';

/** The programs that sign, seal and verify, each many messages (latin1 text) at once. */

const byName = { s: makeKey('rsa', 's', DOMAIN), e: makeKey('ed25519', 'e', DOMAIN) };
export const keys = Object.values(byName);
const resolver = createZoneResolver(zoneOf(keys));
const keyCache = new KeyCache(10);
/** What others take: a partial body is the reader's matter for them. */
const settings = { ...defaultAuthenticationSettings, partialBody: 'pass' } as const;

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const algorithmOf = ({ selector }: Way): string => `${byName[selector].type}-sha256`;

export interface Task {
  message: string;
  way: Way;
}

/** l= of a task: octets of the canonical body. */
function lengthOf({ message, way }: Task): number | undefined {
  if (way.share === undefined) return undefined;
  const { raw, root } = parseMessage(bytes(message));
  const [hash] = bodyHashes(raw.subarray(root.bodyStart), [{ canonicalization: way.body }]);
  return Math.floor((hash?.total ?? 0) * way.share);
}

/** The signed message of each task; undefined where a program does not sign it. */
export type Signing = (tasks: readonly Task[]) => Promise<(string | undefined)[]>;

/** Signed with the words of the task, not as the product would. */
const byTamis: Signing = async (tasks) =>
  tasks.map((task) => {
    const { way, message } = task;
    const length = lengthOf(task);
    return signedBy(createPrivateKey(byName[way.selector].pem), message, {
      c: `${way.header}/${way.body}`,
      d: DOMAIN,
      s: way.selector,
      h: way.names.join(':'),
      ...(length !== undefined && { l: String(length) }),
    });
  });

/** One process for all tests; `closeLibrary` removes it. */
let library: OpenDkimLibrary | undefined;
function openDkim(): OpenDkimLibrary {
  library ??= new OpenDkimLibrary(
    Object.fromEntries(keys.map((key) => [recordName(key), keyRecord(key)])),
    Object.fromEntries(keys.map(({ selector, pem }) => [selector, pem])),
  );
  return library;
}

export function closeLibrary(): void {
  library?.dispose();
  library = undefined;
}

const byOpenDkim: Signing = async (tasks) => {
  const fields = openDkim().sign(
    tasks.map((task) => {
      const { header, body, selector, names } = task.way;
      const length = lengthOf(task);
      return {
        message: bytes(task.message),
        selector,
        domain: DOMAIN,
        algorithm: algorithmOf(task.way),
        header,
        body,
        names,
        ...(length !== undefined && { length }),
      };
    }),
  );
  return fields.map((field, i) =>
    typeof field === 'string' ? undefined : field.toString('latin1') + (tasks[i]?.message ?? ''),
  );
};

function dkimpy(tasks: readonly object[]): (string | undefined)[] {
  // The interpreter that has the module is the one its programs run with.
  const interpreter = /^#!(\S+)/.exec(readFileSync(program('dkimverify'), 'latin1'))?.[1] ?? 'python3';
  const output = execFileSync(interpreter, [join(import.meta.dirname, 'dkimpy.py')], {
    input: JSON.stringify(tasks),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  return (JSON.parse(output) as (string | object)[]).map((field) =>
    typeof field === 'string' ? Buffer.from(field, 'base64').toString('latin1') : undefined,
  );
}

/** As PEM, or the seed of Ed25519 in base64. */
function dkimpyKey(selector: Way['selector']): string {
  const { pem, type } = byName[selector];
  if (type === 'rsa') return createPrivateKey(pem).export({ type: 'pkcs1', format: 'pem' }).toString();
  return createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' }).subarray(-32).toString('base64');
}

/** Its l= is always of the whole body; of an absent name it makes nothing. */
const byDkimpy: Signing = async (tasks) => {
  const fields = dkimpy(
    tasks.map(({ message, way: { selector, header, body, names, share }, way }) => ({
      kind: 'sign',
      message: bytes(message).toString('base64'),
      selector,
      domain: DOMAIN,
      key: dkimpyKey(selector),
      algorithm: algorithmOf(way),
      header,
      body,
      names,
      length: share !== undefined,
    })),
  );
  return fields.map((field, i) => (field === undefined ? undefined : field + (tasks[i]?.message ?? '')));
};

const byMailauth: Signing = (tasks) =>
  Promise.all(
    tasks.map(async (task) => {
      const { message, way } = task;
      const length = lengthOf(task);
      const canonicalization = `${way.header}/${way.body}`;
      const { signatures, errors } = await dkimSign(bytes(message), {
        canonicalization,
        signatureData: [
          {
            signingDomain: DOMAIN,
            selector: way.selector,
            privateKey: byName[way.selector].pem,
            algorithm: algorithmOf(way),
            canonicalization,
            ...(length !== undefined && { maxBodyLength: length }),
          },
        ],
      } as DKIMSignOptions);
      return errors.length > 0 ? undefined : signatures + message;
    }),
  );

export const signers = { tamis: byTamis, libopendkim: byOpenDkim, dkimpy: byDkimpy, mailauth: byMailauth };

/** A word for each signature of each message, and one for the chain where ARC is known. */
export interface Verified {
  dkim: string[];
  arc?: string;
}
export type Verifying = (messages: readonly string[]) => Promise<Verified[]>;

const tamis: Verifying = (messages) =>
  Promise.all(
    messages.map(async (text) => {
      const message = parseMessage(bytes(text));
      const request = { message, resolver, keyCache, settings, now: Date.now(), author: DOMAIN };
      const { dkim, arc } = await verifySignatures(request);
      const word = ({ result, reason }: { result: string; reason?: string }): string =>
        reason === undefined ? result : `${result}: ${reason}`;
      return { dkim: dkim.map(word), arc: word(arc) };
    }),
  );

/** What they say in place of a word for each signature. */
const NO_SIGNATURE: readonly string[] = ['none', 'No signature'];
const ofSignatures = <T extends Verified>(verified: T): T => ({
  ...verified,
  dkim: verified.dkim.filter((word) => !NO_SIGNATURE.includes(word)),
});

const others =
  (name: 'mailauth' | 'dkimpy'): Verifying =>
  async (messages) =>
    (await verifiers[name](messages.map(bytes), keys)).map(ofSignatures);

const libopendkim: Verifying = async (messages) =>
  openDkim()
    .verify(messages.map(bytes))
    .map((dkim) => ofSignatures({ dkim }));

export const verifying = { tamis, libopendkim, dkimpy: others('dkimpy'), mailauth: others('mailauth') };

const sealer = createSigner({ settings: defaultSigningSettings, keys: { dkim: [], arc: byName.s } });

/** The messages sealed, in a chain that has had this status; undefined where a program does not seal one. */
export const sealers = {
  tamis: async (messages: readonly string[], cv: 'none' | 'pass'): Promise<(string | undefined)[]> =>
    messages.map((message) => {
      const raw = bytes(message);
      const seal = { results: 'mx.example.net; spf=none', chain: cv };
      const { edits, sealed } = sealer.sign({ raw, edits: [], seal, now: Date.now() });
      return sealed && Buffer.concat(applyHeaderEdits(raw, edits)).toString('latin1');
    }),
  mailauth: (messages: readonly string[], cv: 'none' | 'pass'): Promise<(string | undefined)[]> =>
    Promise.all(
      messages.map(async (message) => {
        const fields = await sealMessage(bytes(message), {
          signingDomain: DOMAIN,
          selector: 's',
          privateKey: byName.s.pem,
          authResults: 'mx.example.net; spf=none',
          cv,
        });
        return fields.toString('latin1') + message;
      }),
    ),
  dkimpy: async (messages: readonly string[], cv: 'none' | 'pass'): Promise<(string | undefined)[]> => {
    // It takes the results, and the status of the chain, from a field of its own.
    const given = messages.map(
      (message) => `Authentication-Results: mx.example.net; arc=${cv}\r\n${message}`,
    );
    const fields = dkimpy(
      given.map((message) => ({
        kind: 'seal',
        message: bytes(message).toString('base64'),
        selector: 's',
        domain: DOMAIN,
        key: dkimpyKey('s'),
        id: 'mx.example.net',
      })),
    );
    return fields.map((field, i) => (field === undefined ? undefined : field + (given[i] ?? '')));
  },
};

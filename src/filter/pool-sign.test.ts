import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { defaultAuthenticationSettings } from '../authentication/settings.ts';
import { defaultSigningSettings } from '../authentication/signing/settings.ts';
import { silentLog } from '../log.ts';
import { defaultMessageLimits } from '../message/limits.ts';
import { defaultDnsSettings } from '../net/settings.ts';
import { createPool, type PoolOptions } from './pool.ts';
import { defaultFilterSettings } from './settings.ts';

const { privateKey } = generateKeyPairSync('ed25519');
const key = {
  domain: 'example.org',
  selector: 's',
  type: 'ed25519',
  bits: 256,
  pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  notBefore: 0,
  notAfter: Number.POSITIVE_INFINITY,
  subdomains: false,
} as const;
const task = {
  id: 'm1',
  raw: Buffer.from('From: a@example.org\r\n\r\nx\r\n'),
  edits: [],
  dkim: { senders: { any: true } },
} as const;

const pool = (more: Partial<PoolOptions>) =>
  createPool({
    filter: { ...defaultFilterSettings, pool: { ...defaultFilterSettings.pool, workers: 1 } },
    authentication: defaultAuthenticationSettings,
    dns: { ...defaultDnsSettings, zone: {} },
    message: defaultMessageLimits,
    log: silentLog,
    ...more,
  });

test('a worker signs with the keys it was started with', async () => {
  const signing = { settings: defaultSigningSettings, keys: { dkim: [key], arc: undefined } };
  const workers = pool({ signing });
  const results = await Promise.all([workers.sign(task), workers.sign({ ...task, id: 'm2' })]);
  for (const { edits, signatures } of results) {
    expect(signatures).toEqual([{ domain: 'example.org', selector: 's', algorithm: 'ed25519-sha256' }]);
    expect(edits[0]).toMatchObject({ kind: 'insert', position: 0, name: 'DKIM-Signature' });
  }
  await workers.close();
  await expect(workers.sign(task)).rejects.toMatchObject({ reason: 'closing' });
});

test('a worker without keys signs nothing; a fault of ours is a failed signature, not a dead worker', async () => {
  const none = pool({});
  expect(await none.sign(task)).toEqual({ edits: [], signatures: [] });
  await none.close();
  // An edit that would break the header is a fault of ours.
  const signing = { settings: defaultSigningSettings, keys: { dkim: [key], arc: undefined } };
  const workers = pool({ signing });
  const edits = [{ kind: 'add', name: 'X', value: 'a\r\nb' }] as const;
  await expect(workers.sign({ ...task, edits })).rejects.toMatchObject({ reason: 'crash' });
  expect((await workers.sign(task)).signatures).toHaveLength(1);
  await workers.close();
});

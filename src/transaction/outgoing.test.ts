import { beforeEach, describe, expect, it, test } from 'vitest';
import {
  defaultSealingSettings,
  defaultSigningSettings,
  type SealingSettings,
  type SigningSettings,
} from '../authentication/signing/settings.ts';
import type { SigningResult } from '../authentication/signing/types.ts';
import { type Action, ScanError, type Verdict } from '../filter/types.ts';
import type { SigningTask } from '../filter/worker-task.ts';
import { silentLog } from '../log.ts';
import type { Client } from '../message/envelope.ts';
import type { HeaderEdit } from '../message/types.ts';
import { createPolicy } from '../policy/policy.ts';
import { defaultPolicySettings } from '../policy/settings.ts';
import { Outgoing } from './outgoing.ts';
import { defaultTransactionSettings } from './settings.ts';
import { createTransactions } from './transactions.ts';
import type { Judgement } from './types.ts';

const EDIT: HeaderEdit = { kind: 'insert', position: 0, name: 'DKIM-Signature', value: 'v=1' };
const raw = Buffer.from('From: anna@example.org\r\n\r\nx');
const key = { domain: 'example.org', selector: 's', file: '/s.pem' };
const keys = [{ ...key, notBefore: '', notAfter: '', subdomains: false }];
const received = { results: 'mx.example; spf=none', chain: 'none' } as const;

const tasks: SigningTask[] = [];
beforeEach(() => void tasks.splice(0));

function outgoing(signing: Partial<SigningSettings> = {}, sealing: Partial<SealingSettings> = {}): Outgoing {
  return new Outgoing({
    signing: { ...defaultSigningSettings, keys, ...signing },
    sealing: { ...defaultSealingSettings, ...sealing },
    accounts: {
      owner: async (user) => ({ anna: 'anna@example.org', 'news@example.org': 'anna@example.org' })[user],
      aliases: async (account) =>
        account === 'anna@example.org' ? ['news@example.org', 'A@two.example'] : [],
    },
    policy: { catchAll: [{ domain: 'all.example', account: 'Anna@example.org' }], subaddressSeparator: '+' },
    pool: {
      async sign(task): Promise<SigningResult> {
        tasks.push(task);
        return { edits: [EDIT], signatures: [] };
      },
    },
    authservId: 'mx.example',
  });
}

const sign = (who: Outgoing, client: Client, protocol: 'smtp' | 'milter' | 'lmtp' = 'smtp') =>
  who.sign({ id: 'm', raw, edits: [], protocol, client, received }, silentLog);

const own = {
  any: false,
  addresses: ['anna@example.org', 'news@example.org', 'a@two.example'],
  domains: ['all.example'],
  separator: '+',
};

describe('whose mail is signed', () => {
  test.each([
    ['an account', { user: 'anna' }, {}, own],
    ['an alias as login', { user: 'news@example.org' }, {}, own],
    [
      'a login of the MTA',
      { user: 'Carl@example.org' },
      {},
      { ...own, addresses: ['carl@example.org'], domains: [] },
    ],
    ['a login that is no address', { user: 'root' }, {}, { ...own, addresses: [], domains: [] }],
    [
      'an account, for its domains',
      { user: 'anna' },
      { senders: 'domain' },
      { ...own, domains: ['all.example', 'example.org', 'example.org', 'two.example'] },
    ],
    ['any login', { user: 'root' }, { senders: 'any' }, { any: true }],
    ['a network', { address: '192.0.2.9' }, { networks: ['192.0.2.0/24'] }, { any: true }],
    [
      'a login from a network',
      { address: '192.0.2.9', user: 'anna' },
      { networks: ['192.0.2.0/24'] },
      { any: true },
    ],
  ] as const)('%s', async (_, client, settings, senders) => {
    expect(await sign(outgoing(settings as Partial<SigningSettings>), client)).toEqual([EDIT]);
    expect(tasks).toEqual([{ id: 'm', raw, edits: [], dkim: { senders } }]);
  });

  test.each([
    ['a stranger', { address: '192.0.2.9' }, {}],
    ['an empty login', { user: '' }, {}],
    ['a login where only networks are signed', { user: 'anna' }, { authenticated: false }],
    ['anybody without keys', { user: 'anna' }, { keys: [] }],
  ])('not %s', async (_, client, settings) => {
    expect(await sign(outgoing(settings), client)).toBeUndefined();
    expect(tasks).toEqual([]);
  });

  it('not what comes in by LMTP: the client is the MTA, whoever wrote the mail', async () => {
    const local = outgoing({ networks: ['127.0.0.1'] }, { seal: key, networks: ['127.0.0.1'] });
    expect(await sign(local, { address: '127.0.0.1' }, 'lmtp')).toBeUndefined();
    expect(tasks).toEqual([]);
  });

  it('what scripts send, as their owner; reports and bounces, as ourselves', async () => {
    const who = outgoing();
    await who.signOwn({ id: 'v', raw }, 'anna@example.org', silentLog);
    await who.signOwn({ id: 'b', raw }, undefined, silentLog);
    expect(tasks.map(({ dkim }) => dkim?.senders)).toEqual([own, { any: true }]);
    expect(await outgoing({ keys: [] }).signOwn({ id: 'b', raw }, undefined, silentLog)).toEqual([]);
  });
});

describe('what is sealed', () => {
  it('mail of our list hosts, with what was known when it came in', async () => {
    const who = outgoing({}, { seal: key, networks: ['192.0.2.1'] });
    expect(await sign(who, { address: '192.0.2.1' })).toEqual([EDIT]);
    expect(tasks).toEqual([{ id: 'm', raw, edits: [], seal: { ...received, believed: 'mx.example' } }]);
    expect(await sign(who, { address: '192.0.2.2' })).toBeUndefined();
  });

  it('redirects, unless they are not to be', async () => {
    expect(await outgoing({}, { seal: key }).seal({ id: 'r', raw }, received, silentLog)).toEqual([EDIT]);
    expect(tasks).toEqual([{ id: 'r', raw, edits: [], seal: received }]);
    expect(await outgoing().seal({ id: 'r', raw }, received, silentLog)).toEqual([]);
    expect(
      await outgoing({}, { seal: key, redirects: false }).seal({ id: 'r', raw }, received, silentLog),
    ).toEqual([]);
  });
});

it('a network that is none is a fault at once; a busy pool is the caller\u2019s matter', async () => {
  expect(() => outgoing({ networks: ['x'] })).toThrow(TypeError);
  const busy = new Outgoing({
    signing: { ...defaultSigningSettings, keys },
    sealing: defaultSealingSettings,
    accounts: { owner: async () => undefined, aliases: async () => [] },
    policy: { catchAll: [], subaddressSeparator: '+' },
    pool: { sign: () => Promise.reject(new ScanError('busy', 'full')) },
    authservId: 'mx.example',
  });
  await expect(sign(busy, { user: 'anna' })).rejects.toThrow('full');
});

describe('in a transaction', () => {
  const edit: HeaderEdit = { kind: 'add', name: 'X-Spam-Score', value: '1' };
  const verdict = (action: Action): Verdict => ({
    action,
    score: 1,
    required: 6,
    spam: false,
    hits: [],
    edits: [edit],
    authenticationResults: '',
    cpu: 1,
    elapsed: 1,
  });

  async function judged(action: Action, who: Outgoing, client: Client): Promise<Judgement> {
    const transactions = createTransactions({
      policy: createPolicy({ settings: defaultPolicySettings, accounts: { resolve: async () => undefined } }),
      scanner: { scan: async () => verdict(action), close: async () => undefined },
      settings: defaultTransactionSettings,
      log: silentLog,
      now: () => 0,
      outgoing: who,
    });
    const transaction = await transactions.connect('smtp', client).mail({ sender: 'anna@example.org' });
    if ('code' in transaction) throw new Error('refused');
    return transaction.judge(raw);
  }

  it('the signature is over the other edits and stands above them', async () => {
    expect(await judged('no action', outgoing(), { user: 'anna' })).toMatchObject({
      decision: 'accept',
      edits: [EDIT, edit],
    });
    expect(tasks[0]?.edits).toEqual([edit]);
  });

  it('held mail is signed too, and refused mail is not', async () => {
    expect((await judged('quarantine', outgoing(), { user: 'anna' })).edits).toEqual([EDIT, edit]);
    tasks.splice(0);
    for (const action of ['reject', 'greylist', 'discard'] as const)
      await judged(action, outgoing(), { user: 'anna' });
    expect(tasks).toEqual([]);
  });

  test.each([
    ['unsigned', 'accept', [edit]],
    ['tempfail', 'refuse', [edit]],
  ] as const)('a failure: %s', async (onFailure, decision, edits) => {
    const broken = new Outgoing({
      signing: { ...defaultSigningSettings, keys, onFailure },
      sealing: defaultSealingSettings,
      accounts: { owner: () => Promise.reject(new Error('no state')), aliases: async () => [] },
      policy: { catchAll: [], subaddressSeparator: '+' },
      pool: { sign: async () => ({ edits: [], signatures: [] }) },
      authservId: 'mx.example',
    });
    const judgement = await judged('no action', broken, { user: 'anna' });
    expect(judgement).toMatchObject({ decision, edits });
    expect(judgement.reply?.code).toBe(onFailure === 'tempfail' ? 451 : undefined);
  });
});

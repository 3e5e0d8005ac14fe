import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { beforeEach, expect, test, vi } from 'vitest';
import { ScramClient } from '../../../test/support/scram-client.ts';
import { silentLog, type Log } from '../../log.ts';
import { TooManyFailures } from '../login-guard.ts';
import { BusyError } from '../password.ts';
import { keysOf, makeScramKeys } from '../scram-keys.ts';
import { defaultPolicySettings, MECHANISMS, type LoginSettings } from '../settings.ts';
import { createSasl, type Login, type SaslOptions, type Step } from './sasl.ts';
import type { Channel } from './types.ts';

const ANNA = 'anna@example.org';
const PASSWORD = 'pencil';
const EXPORTER = Buffer.from('exported keying material of 32 o');

const keys = await makeScramKeys(PASSWORD, 4096, randomBytes);
const aliases = new Map([
  [ANNA, ANNA],
  ['info@example.org', ANNA],
  ['ben@example.org', 'ben@example.org'],
]);
const accounts: SaslOptions['accounts'] = {
  verify: async (user, password) => (password === PASSWORD ? aliases.get(user) : undefined),
  owner: async (user) => aliases.get(user),
  scram: async (user, hash) => {
    if (keys === undefined) throw new Error('no keys');
    const account = aliases.get(user);
    return { account, salt: Buffer.from(keys.salt, 'base64'), iterations: 4096, keys: keysOf(keys, hash) };
  },
};

let attempts: string[] = [];
beforeEach(() => {
  attempts = [];
});

function open(logins: Partial<LoginSettings> = {}, more: Partial<SaslOptions> = {}) {
  return createSasl({
    accounts,
    guard: {
      attempt: (address, user, check) => {
        attempts.push(`${address} ${user}`);
        return check();
      },
    },
    settings: { ...defaultPolicySettings.logins, ...logins },
    random: randomBytes,
    log: silentLog,
    ...more,
  });
}

const tls: Channel = {
  address: '192.0.2.1',
  tls: { binding: (type) => (type === 'tls-exporter' ? EXPORTER : undefined) },
};

const certified = (subject: string, ...addresses: string[]): Channel => ({
  ...tls,
  tls: { binding: () => undefined, certificate: { subject, addresses } },
});

function login(sasl: ReturnType<typeof open>, name: string, channel = tls): Login {
  const found = sasl.login(name, channel);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

const begin = (name: string, initial: string, options = open(), channel = tls): Promise<Step> =>
  login(options, name, channel).begin(Buffer.from(initial));

const failing = async (error: Error): Promise<never> => {
  throw error;
};

const anna = { type: 'success', account: ANNA, user: ANNA };
const fails = (reason: string) => expect.objectContaining({ type: 'failure', reason });

test('what is offered depends on the connection', () => {
  const sasl = open();
  expect(sasl.mechanisms(tls)).toEqual([
    'SCRAM-SHA-256-PLUS',
    'SCRAM-SHA-1-PLUS',
    'SCRAM-SHA-256',
    'SCRAM-SHA-1',
    'PLAIN',
    'LOGIN',
  ]);
  const unbound: Channel = { ...tls, tls: { binding: () => undefined } };
  expect(sasl.mechanisms(unbound)).toEqual(['SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN', 'LOGIN']);
  expect(sasl.mechanisms({ address: '192.0.2.1' })).toEqual([]);
  expect(sasl.mechanisms({ address: '127.0.0.1' })).toEqual([]);
  expect(sasl.login('PLAIN', { address: '127.0.0.1' })).toBeUndefined();
  const loopback = open({ clearOnLoopback: true });
  for (const address of ['127.0.0.1', '::1', ''])
    expect(loopback.mechanisms({ address })).toEqual(['SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN', 'LOGIN']);
  expect(loopback.mechanisms({ address: '192.0.2.1' })).toEqual([]);
  expect(open({ mechanisms: ['PLAIN'] }).mechanisms(tls)).toEqual(['PLAIN']);
  expect(open().login('scram-sha-1', tls)).toBeDefined();
  expect(open().login('CRAM-MD5', tls)).toBeUndefined();
  const all = open({}, { tokens: { verify: async () => undefined } });
  const channel: Channel = {
    ...tls,
    tls: { binding: () => EXPORTER, certificate: { subject: '', addresses: [] } },
  };
  expect(all.mechanisms(channel)).toEqual([...MECHANISMS]);
});

test('PLAIN', async () => {
  expect(await begin('PLAIN', `\0${ANNA}\0${PASSWORD}`)).toEqual(anna);
  expect(await begin('PLAIN', `\0info@example.org\0${PASSWORD}`)).toEqual(anna);
  expect(await begin('PLAIN', `${ANNA}\0${ANNA}\0${PASSWORD}`)).toEqual(anna);
  expect(await begin('PLAIN', `info@example.org\0${ANNA}\0${PASSWORD}`)).toEqual(anna);
  expect(await begin('PLAIN', `\0${ANNA}\0wrong`)).toEqual(fails('credentials'));
  for (const bad of ['', '\0', 'x', `\0${ANNA}\0`, `\0\0${PASSWORD}`, `\0a\0b\0c`])
    expect(await begin('PLAIN', bad)).toEqual(fails('malformed'));
  expect(await login(open(), 'PLAIN').begin(Buffer.from([0, 0x61, 0, 0xff]))).toEqual(fails('malformed'));
  expect(await begin('PLAIN', `\0${ANNA}\0${'x'.repeat(5000)}`)).toEqual(fails('malformed'));
  expect(attempts).toContain(`192.0.2.1 ${ANNA}`);
});

test('without an initial response the client is asked for it', async () => {
  const plain = login(open(), 'PLAIN');
  expect(await plain.begin(undefined)).toEqual({ type: 'challenge', data: new Uint8Array() });
  expect(await plain.respond(Buffer.from(`\0${ANNA}\0${PASSWORD}`))).toEqual(anna);
});

test('only those who may act for others do', async () => {
  expect(await begin('PLAIN', `ben@example.org\0${ANNA}\0${PASSWORD}`)).toEqual(fails('unauthorized'));
  const sasl = open({ proxyUsers: ['Anna@EXAMPLE.org'] });
  expect(await begin('PLAIN', `ben@example.org\0${ANNA}\0${PASSWORD}`, sasl)).toEqual({
    type: 'success',
    account: 'ben@example.org',
    user: ANNA,
  });
  expect(await begin('PLAIN', `eve@example.org\0${ANNA}\0${PASSWORD}`, sasl)).toEqual(fails('unauthorized'));
});

test('LOGIN', async () => {
  const exchange = login(open(), 'LOGIN');
  expect(await exchange.begin(undefined)).toEqual({ type: 'challenge', data: Buffer.from('Username:') });
  expect(await exchange.respond(Buffer.from(ANNA))).toEqual({
    type: 'challenge',
    data: Buffer.from('Password:'),
  });
  expect(await exchange.respond(Buffer.from(PASSWORD))).toEqual(anna);
  const short = login(open(), 'LOGIN');
  expect(await short.begin(Buffer.from(ANNA))).toMatchObject({ type: 'challenge' });
  expect(await short.respond(Buffer.from('wrong'))).toEqual(fails('credentials'));
  expect(await begin('LOGIN', '')).toEqual(fails('malformed'));
});

/** A whole exchange; the last step and the client, which knows what the server must prove. */
async function scram(name: string, client: ScramClient, sasl = open()): Promise<Step> {
  const exchange = login(sasl, name);
  const first = await exchange.begin(client.first());
  return first.type === 'challenge' ? exchange.respond(await client.final(first.data)) : first;
}

test.each([
  ['SCRAM-SHA-1', 'sha1'],
  ['SCRAM-SHA-256', 'sha256'],
] as const)('%s', async (name, hash) => {
  const client = new ScramClient(hash, ANNA, PASSWORD);
  const end = await scram(name, client);
  expect(end).toMatchObject(anna);
  expect(Buffer.from((end.type === 'success' && end.data) || []).toString()).toBe(client.verifier);
  expect(await scram(name, new ScramClient(hash, ANNA, 'wrong'))).toEqual(fails('credentials'));
  expect(await scram(name, new ScramClient(hash, 'nobody@example.org', PASSWORD))).toEqual(
    fails('credentials'),
  );
  expect(await scram(name, new ScramClient(hash, ANNA, PASSWORD, 'n', 'n,a=ben@example.org,'))).toEqual(
    fails('unauthorized'),
  );
  expect(
    await scram(name, new ScramClient(hash, ANNA, PASSWORD, 'n', 'n,a=info@example.org,')),
  ).toMatchObject(anna);
});

test.each([
  ['SCRAM-SHA-1-PLUS', 'sha1'],
  ['SCRAM-SHA-256-PLUS', 'sha256'],
] as const)('%s binds the login to the connection', async (name, hash) => {
  const bound = (header: string, data: Uint8Array = EXPORTER) =>
    scram(name, new ScramClient(hash, ANNA, PASSWORD, 'n', header, data));
  expect(await bound('p=tls-exporter,,')).toMatchObject(anna);
  // Somebody in between has another connection on each side.
  expect(await bound('p=tls-exporter,,', randomBytes(32))).toEqual(fails('binding'));
  expect(await bound('p=tls-unique,,')).toEqual(fails('binding'));
  expect(await bound('p=tls-server-end-point,,')).toEqual(fails('binding'));
  expect(await bound('n,,', new Uint8Array())).toEqual(fails('binding'));
});

test('a client from whom the mechanisms with binding were hidden is told so', async () => {
  const downgraded = () => new ScramClient('sha256', ANNA, PASSWORD, 'n', 'y,,');
  expect(await scram('SCRAM-SHA-256', downgraded())).toEqual(fails('binding'));
  expect(await scram('SCRAM-SHA-256', downgraded(), open({ mechanisms: ['SCRAM-SHA-256'] }))).toMatchObject(
    anna,
  );
  const bound = new ScramClient('sha256', ANNA, PASSWORD, 'n', 'p=tls-exporter,,', EXPORTER);
  expect(await scram('SCRAM-SHA-256', bound)).toEqual(fails('binding'));
});

test.each([
  '',
  'n,,',
  'n,,n=user',
  'n,,r=x,n=user',
  'x,,n=user,r=x',
  'p=,,n=user,r=x',
  'n,,n=,r=x',
  'n,,n=us=er,r=x',
  'n,,n=us=2cer,r=x',
  'n,,n=user,r=',
  'n,,n=user,r=a b',
  'n,,m=ext,n=user,r=x',
  'n,,n=user,r=x,m=ext',
  'n,,n=user,r=x,junk',
  'n,a=x=,n=user,r=x',
  'n,,n=us\0er,r=x',
])('SCRAM: the first message %j is malformed', async (message) => {
  expect(await begin('SCRAM-SHA-256', message)).toEqual(fails('malformed'));
});

test('SCRAM: names with a comma or an equals sign are escaped', async () => {
  const exchange = login(open(), 'SCRAM-SHA-1');
  expect(await exchange.begin(Buffer.from('n,,n=a=2Cb=3D,r=x'))).toMatchObject({ type: 'challenge' });
  expect(await exchange.respond(Buffer.from('c=biws,r=x,p='))).toEqual(fails('malformed'));
});

test('SCRAM: the final message must belong to the first', async () => {
  const attack = async (change: (final: string) => string): Promise<Step> => {
    const client = new ScramClient('sha256', ANNA, PASSWORD);
    const exchange = login(open(), 'SCRAM-SHA-256');
    const first = await exchange.begin(client.first());
    if (first.type !== 'challenge') throw new Error('no challenge');
    return exchange.respond(Buffer.from(change((await client.final(first.data)).toString())));
  };
  expect(await attack((final) => final)).toMatchObject(anna);
  expect(await attack((final) => final.replace(/r=[^,]+/, 'r=clientnonce'))).toEqual(fails('malformed'));
  expect(await attack((final) => final.replace('c=biws', 'c=eSws'))).toEqual(fails('binding'));
  expect(await attack((final) => final.replace(/p=.*/, 'p=AAAA'))).toEqual(fails('credentials'));
  expect(await attack((final) => final.replace(/p=.*/, 'p=%%%%'))).toEqual(fails('malformed'));
  expect(await attack(() => '')).toEqual(fails('malformed'));
});

test('EXTERNAL takes the account from the certificate', async () => {
  const sasl = open({ certificates: { authorities: '', subjects: [{ subject: 'CN=anna', account: ANNA }] } });
  expect(await begin('EXTERNAL', '', sasl, certified('CN=anna'))).toEqual(anna);
  expect(await begin('EXTERNAL', ANNA, sasl, certified('CN=anna'))).toEqual(anna);
  expect(await begin('EXTERNAL', '', sasl, certified('CN=x', 'info@example.org'))).toEqual(anna);
  expect(
    await begin('EXTERNAL', 'ben@example.org', sasl, certified('CN=x', ANNA, 'ben@example.org')),
  ).toEqual({
    type: 'success',
    account: 'ben@example.org',
    user: 'ben@example.org',
  });
  expect(await begin('EXTERNAL', 'ben@example.org', sasl, certified('CN=anna'))).toEqual(
    fails('unauthorized'),
  );
  expect(await begin('EXTERNAL', '', sasl, certified('CN=eve', 'eve@example.org'))).toEqual(
    fails('credentials'),
  );
  expect(await begin('EXTERNAL', 'a\0b', sasl, certified('CN=anna'))).toEqual(fails('malformed'));
});

const tokens = {
  verify: async (token: string) => {
    if (token === 'down') throw new Error('provider is down');
    return token === 'good' ? { user: ANNA } : undefined;
  },
};

test('OAUTHBEARER', async () => {
  const sasl = open(
    { oauth: { ...defaultPolicySettings.logins.oauth, openidConfiguration: 'https://id.example/x' } },
    { tokens },
  );
  const send = (text: string) => begin('OAUTHBEARER', text, sasl);
  expect(await send(`n,a=${ANNA},\x01host=h\x01port=4190\x01auth=Bearer good\x01\x01`)).toEqual(anna);
  expect(await send('n,,\x01auth=Bearer good\x01\x01')).toEqual(anna);
  expect(await send('n,a=ben@example.org,\x01auth=Bearer good\x01\x01')).toEqual(fails('unauthorized'));
  expect(await send('n,,\x01auth=Bearer down\x01\x01')).toEqual(fails('temporary'));
  for (const bad of [
    '',
    'n,,',
    'p=tls-exporter,,\x01auth=Bearer good\x01\x01',
    'n,,\x01auth=Basic good\x01\x01',
    '\x01',
  ])
    expect(await send(bad)).toEqual(fails('malformed'));
  const exchange = login(sasl, 'OAUTHBEARER');
  const refused = await exchange.begin(Buffer.from('n,,\x01auth=Bearer bad\x01\x01'));
  expect(refused.type === 'challenge' && JSON.parse(Buffer.from(refused.data).toString())).toEqual({
    status: 'invalid_token',
    'openid-configuration': 'https://id.example/x',
  });
  // RFC 7628 §3.2.3.
  expect(await exchange.respond(Buffer.from('\x01'))).toEqual(fails('credentials'));
});

test('XOAUTH2', async () => {
  const sasl = open({}, { tokens });
  const send = (text: string) => begin('XOAUTH2', text, sasl);
  expect(await send(`user=${ANNA}\x01auth=Bearer good\x01\x01`)).toEqual(anna);
  expect(await send('user=ben@example.org\x01auth=Bearer good\x01\x01')).toEqual(fails('unauthorized'));
  expect(await send(`user=${ANNA}\x01auth=Bearer bad\x01\x01`)).toMatchObject({ type: 'challenge' });
  expect(await send('user=\x01auth=Bearer good\x01\x01')).toEqual(fails('malformed'));
});

test.each([
  [new TooManyFailures(), 'blocked'],
  [new BusyError(), 'busy'],
  [new Error('disk'), 'temporary'],
])('%s ends a login as %s, and is not told to the client', async (error, reason) => {
  const sasl = open({}, { guard: { attempt: () => failing(error) } });
  expect(await begin('PLAIN', `\0${ANNA}\0${PASSWORD}`, sasl)).toEqual(fails(reason));
});

test('logins are logged, passwords and tokens are not', async () => {
  const lines: string[] = [];
  const note = (fields: object, text: string): void => void lines.push(`${text} ${JSON.stringify(fields)}`);
  const log: Log = { debug: note, info: note, warn: note, error: note, child: () => log };
  const sasl = open({}, { log, tokens });
  await begin('PLAIN', `\0${ANNA}\0${PASSWORD}`, sasl);
  await begin('PLAIN', `\0${ANNA}\0wrong-secret`, sasl);
  await begin('XOAUTH2', `user=${ANNA}\x01auth=Bearer good\x01\x01`, sasl);
  expect(lines).toHaveLength(3);
  expect(lines[0]).toBe(`login {"client":"192.0.2.1","mechanism":"PLAIN","account":"${ANNA}"}`);
  expect(lines[1]).toContain('login failed');
  expect(lines.join()).not.toMatch(/pencil|wrong-secret|good/);
});

test('a cancelled login is over', async () => {
  const verify = vi.fn(async () => ANNA);
  const exchange = login(open({}, { accounts: { ...accounts, verify } }), 'PLAIN');
  await exchange.begin(undefined);
  exchange.cancel();
  expect(verify).not.toHaveBeenCalled();
});

test('no response, whatever it is, does more than fail', async () => {
  const sasl = open({}, { tokens });
  const channel: Channel = {
    ...tls,
    tls: { binding: () => EXPORTER, certificate: { subject: 'CN=x', addresses: [] } },
  };
  const piece = fc.constantFrom(
    'n,,',
    'p=tls-exporter,,',
    'n=a',
    ',',
    'r=x',
    '\0',
    '\x01',
    'auth=Bearer ',
    'c=biws',
    '=',
    'user=',
    'a=',
  );
  const response = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.array(piece).map((parts) => Buffer.from(parts.join(''))),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...MECHANISMS),
      fc.array(response, { maxLength: 4 }),
      async (name, responses) => {
        const exchange = login(sasl, name, channel);
        let step = await exchange.begin(undefined);
        for (const octets of responses) if (step.type === 'challenge') step = await exchange.respond(octets);
        expect(step.type).not.toBe('success');
        if (step.type === 'failure') expect(step.reason).not.toBe('temporary');
      },
    ),
    { numRuns: 300 },
  );
});

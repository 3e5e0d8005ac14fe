import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../log.ts';
import { createSqliteState } from '../state/sqlite.ts';
import { type State, StateError } from '../state/types.ts';
import { createLoginGuard, type LoginGuard, TooManyFailures } from './login-guard.ts';
import { defaultPolicySettings, type LoginSettings } from './settings.ts';

let state: State;
let waits: number[] = [];
beforeEach(() => {
  state = createSqliteState({ path: ':memory:', log: silentLog });
  waits = [];
});
afterEach(() => state.close());

function open(more: Partial<LoginSettings> = {}): LoginGuard {
  const settings = { ...defaultPolicySettings.logins, exemptNetworks: [], ...more };
  return createLoginGuard({ state, settings, wait: async (time) => void waits.push(time) });
}

const HOST = '192.0.2.1';
const wrong = async () => undefined;
const right = async () => 'ben@example.org';

async function fail(guard: LoginGuard, times: number, address = HOST, user = 'ben@example.org') {
  for (let at = 0; at < times; at++) await guard.attempt(address, user, wrong);
}

test('the first failures cost nothing, then each costs twice as long, up to the most', async () => {
  await fail(open(), 10);
  expect(waits).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
});

test('who logs in rightly is not delayed, however often, nor when many do so at once', async () => {
  const guard = open();
  await Promise.all(Array.from({ length: 30 }, () => guard.attempt(HOST, 'ben@example.org', right)));
  expect(waits).toEqual([]);
});

test('attempts at once count for each other once there were failures', async () => {
  const guard = open();
  await fail(guard, 3);
  await Promise.all([1, 2, 3, 4].map(() => guard.attempt(HOST, 'ben@example.org', wrong)));
  expect(waits.sort((a, b) => a - b)).toEqual([1000, 2000, 4000, 8000]);
});

test('a right login takes back the failures of this user from this address, and no others', async () => {
  const guard = open();
  await fail(guard, 4, HOST, 'eve@example.org');
  waits = [];
  await fail(guard, 2, HOST, 'ben@example.org');
  expect(await guard.attempt(HOST, 'ben@example.org', right)).toBe('ben@example.org');
  waits = [];
  await guard.attempt(HOST, 'ben@example.org', wrong);
  expect(waits).toEqual([2000]);
  // From elsewhere nothing is known of Ben.
  waits = [];
  await guard.attempt('198.51.100.7', 'anna@example.org', wrong);
  expect(waits).toEqual([]);
});

test('a name is delayed for everybody, but nobody can be shut out by it', async () => {
  const guard = open({ addressFailures: 5 });
  for (let at = 0; at < 8; at++) await guard.attempt(`192.0.2.${at}`, 'ben@example.org', wrong);
  waits = [];
  expect(await guard.attempt('198.51.100.7', 'BEN@example.org', right)).toBe('ben@example.org');
  expect(waits).toEqual([15_000]);
});

test('an address is turned away after too many failures, whatever the name', async () => {
  const guard = open({ addressFailures: 5 });
  for (let at = 0; at < 5; at++) await guard.attempt(HOST, `user${at}`, wrong);
  let asked = false;
  const check = async () => {
    asked = true;
    return 'x';
  };
  await expect(guard.attempt(HOST, 'other', check)).rejects.toBeInstanceOf(TooManyFailures);
  expect(asked).toBe(false);
});

test('addresses of one IPv6 network are one, IPv4 in IPv6 is IPv4', async () => {
  const guard = open();
  for (const address of ['2001:db8::1', '2001:db8:0:0:1::2', '2001:0db8:0:0:ffff:1:2:3'])
    await guard.attempt(address, address, wrong);
  await guard.attempt('2001:db8::9', 'x', wrong);
  expect(waits).toEqual([1000]);
  await guard.attempt('2001:db8:0:1::9', 'y', wrong);
  expect(waits).toEqual([1000]);
  waits = [];
  for (const address of ['192.0.2.9', '::ffff:192.0.2.9', '192.0.2.9', '::ffff:192.0.2.9'])
    await guard.attempt(address, `${address}${waits.length}z${Math.random()}`, wrong);
  expect(waits).toEqual([1000]);
});

test('web mail on this machine is not counted as one client, but its users are', async () => {
  const guard = open({ exemptNetworks: ['127.0.0.0/8'], addressFailures: 3 });
  for (let at = 0; at < 9; at++) await guard.attempt('127.0.0.1', `user${at}`, wrong);
  expect(waits).toEqual([]);
  await fail(guard, 4, '127.0.0.1');
  expect(waits).toEqual([1000]);
  await fail(guard, 1, '');
  expect(waits).toEqual([1000, 2000]);
});

test('attempts without a name do not delay each other, but their address counts', async () => {
  const guard = open();
  for (let at = 0; at < 9; at++) await guard.attempt(`192.0.2.${at}`, '', wrong);
  expect(waits).toEqual([]);
  await fail(guard, 4, HOST, '');
  expect(waits).toEqual([1000, 2000]);
  waits = [];
  await fail(guard, 9, '', '');
  expect(waits).toEqual([]);
});

test('what could not be checked is no failure', async () => {
  const guard = open();
  const broken = async () => Promise.reject(new Error('down'));
  await fail(guard, 3);
  for (let at = 0; at < 3; at++)
    await expect(guard.attempt(HOST, 'ben@example.org', broken)).rejects.toThrow('down');
  waits = [];
  await fail(guard, 1);
  expect(waits).toEqual([1000]);
});

test('names are not legible in the state', async () => {
  await fail(open(), 1, HOST, 'my password by mistake');
  for await (const { key } of state.list('login/')) expect(key).not.toContain('password');
});

test('where nothing can be written, the right password gets in and a wrong one waits longest', async () => {
  await fail(open(), 2);
  const full = (): Promise<never> => Promise.reject(new StateError('the disk is full', true));
  const writing = state.increment.bind(state);
  state.increment = (key, by, ttl) => (by === 0 ? writing(key, by, ttl) : full());
  state.delete = full;
  const guard = open({ maxDelay: 30_000 });
  waits = [];
  expect(await guard.attempt(HOST, 'ben@example.org', async () => 'ben')).toBe('ben');
  expect(waits).toEqual([]);
  await expect(guard.attempt(HOST, 'ben@example.org', wrong)).rejects.toThrow('full');
  expect(waits).toEqual([30_000]);
});

import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { Authentication } from '../../authentication/types.ts';
import { silentLog } from '../../log.ts';
import type { Client } from '../../message/envelope.ts';
import { parseMessage } from '../../message/parse.ts';
import { createSqliteState } from '../../state/sqlite.ts';
import type { State } from '../../state/types.ts';
import type { Hit } from '../types.ts';
import { advance, decodeRecord, encodeRecord } from './record.ts';
import { Reputation, worthOf } from './scan.ts';
import { defaultReputationSettings } from './settings.ts';
import { ReputationStore } from './store.ts';
import { deliveredSubjects, networkOf, subjectsOf } from './subjects.ts';
import type { Experience } from './types.ts';

const settings = defaultReputationSettings;
const message = parseMessage(Buffer.from('From: Anna <Anna@example.org>\r\n\r\nx\r\n'));
const nothing: Authentication = {
  spf: { result: 'none', domain: '', identity: 'mailfrom' },
  dkim: [],
  dmarc: { result: 'none', domain: 'example.org', policy: undefined },
  arc: { result: 'none', instances: 0 },
  iprev: 'none',
  field: '',
};
const signature = (domain: string, result: 'pass' | 'fail') => ({
  result,
  domain,
  selector: 's',
  aligned: false,
});
const names = (authentication: Partial<Authentication>, client: Client = { address: '198.51.100.7' }) =>
  subjectsOf(
    message,
    { client, sender: '', recipients: [] },
    { ...nothing, ...authentication },
    settings,
  ).map(({ kind, name }) => `${kind} ${name}`);

describe('who has sent a message', () => {
  test('a name that nothing proves counts with its network alone', () => {
    expect(names({})).toEqual(['address anna@example.org 198.51.100.0', 'network 198.51.100.0/24']);
  });

  test('what DKIM, SPF and DMARC have proved counts, what they have not does not', () => {
    expect(
      names({
        dkim: [signature('mail.example.org', 'pass'), signature('forged.example', 'fail')],
        spf: { result: 'pass', domain: 'bounce.lists.example', identity: 'mailfrom' },
        dmarc: { result: 'pass', domain: 'example.org', policy: 'reject' },
      }),
    ).toEqual([
      'address anna@example.org example.org',
      'dkim example.org',
      'domain example.org',
      'domain lists.example',
      'network 198.51.100.0/24',
    ]);
    expect(names({ dkim: [signature('esp.example', 'pass')] })[0]).toBe(
      'address anna@example.org esp.example',
    );
    const helo = { result: 'pass' as const, domain: 'mx.example.net', identity: 'helo' as const };
    expect(names({ spf: helo })).toHaveLength(2);
  });

  test('users of ours and hosts of ours have none', () => {
    expect(names({}, { address: '198.51.100.7', user: 'anna' })).toEqual([]);
    expect(names({}, { address: '10.0.0.1' })).toEqual([]);
    expect(names({}, {})).toEqual([]);
  });

  test('whatever the message holds, every name can be a key', () => {
    const broken = { header: { get: () => ({ addresses: [{ name: '', address: '\ud800@example.org' }] }) } };
    const client = { address: '198.51.100.7' };
    const long = signature(`${'x'.repeat(300)}.test`, 'pass');
    const found = subjectsOf(
      broken as unknown as Parameters<typeof subjectsOf>[0],
      { client, sender: '', recipients: [] },
      { ...nothing, dkim: [long] },
      settings,
    );
    expect(found).toEqual([{ kind: 'network', name: '198.51.100.0/24' }]);
  });

  test('networks', () => {
    expect(networkOf('::ffff:192.0.2.77', settings)).toBe('192.0.2.0/24');
    expect(networkOf('192.0.2.77', { prefix4: 20, prefix6: 48 })).toBe('192.0.0.0/20');
    expect(networkOf('2001:db8:1:2::3', settings)).toBe('2001:db8:1::/48');
    expect(networkOf('2001:DB8::1', settings)).toBe('2001:db8:0::/48');
    expect(networkOf('2001:db8:ffff:ffff::1', { prefix4: 24, prefix6: 56 })).toBe('2001:db8:ffff:ff00::/56');
    expect(networkOf('x', settings)).toBeUndefined();
  });

  test('a delivered message has the same by the field we wrote; by a foreign one it has nobody', () => {
    const delivered = (id: string) =>
      parseMessage(
        Buffer.from(
          `Authentication-Results: ${id};\r\n\tiprev=pass policy.iprev=198.51.100.7;\r\n` +
            '\tspf=pass smtp.mailfrom=bounce.lists.example;\r\n\tdkim=pass header.d=mail.example.org header.s=s;\r\n' +
            '\tdkim=fail header.d=forged.example;\r\n\tdmarc=pass header.from=example.org\r\n' +
            'From: Anna@example.org\r\n\r\nx\r\n',
        ),
      );
    expect(
      deliveredSubjects(delivered('Mx.us.test'), 'mx.us.test', settings).map(({ name }) => name),
    ).toEqual([
      'anna@example.org example.org',
      'example.org',
      'example.org',
      'lists.example',
      '198.51.100.0/24',
    ]);
    expect(deliveredSubjects(delivered('mx.them.test'), 'mx.us.test', settings)).toEqual([]);
    expect(deliveredSubjects(message, 'mx.us.test', settings)).toEqual([]);
  });
});

describe('records', () => {
  test('count half after a half-life, and never leave their bounds', () => {
    const once = advance(undefined, 0, 1000, { messages: 4, sum: 2 });
    expect(advance(once, 1000, 1000)).toEqual({ time: 1000, messages: 2, sum: 1 });
    const more = fc.record({
      messages: fc.double({ noNaN: true, min: -20, max: 20 }),
      sum: fc.double({ noNaN: true, min: -20, max: 20 }),
    });
    fc.assert(
      fc.property(fc.array(more, { maxLength: 20 }), (steps) => {
        let record = advance(undefined, 0, 1000);
        for (const [at, step] of steps.entries()) record = advance(record, at * 300, 1000, step);
        expect(record.messages).toBeGreaterThanOrEqual(0);
        expect(Math.abs(record.sum)).toBeLessThanOrEqual(record.messages);
        expect(decodeRecord(encodeRecord(record))).toEqual(record);
      }),
      { numRuns: 200 },
    );
    expect(decodeRecord(Buffer.alloc(5))).toBeUndefined();
    expect(decodeRecord(encodeRecord({ time: Number.NaN, messages: 1, sum: 1 }))).toBeUndefined();
  });

  test('worth of a verdict', () => {
    expect([-5, 0, 3, 4.5, 6, 99].map((score) => worthOf(score, 6))).toEqual([-1, -1, 0, 0.5, 1, 1]);
    expect(worthOf(1, 0)).toBe(1);
  });
});

describe('store', () => {
  const opened: State[] = [];
  afterEach(async () => {
    for (const state of opened.splice(0)) await state.close();
  });
  const faults: Error[] = [];
  let now = 0;
  const open = () => {
    const state = createSqliteState({ path: ':memory:', log: silentLog, now: () => now });
    opened.push(state);
    return new ReputationStore({ state, settings, now: () => now, failed: (error) => faults.push(error) });
  };
  const anna = { kind: 'dkim' as const, name: 'example.org' };

  test('what is gathered is written together, and found', async () => {
    const store = open();
    for (let count = 0; count < 10; count++) store.add({ subjects: [anna], value: 0.5 });
    expect(await store.look([anna])).toEqual([]);
    await store.flush();
    expect(await store.look([anna, { kind: 'network', name: 'none' }])).toEqual([
      { ...anna, messages: 10, mean: 0.5 },
    ]);
    now += settings.halfLife * 1000;
    expect((await store.look([anna]))[0]?.messages).toBeCloseTo(5);
    now += settings.expire * 1000;
    expect(await store.look([anna])).toEqual([]);
  });

  test('what a person says counts several times, once a message, and can be taken back', async () => {
    const store = open();
    const wish = { message: 7n, subjects: [anna] };
    await store.learn({ ...wish, kind: 'forget' });
    await store.learn({ ...wish, kind: 'spam' });
    await store.learn({ ...wish, kind: 'spam' });
    expect(await store.look([anna])).toEqual([{ ...anna, messages: settings.learned, mean: 1 }]);
    await store.learn({ ...wish, kind: 'ham' });
    expect(await store.look([anna])).toEqual([{ ...anna, messages: settings.learned, mean: -1 }]);
    await store.learn({ ...wish, kind: 'forget' });
    expect(await store.look([anna])).toEqual([]);
    await store.learn({ kind: 'spam', message: 8n, subjects: [] });
  });

  test('a state that does not answer loses what was gathered, and says so', async () => {
    const store = open();
    await opened[0]?.close();
    store.add({ subjects: [anna], value: 1 });
    await store.close();
    expect(faults).toHaveLength(1);
    await expect(store.look([anna])).rejects.toThrow('closed');
  });
});

describe('scan', () => {
  const verdict = (score: number, hits: [string, number][] = []) => ({
    action: 'no action' as const,
    score,
    required: 6,
    spam: score >= 6,
    hits: hits.map(([symbol, one]): Hit => ({ symbol, score: one })),
  });
  const subjects = [{ kind: 'network' as const, name: '192.0.2.0/24' }];
  const rig = (found: { messages: number }[] = []) => {
    const told: Experience[] = [];
    const reputation = new Reputation(settings, {
      look: () => Promise.resolve(found.map(({ messages }) => ({ ...subjects[0]!, messages, mean: 1 }))),
      add: (experience) => void told.push(experience),
    });
    return { told, reputation };
  };

  test('what reputation says does not make reputation', () => {
    const { told, reputation } = rig();
    reputation.observe(
      subjects,
      verdict(7, [
        ['REPUTATION_NETWORK_SPAM', 4],
        ['OTHER', 3],
      ]),
    );
    expect(told).toEqual([{ subjects, value: 0 }]);
  });

  test('messages that come again are not counted yet, and those of nobody never', () => {
    const { told, reputation } = rig();
    reputation.observe(subjects, { ...verdict(4), action: 'greylist' });
    reputation.observe(subjects, { ...verdict(14), action: 'soft reject' });
    reputation.observe([], verdict(14));
    reputation.observe(subjects, { ...verdict(1), action: 'reject', spam: true });
    expect(told).toEqual([{ subjects, value: 1 }]);
  });

  test('who has sent little has none', async () => {
    const { reputation } = rig([{ messages: settings.messages - 1 }, { messages: settings.messages }]);
    expect(reputation.look([])).toBeUndefined();
    expect(await reputation.look(subjects)).toHaveLength(1);
  });
});

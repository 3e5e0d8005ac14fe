import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError, parseConfig } from './read.ts';
import {
  choice,
  domains,
  duration,
  flag,
  networks,
  real,
  realOrNull,
  settings,
  text,
  size,
  whole,
} from './settings.ts';

interface Sample {
  hostName: string;
  mode: 'a' | 'b';
  trusted: string[];
  domains: string[];
  pool: { timeLimit: number; share: number; limit: number | null; on: boolean };
  note: string | undefined;
  wait: number;
  bytes: number;
}

const schema = settings<Sample>(
  {
    hostName: 'localhost',
    mode: 'a',
    trusted: ['127.0.0.1'],
    domains: [],
    pool: { timeLimit: 1000, share: 0.5, limit: null, on: true },
    note: undefined,
    wait: 1000,
    bytes: 65_536,
  },
  {
    hostName: text('Name.'),
    mode: choice(['a', 'b'], 'Mode.'),
    trusted: networks('Peers.'),
    domains: domains('Domains.'),
    pool: {
      timeLimit: whole(1, 2000, 'Time.'),
      share: real(0, 1, 'Share.'),
      limit: realOrNull(0, 9, 'Limit.'),
      on: flag('On.'),
    },
    note: text('Note.'),
    wait: duration('ms', '1ms', '1h', 'Wait.'),
    bytes: size('1K', '1G', 'Bytes.'),
  },
);

const faults = (yaml: string): string[] => {
  try {
    parseConfig('t.yaml', yaml, schema);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
};

describe('parseConfig', () => {
  it('fills in the defaults of the rooms', () => {
    expect(parseConfig('t.yaml', '', schema)).toEqual({
      hostName: 'localhost',
      mode: 'a',
      trusted: ['127.0.0.1'],
      domains: [],
      pool: { timeLimit: 1000, share: 0.5, limit: null, on: true },
      wait: 1000,
      bytes: 65_536,
    });
  });

  it('reads snake_case into camelCase', () => {
    const read = parseConfig(
      't.yaml',
      'pool:\n  time_limit: 7\n  limit: 3\ndomains: [Example.ORG.]\n',
      schema,
    );
    expect(read.pool).toEqual({ timeLimit: 7, share: 0.5, limit: 3, on: true });
    expect(read.domains).toEqual(['example.org']);
  });

  it('names every fault at once, each with its place', () => {
    expect(
      faults(
        'mode: c\nhost_name: 5\npool:\n  time_limit: 0\n  timelimit: 3\n  share: "x"\ntrusted:\n  - 10.0.0.0/40\n',
      ),
    ).toEqual([
      't.yaml:1:7: mode: expected one of "a"|"b"',
      't.yaml:2:12: host_name: expected string, received number',
      't.yaml:4:15: pool.time_limit: Too small: expected number to be >=1',
      't.yaml:5:3: pool.timelimit: there is no such setting',
      't.yaml:6:10: pool.share: expected number, received string',
      't.yaml:8:5: trusted.0: "10.0.0.0/40": the prefix is 0 to 32',
    ]);
  });

  it('reports broken YAML with its place', () => {
    expect(faults('a: [1, 2\nb: 3\n')[0]).toMatch(/^t\.yaml:\d+:\d+: /);
    expect(faults('pool: {}\npool: {}\n')[0]).toContain('t.yaml:2:1');
  });

  it('refuses nested aliases that would grow without bound', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef'].map((pair) => [pair[0], pair[1]]))
      bomb.push(`${to}: &${to} [${Array.from({ length: 9 }, () => `*${from}`).join(',')}]`);
    expect(faults(bomb.join('\n'))[0]).toContain('alias');
  });

  it('does not let control characters into text', () => {
    expect(faults('host_name: "a\\r\\nb"\n')).toEqual([
      't.yaml:1:12: host_name: control characters are not allowed',
    ]);
  });
});

describe('settings', () => {
  it('describes every setting in the JSON Schema', () => {
    const json = z.toJSONSchema(schema, { io: 'input' }) as {
      properties: Record<string, { description?: string }>;
    };
    expect(Object.keys(json.properties)).toEqual([
      'host_name',
      'mode',
      'trusted',
      'domains',
      'pool',
      'note',
      'wait',
      'bytes',
    ]);
    expect(json.properties['host_name']?.description).toBe('Name.');
  });

  it('writes settings back as an admin would', () => {
    const read = parseConfig('t.yaml', 'wait: 90\npool: {time_limit: 7}\n', schema);
    expect(read.wait).toBe(90_000);
    expect(z.encode(schema, read)).toEqual({
      host_name: 'localhost',
      mode: 'a',
      trusted: ['127.0.0.1'],
      domains: [],
      pool: { time_limit: 7, share: 0.5, limit: null, on: true },
      wait: '90s',
      bytes: '64K',
    });
  });
});

describe('duration and size', () => {
  it.each([
    ['500ms', 500],
    ['1.5s', 1500],
    ['2m', 120_000],
    [3, 3000],
  ])('reads %s', (text, milliseconds) => {
    expect(parseConfig('t.yaml', `wait: ${text}`, schema).wait).toBe(milliseconds);
  });

  it.each([
    ['wait: 5 minutes', 'this is no time'],
    ['wait: 2h', 'must be between 1ms and 1h'],
    ['bytes: 5T', 'this is no size'],
    ['bytes: 2G', 'must be between 1K and 1G'],
    ['bytes: -1', 'this is no size'],
  ])('refuses %s', (yaml, reason) => {
    expect(faults(yaml)[0]).toContain(reason);
  });

  it('reads sizes', () => {
    expect(parseConfig('t.yaml', 'bytes: 2M', schema).bytes).toBe(2_097_152);
  });
});

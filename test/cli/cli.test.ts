import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tamis } from '../support/tamis.ts';

const folder = mkdtempSync(join(tmpdir(), 'tamis-cli-'));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const ham = join(import.meta.dirname, '../../corpus/samples/ham.eml');
const spam = join(import.meta.dirname, '../../corpus/samples/spam.eml');
let config = '';

beforeAll(() => {
  const zone = file('dns.yaml', 'example.org:\n  TXT: ["v=spf1 ip4:192.0.2.0/24 -all"]\n');
  config = file(
    'tamis.yaml',
    `hostname: mx.tamis.test\ndata: data\npolicy: {domains: [tamis.test]}\ndns: {zone: ${zone}}\n`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('tamis', () => {
  it('helps, tells its version, and ends with 2 when used wrongly', async () => {
    const help = await tamis(['--help']);
    expect(help.code).toBe(0);
    for (const command of ['serve', 'scan', 'sieve', 'user', 'config'])
      expect(help.stdout).toContain(command);
    expect((await tamis(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    for (const args of [
      ['nonsense'],
      ['scan', '--nonsense', ham],
      ['scan'],
      ['scan', '--client', 'nowhere', ham],
    ])
      expect((await tamis(args)).code, args.join(' ')).toBe(2);
  });
});

describe('tamis config', () => {
  it('checks silently', async () => {
    expect(await tamis(['config', 'check', '--config', config])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('names every fault with its place and ends with 1', async () => {
    const bad = file('bad.yaml', 'polcy: {}\nfilter:\n  thresholds: {reject: 3}\n  pool: {workers: many}\n');
    const { code, stderr } = await tamis(['config', 'check', '--config', bad]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${bad}:1:1: polcy: there is no such setting`);
    expect(stderr).toContain(`${bad}:4:19: filter.pool.workers: expected number`);
    const contradiction = file('order.yaml', 'filter:\n  thresholds: {reject: 3}\n');
    expect((await tamis(['config', 'check', '--config', contradiction])).stderr).toContain(
      `${contradiction}:2:24: filter.thresholds.reject: 3 is below add_header (6)`,
    );
    expect((await tamis(['config', 'check', '--config', join(folder, 'none.yaml')])).code).toBe(1);
  });

  it('reads the model, without which no server starts, and counts its path from the folder of the file', async () => {
    writeFileSync(join(folder, 'broken.onnx'), 'nonsense');
    const broken = file('model.yaml', 'filter: {model: {file: broken.onnx}}\n');
    expect(await tamis(['config', 'check', '--config', broken])).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`${join(folder, 'broken.onnx')}: is no ONNX file`),
    });
  });

  it('warns of what a server starts with all the same', async () => {
    const odd = file(
      'odd.yaml',
      'filter:\n  rules: {files: [none.cf]}\n  scores: {HTML_FROM: 1}\n  maps: {lists: {A: {kind: domain, of: [from], file: none.map}}}\n',
    );
    const { code, stdout, stderr } = await tamis(['config', 'check', '--config', odd]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^warning: .*none\.cf: ENOENT/),
      expect.stringMatching(/^warning: filter\.maps\.lists\.A: .*none\.map is not there/),
      'warning: filter.scores.HTML_FROM: there is no symbol HTML_FROM',
    ]);
  });

  it('prints what it reads back the same, secrets masked', async () => {
    const secret = file('secret.yaml', 'state: {redis: {password: hush, url: "redis://u:hush@127.0.0.1"}}\n');
    const shown = await tamis(['config', 'print', '--config', secret]);
    expect(shown.stdout).not.toContain('hush');
    const printed = await tamis(['config', 'print', '--config', config]);
    const again = await tamis(['config', 'print', '--config', file('again.yaml', printed.stdout)]);
    expect(again.stdout).toBe(printed.stdout);
  });

  it('describes every setting in the schema', async () => {
    const schema = JSON.parse((await tamis(['config', 'schema'])).stdout) as object;
    const undescribed: string[] = [];
    const walk = (node: object, path: string): void => {
      const { properties, description } = node as {
        properties?: Record<string, object>;
        description?: string;
      };
      if (properties === undefined && description === undefined) undescribed.push(path);
      for (const [name, child] of Object.entries(properties ?? {})) walk(child, `${path}.${name}`);
    };
    walk(schema, '');
    expect(undescribed).toEqual([]);
  });
});

describe('tamis scan', () => {
  it('prints action, score, symbols and Authentication-Results', async () => {
    const { code, stdout } = await tamis([
      'scan',
      '--config',
      config,
      '--client',
      '192.0.2.1',
      '--from',
      'a@example.org',
      ham,
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/ham\.eml: no action -?\d+\.\d\d \/ 6\.00\n/);
    expect(stdout).toContain('R_SPF_ALLOW');
    expect(stdout).toContain('Authentication-Results: mx.tamis.test;');
    expect(stdout).toContain('spf=pass');
  });

  it('writes one JSON object a line, for files, folders, an mbox and standard input', async () => {
    const plain =
      'From: Carl <carl@there.example>\nTo: anna@tamis.test\nDate: Thu, 19 Nov 2026 10:00:00 +0000\nMessage-ID: <1@there.example>\n';
    const mbox = file(
      'box',
      `From a Thu Nov 19 10:00:00 2026\n${plain}Subject: one\n\n1\n\nFrom b Thu Nov 19 10:00:01 2026\n${plain}Subject: two\n\n2\n`,
    );
    const { code, stdout } = await tamis(
      [
        'scan',
        '--json',
        '--config',
        config,
        '--rcpt',
        'a@tamis.test',
        '--rcpt',
        'b@tamis.test',
        ham,
        spam,
        mbox,
        '-',
      ],
      `${plain}Subject: three\n\n3\n`.replaceAll('\n', '\r\n'),
    );
    expect(code).toBe(0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map((line) => line['file'])).toEqual([ham, spam, `${mbox}:1`, `${mbox}:2`, '-']);
    expect(lines.map((line) => line['action'])).toEqual([
      'no action',
      'add header',
      'no action',
      'no action',
      'no action',
    ]);
    for (const line of lines)
      expect(line).toMatchObject({ score: expect.any(Number), symbols: expect.any(Array) });
  });

  it('ends with 1 when something cannot be read, and scans the rest', async () => {
    const { code, stdout, stderr } = await tamis([
      'scan',
      '--json',
      '--config',
      config,
      join(folder, 'none.eml'),
      ham,
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain('none.eml: ENOENT');
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
  });
});

describe('tamis sieve', () => {
  it('checks a script: errors with line, column and caret', async () => {
    const good = file(
      'good.sieve',
      'require "fileinto";\nif header :contains "subject" "Thursday" { fileinto "Dates"; }\n',
    );
    expect((await tamis(['sieve', 'check', good])).code).toBe(0);
    const bad = file('bad.sieve', 'require "fileinto";\nfileinto;\nkeeep;\n');
    const { code, stdout, stderr } = await tamis(['sieve', 'check', bad]);
    expect(code).toBe(1);
    expect(stdout + stderr).toMatch(/bad: line 2: error: /);
    expect(stdout + stderr).toMatch(/bad: line 3: error: /);
    expect((await tamis(['sieve', 'check'])).code).toBe(2);
  });

  it('runs a script on a message and prints the ordered actions', async () => {
    const script = file(
      'run.sieve',
      'require ["fileinto", "envelope"];\nif envelope "from" "mira@example.org" { fileinto "Mira"; redirect "other@example.net"; }\n',
    );
    const { code, stdout } = await tamis([
      'sieve',
      'run',
      '--json',
      '--script',
      script,
      '--message',
      ham,
      '--from',
      'mira@example.org',
      '--to',
      'demo@tamis.test',
    ]);
    expect(code).toBe(0);
    const actions = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(actions).toMatchObject([
      { type: 'fileinto', mailbox: 'Mira' },
      { type: 'redirect', address: 'other@example.net' },
    ]);
    const reply = file('vacation.sieve', 'require "vacation"; vacation :subject "away" "I am away";\n');
    const answered = await tamis([
      'sieve',
      'run',
      '--json',
      '--script',
      reply,
      '--message',
      ham,
      '--from',
      'mira@example.org',
      '--to',
      'demo@tamis.test',
    ]);
    const [vacation] = answered.stdout
      .split('\n')
      .map((line) => JSON.parse(line || 'null') as { mail?: { raw: string } } | null);
    expect(vacation?.mail?.raw).toContain('Subject: away\r\n');
    const traced = await tamis(['sieve', 'run', '--trace', '--script', script, '--message', ham]);
    expect(traced.stdout).toContain('envelope');
    // Without --from the message itself tells.
    expect(traced.stdout).toContain('fileinto "Mira"');
  });
});

describe('tamis user', () => {
  it('adds, lists, changes and removes accounts', async () => {
    const user = (...args: string[]) =>
      tamis(['user', ...args, '--config', config], 'correct horse battery\n');
    const added = await user('add', 'Anna@tamis.test', '--alias', 'info@tamis.test');
    expect(added.code).toBe(0);
    expect(added.stdout).toMatch(/^anna@tamis\.test {2}password: \S{12,}\n$/);
    expect((await user('add', 'anna@tamis.test')).code).toBe(1);
    expect((await user('add', 'anna@elsewhere.test')).stderr).toContain('elsewhere.test');
    expect((await user('passwd', 'anna@tamis.test', '--password-stdin')).stdout).toBe('');
    const listed = JSON.parse((await user('list', '--json')).stdout) as object;
    expect(listed).toMatchObject({ address: 'anna@tamis.test', aliases: ['info@tamis.test'] });
    expect(JSON.stringify(listed)).not.toContain('argon2');
    expect((await user('remove', 'anna@tamis.test')).code).toBe(0);
    expect((await user('remove', 'anna@tamis.test')).code).toBe(1);
    expect((await user('list')).stdout).toBe('');
  });
});

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/load.ts';
import { openConfiguredState } from '../../daemon/accounts.ts';
import { openReports } from '../../daemon/dmarc-reports.ts';
import { silentLog } from '../../log.ts';
import { EXIT, type Io } from '../io.ts';
import { dmarcRead } from './read.ts';
import { dmarcReport } from './report.ts';

const folder = mkdtempSync(join(tmpdir(), 'tamis-dmarc-'));
const config = join(folder, 'tamis.yaml');
const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);

beforeAll(async () => {
  writeFileSync(
    config,
    `data: data\nhostname: mx.us.example\ndns: { zone: zone.yaml }
dmarc: { reports: { enabled: true, organization: Us, email: reports@us.example } }\n`,
  );
  writeFileSync(join(folder, 'zone.yaml'), 'x.example: { A: [192.0.2.1] }\n');
  const loaded = loadConfig(config, {});
  const state = await openConfiguredState(loaded.config, silentLog);
  const outbound = { stage: () => Promise.reject(new Error('nothing is sent')) };
  const { counts } = openReports(loaded, { state, outbound, log: silentLog });
  for (const [domain, source] of [
    ['a.example', '192.0.2.1'],
    ['a.example', '192.0.2.1'],
    ['b.example', '192.0.2.2\u001b[31m'],
  ] as const)
    counts.add(
      {
        policy: { domain, p: 'none', discovery: 'psl' },
        rua: [`mailto:dmarc@${domain}`],
        row: {
          source,
          disposition: 'none',
          dkim: 'pass',
          spf: 'fail',
          reasons: [],
          headerFrom: domain,
          dkimResults: [],
          spfResults: [],
        },
      },
      Date.now() - 86_400_000,
    );
  await counts.settled();
  await state.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(command: (io: Io) => Promise<number>) {
  let stdout = '';
  let stderr = '';
  const code = await command({
    stdout: (text) => (stdout += text),
    stderr: (text) => (stderr += text),
    color: false,
    interactive: false,
  });
  return { code, stdout, stderr };
}

const report = (more: Partial<Parameters<typeof dmarcReport>[0]>) =>
  run((io) => dmarcReport({ config, dryRun: false, json: false, ...more }, io));

describe('tamis dmarc', () => {
  it('shows the reports of yesterday, of one domain, as JSON', async () => {
    const all = await report({ dryRun: true });
    expect(all).toMatchObject({ code: EXIT.ok, stderr: '' });
    expect(all.stdout).toMatch(
      /^DOMAIN +MESSAGES.*\na\.example +2 +1 +\d+ +ready +dmarc@a\.example\nb\.example/,
    );
    const one = await report({ dryRun: true, domain: 'B.example', json: true });
    expect(JSON.parse(one.stdout)).toMatchObject({
      day: yesterday,
      domain: 'b.example',
      to: ['dmarc@b.example'],
      closed: false,
      report: { records: [{ count: 1 }] },
    });
  });

  it('writes them into a folder, from where they can be read', async () => {
    const out = join(folder, 'out');
    expect((await report({ out })).code).toBe(EXIT.ok);
    const files = readdirSync(out).map((name) => join(out, name));
    expect(files).toHaveLength(2);
    const read = await run((io) => dmarcRead([...files, ...files], { json: false }, io));
    expect(read.code).toBe(EXIT.ok);
    expect(read.stderr.match(/was read before/g)).toHaveLength(2);
    expect(read.stdout).toMatch(/^192\.0\.2\.1 +2 +fail +pass +pass +none +a\.example$/m);
    expect(read.stdout).toMatch(/^Us +2 +3 +3 +0 /m);
    expect(read.stdout).not.toContain('\u001b');
  });

  it('leaves word for the server, once', async () => {
    expect(await report({ domain: 'a.example' })).toMatchObject({
      code: EXIT.ok,
      stdout: expect.stringContaining('The server sends them'),
    });
    expect((await report({})).stderr).toContain('another request waits');
  });

  it.each<[Partial<Parameters<typeof dmarcReport>[0]>, number, string]>([
    [{ day: '2026-02-30' }, EXIT.usage, '2026-02-30'],
    [{ day: new Date().toISOString().slice(0, 10) }, EXIT.input, 'not over'],
    [{ day: '2020-01-01' }, EXIT.input, 'nothing was counted on 2020-01-01'],
    [{ domain: 'c.example', dryRun: true }, EXIT.input, 'for c.example'],
    [{ out: '/dev/null/x' }, EXIT.input, '/dev/null'],
    [{ config: '/nowhere.yaml' }, EXIT.input, 'cannot be read'],
  ])('says what is wrong with %j', async (options, code, text) => {
    expect(await report(options)).toMatchObject({ code, stderr: expect.stringContaining(text) });
  });

  it('says what cannot be read, and reads the rest', async () => {
    const bad = join(folder, 'bad.xml');
    writeFileSync(bad, '<!DOCTYPE x><feedback/>');
    const { code, stderr, stdout } = await run((io) =>
      dmarcRead([bad, join(folder, 'none')], { json: true }, io),
    );
    expect(code).toBe(EXIT.input);
    expect(stderr).toContain('document type');
    expect(stderr).toContain('ENOENT');
    expect(stdout).toBe('');
  });
});

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describePeers } from '../support/peers.ts';
import { tamis } from '../support/tamis.ts';

interface Report {
  engine: string;
  version?: string;
  folds: string[];
  faults: { fault: string }[];
  total: { ham: number; spam: number; rocError: number };
}

describePeers(['bogofilter'], 'tamis eval with bogofilter beside it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tamis-cli-bogofilter-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string): string => join(folder, name);
  const letter = (kind: string, number: number, text: string) =>
    `From: ${kind}${number} <x@${kind}.example>\nSubject: ${kind} ${number}\nMessage-ID: <${number}@${kind}.example>\n\n${text}\n`;

  beforeAll(() => {
    const rows = ['path\tlabel\tsource\treceived'];
    for (const source of ['a b', 'c']) {
      mkdirSync(at(source));
      for (let number = 0; number < 20; number++)
        for (const [label, text] of [
          ['ham', 'The function returns early when the buffer is empty, please fix the loop.'],
          ['spam', 'Claim your lottery jackpot now, click http://win.example/claim today, friend.'],
        ] as const) {
          const path = `${source}/${label}-${number}.eml`;
          writeFileSync(at(path), letter(label, number, text));
          rows.push(`${path}\t${label}\t${source}\t2026-03`);
        }
    }
    writeFileSync(at('index.tsv'), `${rows.join('\n')}\n`);
    writeFileSync(at('tamis.yaml'), `data: ${at('data')}\nfilter: {model: {enabled: false}}\n`);
  });
  const run = (...args: string[]) =>
    tamis([
      'eval',
      '--index',
      at('index.tsv'),
      '--config',
      at('tamis.yaml'),
      '--engine',
      'bogofilter',
      ...args,
    ]);
  const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('tamis-eval-bogofilter-'));

  it('judges each source by what the other taught; its word list is gone afterwards', async () => {
    const before = left();
    const { code, stdout } = await run('--leave-out', 'each', '--json');
    expect(code).toBe(0);
    const report = JSON.parse(stdout.split('\n')[0] ?? '') as Report;
    expect(report).toMatchObject({
      engine: 'bogofilter',
      version: expect.stringMatching(/^\d/),
      folds: ['a b', 'c'],
    });
    expect(report.faults).toEqual([]);
    expect(report.total).toMatchObject({ ham: 40, spam: 40, rocError: 0 });
    expect(left().filter((name) => !before.includes(name))).toEqual([]);
  });

  it('that has learned nothing says so for each message', async () => {
    const { code, stdout } = await run('--json');
    expect(code).toBe(1);
    const { faults } = JSON.parse(stdout.split('\n')[0] ?? '') as Report;
    expect(faults).toHaveLength(80);
    expect(faults[0]?.fault).toContain('register some spam and ham');
  });
});

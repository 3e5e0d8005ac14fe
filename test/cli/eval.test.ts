import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseScores } from '../../src/filter/scores-file.ts';
import { tamis } from '../support/tamis.ts';

const folder = mkdtempSync(join(tmpdir(), 'tamis-cli-eval-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

const FIELDS = 'To: ben@example.net\nDate: Tue, 10 Mar 2026 12:00:00 +0000\n';
const spam = (number: number) =>
  `From: "Prize ${number}" <x@casino.example>\nSubject: YOU HAVE WON ${number} NOW!!!\nMessage-ID: <${number}@casino.example>\n${FIELDS}\nClaim your lottery jackpot now, click http://win.example/claim today, friend ${number}.\n`;
const ham = (number: number) =>
  `From: Anna <anna@example.org>\nSubject: Re: patch review ${number}\nMessage-ID: <${number}@example.org>\nIn-Reply-To: <0@example.org>\n${FIELDS}\nThe function returns early when buffer ${number} is empty, please fix the loop.\n`;

beforeAll(() => {
  const rows = ['path\tlabel\tsource\treceived'];
  for (const source of ['a', 'b']) {
    mkdirSync(at(source));
    for (let number = 0; number < 20; number++)
      for (const [label, make] of [
        ['ham', ham],
        ['spam', spam],
      ] as const) {
        const path = `${source}/${label}-${number}.eml`;
        writeFileSync(at(path), make(number));
        rows.push(`${path}\t${label}\t${source}\t2026-03`);
      }
  }
  writeFileSync(at('index.tsv'), `${rows.join('\n')}\n`);
  writeFileSync(
    at('tamis.yaml'),
    `data: ${at('data')}\nfilter: {bayes: {minimum_learned: 10}, model: {enabled: false}, rules: {fitted: false}}\n`,
  );
});

const run = (...args: string[]) =>
  tamis(['eval', '--index', at('index.tsv'), '--config', at('tamis.yaml'), ...args]);

interface Report {
  engine: string;
  total: { ham: number; spam: number; rocError: number; faults: number };
  symbols: { symbol: string; ham: number; spam: number }[];
  learned?: number;
  folds: string[];
}

const reportOf = (stdout: string): Report => JSON.parse(stdout.split('\n')[0] ?? '') as Report;

describe('tamis eval', () => {
  it('judges by what it is: nothing is learned, old mail is not old', async () => {
    const { code, stdout } = await run('--json');
    expect(code).toBe(0);
    const report = reportOf(stdout);
    expect(report.total).toMatchObject({ ham: 40, spam: 40, faults: 0 });
    const symbols = report.symbols.map(({ symbol }) => symbol);
    expect(symbols).toContain('SUBJ_ALL_CAPS');
    expect(symbols).not.toContain('BAYES_SPAM');
    expect(symbols).not.toContain('DATE_IN_PAST');
  });

  it('judges each source by what the other taught, and leaves nothing behind', async () => {
    const { code, stdout } = await run(
      '--leave-out',
      'each',
      '--json',
      '--verdicts',
      at('verdicts.jsonl'),
      '--html',
      at('page.html'),
    );
    expect(code).toBe(0);
    const report = reportOf(stdout);
    expect(report.folds).toEqual(['a', 'b']);
    expect(report.total).toMatchObject({ ham: 40, spam: 40, rocError: 0 });
    expect(report.symbols.find(({ symbol }) => symbol === 'BAYES_SPAM')).toMatchObject({ ham: 0, spam: 40 });
    expect(readFileSync(at('page.html'), 'utf8')).toContain('<svg');
    expect(readFileSync(at('verdicts.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(80);
    expect(readdirSync(folder)).not.toContain('data');
  });

  it('fits scores on the verdicts', async () => {
    const { code, stderr } = await tamis([
      'scores',
      'fit',
      at('verdicts.jsonl'),
      '--out',
      at('scores'),
      '--prior',
      '1',
    ]);
    expect([code, stderr]).toEqual([0, expect.stringContaining('source unseen')]);
    const { scores, faults } = parseScores(readFileSync(at('scores'), 'utf8'));
    expect(faults).toEqual([]);
    expect(scores['BAYES_SPAM']).toBeGreaterThan(0);
    expect(scores['BAYES_HAM']).toBeLessThan(0);
  });

  it('learns on the way in on-line order, what it got wrong or all', async () => {
    const all = reportOf((await run('--online', 'all', '--json')).stdout);
    expect(all.learned).toBe(80);
    expect(all.symbols.find(({ symbol }) => symbol === 'BAYES_SPAM')?.spam).toBeGreaterThan(20);
    const errors = reportOf((await run('--online', '--json')).stdout);
    expect(errors.learned).toBeLessThanOrEqual(40);
  });

  it('puts another configuration beside the first', async () => {
    const other = at('other.yaml');
    writeFileSync(
      other,
      `data: ${at('data')}\nfilter: {scores: {SUBJ_ALL_CAPS: 10}, model: {enabled: false}}\n`,
    );
    const { code, stdout } = await run('--against', other, '--symbols', '0');
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(-3).join('\n')).toMatch(
      /^tamis +0\.00 % +0\.00 %.*\ntamis \(.*other\.yaml\) +0\.00 % +100\.00 %/,
    );
  });

  it.each([
    [['--engine', 'none'], 2, 'tamis, rspamd, spamassassin, bogofilter'],
    [['--source', 'none'], 1, 'there are a, b'],
    [['--leave-out', 'none'], 1, 'there are a, b'],
    [['--leave-out', 'a', '--folds', '2'], 2, 'two ways'],
    [['--online', 'often'], 2, 'neither error nor all'],
    [['--verdicts', '/'], 1, 'EISDIR'],
  ])('says what is wrong with %j', async (args, code, text) => {
    expect(await run(...args)).toMatchObject({ code, stderr: expect.stringContaining(text) });
  });

  it('names messages that are not there and says so by its exit code', async () => {
    writeFileSync(at('broken.tsv'), 'path\tlabel\na/ham-0.eml\tham\nnone.eml\tspam\n');
    const { code, stdout } = await tamis(['eval', '--index', at('broken.tsv'), '--config', at('tamis.yaml')]);
    expect([code, stdout]).toEqual([1, expect.stringContaining('none.eml: ENOENT')]);
  });
});

import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tamis, TamisServer } from '../support/tamis.ts';

const folder = mkdtempSync(join(tmpdir(), 'tamis-cli-bayes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const spam = (number: number) =>
  `From: "Prize ${number}" <x@casino.example>\nSubject: You have won ${number}\nMessage-ID: <${number}@casino.example>\n\nClaim your lottery jackpot now, click http://win.example/claim today, friend ${number}.\n`;
const ham = (number: number) =>
  `From: Anna <anna@example.org>\nSubject: Re: patch review ${number}\nMessage-ID: <${number}@example.org>\n\nThe function returns early when buffer ${number} is empty, please fix the loop.\n`;

beforeAll(() => {
  for (const [kind, make] of [
    ['spam', spam],
    ['ham', ham],
  ] as const) {
    mkdirSync(join(folder, kind, 'cur'), { recursive: true });
    for (let number = 0; number < 10; number++)
      writeFileSync(join(folder, kind, 'cur', `${number}:2,S`), make(number));
  }
  writeFileSync(join(folder, 'new-spam.eml'), spam(99));
  writeFileSync(
    join(folder, 'box.mbox'),
    [spam(50), spam(51)].map((text) => `From x Mon Mar  2 10:00:00 2026\n${text}\n`).join(''),
  );
});

function config(name: string, more = ''): string {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(
    file,
    `data: ${join(folder, name)}\nfilter: {model: {enabled: false}, pool: {workers: 1}, bayes: {minimum_learned: 10${more}}}\n`,
  );
  return file;
}

const at = (name: string) => join(folder, name);

describe.each([
  ['files', ''],
  ['state', ', backend: state'],
])('learning into %s', (name, more) => {
  const file = config(name, more);
  const run = (...args: string[]) => tamis([...args, '--config', file]);
  const symbols = async (path: string): Promise<string> => (await run('scan', path, '--json')).stdout;

  it('goes from nothing to a verdict, and back', async () => {
    expect(await run('learn', 'spam', at('spam'))).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(name === 'files' ? '10 waiting' : '10 learned'),
    });
    expect(await symbols(at('new-spam.eml'))).not.toContain('BAYES');
    expect(await run('learn', 'ham', at('ham'))).toMatchObject({ code: 0 });
    expect(JSON.parse((await run('bayes', 'stats', '--json')).stdout)).toMatchObject({
      learned: { spam: 10, ham: 10 },
      waiting: 0,
    });
    expect(await symbols(at('new-spam.eml'))).toContain('BAYES_SPAM');
    expect((await run('learn', 'spam', at('spam'))).stdout).toBe('10 known before\n');
    expect((await run('learn', 'spam', at('box.mbox'))).stdout).toBe('2 learned\n');
    expect((await run('learn', 'ham', at('box.mbox'))).stdout).toBe('2 learned anew\n');
    expect((await run('forget', at('box.mbox'), at('spam'))).stdout).toBe('12 forgotten\n');
    expect((await run('bayes', 'stats')).stdout).toContain('not in use yet');
    expect(await symbols(at('new-spam.eml'))).not.toContain('BAYES');
  }, 120_000);

  it('says what it could not read', async () => {
    const { code, stderr } = await run('learn', 'spam', at('nothing-here'));
    expect(code).toBe(1);
    expect(stderr).toContain('nothing-here');
  }, 30_000);
});

describe('export and import', () => {
  it('carry what was learned to another machine', async () => {
    const from = config('from');
    const to = config('to');
    await tamis(['learn', 'spam', at('spam'), '--config', from]);
    await tamis(['learn', 'ham', at('ham'), '--config', from]);
    expect(await tamis(['bayes', 'export', at('export'), '--config', from])).toMatchObject({ code: 0 });
    expect(await tamis(['bayes', 'import', at('export'), '--config', to])).toMatchObject({ code: 0 });
    expect((await tamis(['scan', at('new-spam.eml'), '--config', to])).stdout).toContain('BAYES_SPAM');
    expect(await tamis(['bayes', 'import', at('export'), '--config', to])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--replace'),
    });
    expect(await tamis(['bayes', 'import', at('export'), '--replace', '--config', to])).toMatchObject({
      code: 0,
    });
    expect(await tamis(['bayes', 'import', at('new-spam.eml'), '--replace', '--config', to])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no snapshot'),
    });
    expect((await tamis(['scan', at('new-spam.eml'), '--config', to])).stdout).toContain('BAYES_SPAM');
    const snapshot =
      readdirSync(join(folder, 'to', 'bayes')).find((name) => name.startsWith('snapshot')) ?? '';
    writeFileSync(join(folder, 'to', 'bayes', snapshot), 'TAMISBAY and no more');
    const { code, stdout, stderr } = await tamis(['bayes', 'stats', '--config', to]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('not in use yet') });
    expect(stderr).toContain(`${snapshot}: snapshot of tokens left out: `);
  }, 120_000);
});

describe('a running server', () => {
  it('takes in what is learned beside it', async () => {
    const server = new TamisServer();
    try {
      server.configure(
        'servers: {http: {listen: []}}\nfilter: {bayes: {minimum_learned: 10}, model: {enabled: false}, pool: {workers: 1}}\n',
      );
      await server.start();
      await tamis(['learn', 'spam', at('spam'), '--config', server.configFile]);
      await tamis(['learn', 'ham', at('ham'), '--config', server.configFile]);
      await expect
        .poll(() => server.log.find(({ msg }) => msg === 'learned'), { timeout: 20_000 })
        .toMatchObject({ requests: 20, known: 0 });
      expect(await tamis(['bayes', 'import', at('export'), '--config', server.configFile])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('stop it first'),
      });
      const other = new TamisServer();
      other.configure(
        `servers: {http: {listen: []}}\nfilter: {bayes: {minimum_learned: 10}, model: {enabled: false}, pool: {workers: 1}}\n`,
      );
      rmSync(other.data, { recursive: true, force: true });
      mkdirSync(other.data);
      symlinkSync(join(server.data, 'bayes'), join(other.data, 'bayes'));
      try {
        await other.start();
        expect(other.log.some(({ msg }) => msg.includes('nothing is learned here'))).toBe(true);
      } finally {
        await other.dispose();
      }
    } finally {
      await server.dispose();
    }
  }, 120_000);
});

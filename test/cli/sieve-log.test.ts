import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { tamis, TamisServer } from '../support/tamis.ts';

const server = new TamisServer();
const ham = join(import.meta.dirname, '../../corpus/samples/ham.eml');
const ACCOUNT = 'demo@tamis.test';

const setScript = (source: string): void => {
  const folder = join(server.data, 'sieve', ACCOUNT);
  mkdirSync(join(folder, 'scripts'), { recursive: true });
  writeFileSync(join(folder, 'scripts/main.sieve'), source);
};
const send = () =>
  tamis(['send', ham, '--server', server.address('smtp'), '--to', ACCOUNT, '--from', 'a@sender.test']);
const log = (...args: string[]) => tamis(['sieve', 'log', ...args, '--config', server.configFile]);

interface Entry {
  sender: string;
  actions: string[];
  errors: string[];
}
/** The log when it has so many entries: they are written behind the answer to the client. */
const entries = (count: number): Promise<Entry[]> =>
  vi.waitFor(
    async () => {
      const { stdout } = await log(ACCOUNT, '--json');
      const lines = stdout.split('\n').filter((line) => line !== '');
      expect(lines).toHaveLength(count);
      return lines.map((line) => JSON.parse(line) as Entry);
    },
    { timeout: 30_000, interval: 100 },
  );

beforeAll(async () => {
  server.configure(
    `hostname: mx.tamis.test\npolicy: {domains: [tamis.test]}\nservers: {smtp: {listen: ['127.0.0.1:0'], greeting_delay: 0ms}}\n`,
  );
  await tamis(['user', 'add', ACCOUNT, '--alias', 'alias@tamis.test', '--config', server.configFile]);
  await server.start();
});
afterAll(() => server.dispose());

describe('tamis sieve log', () => {
  it('tells what the active script decided, and how it failed, the newest first', async () => {
    expect((await send()).code).toBe(0);
    expect((await log(ACCOUNT)).stdout).toBe('');
    setScript('require "fileinto";\nfileinto "Seen";\n');
    symlinkSync('scripts/main.sieve', join(server.data, 'sieve', ACCOUNT, 'active.sieve'));
    expect((await send()).code).toBe(0);
    expect(await entries(1)).toMatchObject([
      { sender: 'a@sender.test', actions: ['fileinto "Seen"'], errors: [] },
    ]);
    setScript('keep;\nkep;\n');
    expect((await send()).code).toBe(0);
    const [last] = await entries(2);
    expect(last).toMatchObject({
      actions: ['implicit keep'],
      errors: ['main: line 2: error: unknown command kep'],
    });
    const { code, stdout } = await log('Alias@tamis.test');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ {2}<a@sender\.test> {2}Café/);
    expect(stdout).toContain('    main: line 2: error: unknown command kep\n');
  });

  it('knows its accounts', async () => {
    const { code, stderr } = await log('nobody@tamis.test');
    expect(code).toBe(1);
    expect(stderr).toBe('tamis: there is no account nobody@tamis.test\n');
    expect((await tamis(['sieve', 'log', ACCOUNT, '--config', '/nonexistent.yaml'])).code).toBe(1);
  });
});

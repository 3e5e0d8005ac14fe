import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describePeers } from '../support/peers.ts';
import { corpusMessages, sharedPath, unpackCorpus } from '../support/shared.ts';
import { tamis, TamisServer } from '../support/tamis.ts';

const available = sharedPath('corpora/index.tsv') !== undefined;
const reason = available ? '' : ' (skipped: corpora not found; set TAMIS_SHARED)';

const home = new TamisServer();
beforeAll(() => {
  home.configure(
    'hostname: mx.tamis.test\ndns: {zone: dns.yaml}\nfilter: {model: {enabled: true}, pool: {workers: 2}}\n',
  );
  home.write('dns.yaml', 'unknown.test: {TXT: [nothing]}\n');
});
afterAll(() => home.dispose());

/** The JSON lines of `tamis scan`, by file. */
async function scanned(...folders: readonly string[]): Promise<Map<string, Record<string, unknown>>> {
  const { code, stdout, stderr } = await tamis(['scan', '--json', '--config', home.configFile, ...folders]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return new Map(lines.map((line) => [String(line['file']), line]));
}

const filesIn = (folder: string): string[] =>
  execFileSync('find', [folder, '-type', 'f'], { encoding: 'utf8', maxBuffer: 1 << 26 })
    .trimEnd()
    .split('\n');

describePeers(['zstd'], 'every message of the corpora has a verdict, one JSON line each', () => {
  it.skipIf(!available)(`real mail${reason}`, { timeout: 600_000 }, async () => {
    const messages = corpusMessages();
    const actions: Record<string, number> = {};
    const folders = [...new Set(messages.map(({ source }) => source))].map(unpackCorpus);
    const lines = await scanned(...folders);
    expect([...lines.keys()].toSorted()).toEqual(folders.flatMap(filesIn).toSorted());
    for (const line of lines.values()) {
      expect(line).toMatchObject({ score: expect.any(Number), symbols: expect.any(Array) });
      actions[String(line['action'])] = (actions[String(line['action'])] ?? 0) + 1;
    }
    console.log(`${messages.length} messages:`, JSON.stringify(actions));
  });

  it.skipIf(!available)(`the torture folder${reason}`, { timeout: 300_000 }, async () => {
    const folder = unpackCorpus('torture');
    const lines = await scanned(folder);
    const files = filesIn(folder);
    expect(files.filter((file) => !lines.has(file) && !lines.has(`${file}:1`))).toEqual([]);
    expect(files.length).toBeGreaterThan(900);
    // A check that fails is a fault of ours.
    const failed = [...lines].filter(([, line]) => JSON.stringify(line['symbols']).includes('CHECK_ERROR'));
    expect(failed.map(([file]) => file)).toEqual([]);
  });
});

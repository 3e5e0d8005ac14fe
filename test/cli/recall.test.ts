import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { tamis } from '../support/tamis.ts';

const folder = mkdtempSync(join(tmpdir(), 'tamis-cli-recall-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

const TEXT =
  'Your parcel could not be handed over because nobody was at home. Please confirm the new date of delivery and pay the small fee within two days, or it goes back to the shop.';
const message = (name: string, text: string, more = '') => {
  writeFileSync(
    at(name),
    `${more}From: Post <x@post.example>\nSubject: ${name}\nMessage-ID: <${name}@post.example>\n\n${text}\n`,
  );
  return at(name);
};
writeFileSync(
  at('tamis.yaml'),
  `data: ${at('data')}\nhostname: mx.us.test\nfilter: {model: {enabled: false}, pool: {workers: 1}}\n`,
);
const run = (...args: string[]) => tamis([...args, '--config', at('tamis.yaml')]);
const symbols = async (path: string, ...more: string[]): Promise<string[]> => {
  const { stdout } = await run('scan', path, '--json', ...more);
  const { symbols: found } = JSON.parse(stdout) as { symbols: { symbol: string }[] };
  return found.map(({ symbol }) => symbol).filter((symbol) => /^(?:FUZZY|REPUTATION)/.test(symbol));
};

describe('what is learned is remembered', () => {
  it('copies of a message, until it is forgotten', async () => {
    const one = message('one.eml', TEXT);
    const copy = message('copy.eml', `Dear Ben,\n${TEXT}\nRef 12345`);
    expect(await symbols(copy)).toEqual([]);
    expect((await run('learn', 'spam', one)).code).toBe(0);
    expect(await symbols(copy)).toEqual(['FUZZY_DENIED']);
    expect((await run('learn', 'ham', one)).code).toBe(0);
    expect(await symbols(copy)).toEqual(['FUZZY_WHITE']);
    expect((await run('forget', one)).code).toBe(0);
    expect(await symbols(copy)).toEqual([]);
    expect((await run('learn', 'spam', '--user', 'ben@example.net', one)).code).toBe(0);
    expect(await symbols(copy)).toEqual([]);
  });

  it('senders of messages that were delivered here', async () => {
    const results = (id: string) =>
      `Authentication-Results: ${id}; iprev=pass policy.iprev=198.51.100.7; dkim=pass header.d=post.example\n`;
    const ours = ['a', 'b', 'c'].map((name) =>
      message(`${name}.eml`, `Short ${name}`, results('mx.us.test')),
    );
    await run('learn', 'spam', ...ours);
    const other = message('other.eml', 'Something else');
    expect(await symbols(other, '--client', '198.51.100.99')).toEqual(['REPUTATION_NETWORK_SPAM']);
    expect(await symbols(other, '--client', '203.0.113.5')).toEqual([]);
    const others = ['d', 'e', 'f'].map((name) =>
      message(`${name}.eml`, `Short ${name}`, results('mx.them.test').replace('198.51.100', '203.0.113')),
    );
    await run('learn', 'spam', ...others);
    expect(await symbols(other, '--client', '203.0.113.5')).toEqual([]);
  });

  it('standings are shown and forgotten', async () => {
    const shown = (await run('reputation', 'show', 'X@post.example', 'www.post.example', '198.51.100.1'))
      .stdout;
    expect(
      shown
        .trimEnd()
        .split('\n')
        .map((line) => line.trim().split(/\s+/)),
    ).toEqual([
      ['address', 'x@post.example', 'post.example', '15.0', '1.00'],
      ['dkim', 'post.example', '15.0', '1.00'],
      ['network', '198.51.100.0/24', '15.0', '1.00'],
    ]);
    const { stdout } = await run('reputation', 'show', '--json', '198.51.100.0/24');
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'network', name: '198.51.100.0/24', mean: 1 });
    expect((await run('reputation', 'forget', 'x@post.example', '198.51.100.9')).stdout).toBe(
      '2 forgotten\n',
    );
    expect((await run('reputation', 'show', 'x@post.example', '198.51.100.9')).stdout).toBe(
      'nothing is known\n',
    );
  });
});

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
  `data: ${at('data')}\nhostname: mx.us.test\nfilter: {model: {enabled: false}}\n`,
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
    for (const number of ['a', 'b', 'c'])
      await run('learn', 'spam', message(`${number}.eml`, `Short ${number}`, results('mx.us.test')));
    const other = message('other.eml', 'Something else');
    expect(await symbols(other, '--client', '198.51.100.99')).toEqual(['REPUTATION_NETWORK_SPAM']);
    expect(await symbols(other, '--client', '203.0.113.5')).toEqual([]);
    for (const number of ['d', 'e', 'f'])
      await run(
        'learn',
        'spam',
        message(
          `${number}.eml`,
          `Short ${number}`,
          results('mx.them.test').replace('198.51', '203.0').replace('100.7', '113.7'),
        ),
      );
    expect(await symbols(other, '--client', '203.0.113.5')).toEqual([]);
  });
});

import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readMbox } from './mbox.ts';

const FROM = 'From joe@example.org Mon Mar  2 09:05:00 2026\n';

async function read(text: string, size = 7, messageBytes?: number): Promise<string[]> {
  const raw = Buffer.from(text, 'latin1');
  const chunks: Buffer[] = [];
  for (let at = 0; at < raw.length; at += size) chunks.push(raw.subarray(at, at + size));
  const found: string[] = [];
  for await (const message of readMbox(chunks, { messageBytes }))
    found.push(Buffer.from(message).toString('latin1'));
  return found;
}

test('splits at From_ lines after empty lines and unquotes', async () => {
  const first = 'A: 1\n\nhello\nFrom here 10:00 in 2020\n>From x\n>>From y\n> From z\n';
  const second = 'A: 2\n\nFrom me, with love\n';
  const mbox = `${FROM}${first}\n${FROM}${second}\n`;
  for (const size of [1, 7, 64, 4096]) {
    expect(await read(mbox, size)).toEqual([
      first.replace('>From x', 'From x').replace('>>From y', '>From y'),
      second,
    ]);
    expect(await read(mbox.replaceAll('\n', '\r\n'), size)).toHaveLength(2);
  }
});

test('what begins with no From_ line is one message', async () => {
  expect(await read('A: 1\n\nFrom x\n\nFrom a Mon Mar  2 09:05:00 2026\n')).toEqual([
    'A: 1\n\nFrom x\n\nFrom a Mon Mar  2 09:05:00 2026\n',
  ]);
  expect(await read('')).toEqual([]);
});

test('a long message and a long line are cut at the limit', async () => {
  const found = await read(`${FROM}A: 1\n\n${'x'.repeat(300_000)}\n\n${FROM}B: 2\n\nb\n`, 65_536, 1000);
  expect(found.map((message) => message.length)).toEqual([1000, 8]);
});

test('messages come back as they were written', async () => {
  const line = fc.constantFrom('', 'From me', '>From', '>From me', 'text', '> quoted');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(line, { maxLength: 6 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 80 }),
      async (bodies, size) => {
        const messages = bodies.map((lines) => `S: x\n\n${lines.map((one) => `${one}\n`).join('')}`);
        const mbox = messages.map((message) => `${FROM}${message.replace(/^(>*From )/gm, '>$1')}\n`).join('');
        expect(await read(mbox, size)).toEqual(messages);
      },
    ),
    { numRuns: 200 },
  );
});

test('reads a file by its path', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tamis-mbox-'));
  try {
    writeFileSync(join(folder, 'box'), `${FROM}A: 1\n\nx\n\n${FROM}A: 2\n\ny\n`);
    const found: number[] = [];
    for await (const message of readMbox(join(folder, 'box'))) found.push(message.length);
    expect(found).toEqual([8, 8]);
    await expect(readMbox(join(folder, 'none')).next()).rejects.toThrow('ENOENT');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

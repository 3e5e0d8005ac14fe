import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readModel } from '../filter/model/onnx.ts';
import type { Io } from './io.ts';
import { addModelCommand } from './model.ts';

let folder = '';
const index = (): string => join(folder, 'index.tsv');

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-model-'));
  const rows = Array.from({ length: 60 }, (_, number) => {
    const spam = number % 2 === 0;
    const text = spam
      ? `win the casino lottery now ${number}`
      : `the meeting minutes of the project ${number}`;
    writeFileSync(
      join(folder, `${number}.eml`),
      `From: a@example.org\r\nSubject: ${spam ? 'win now' : 'minutes'}\r\n\r\n${text}\r\n`,
    );
    return `${number}.eml\t${spam ? 'spam' : 'ham'}\t${['one', 'two', 'three'][number % 3]}\tg${number}`;
  });
  writeFileSync(index(), `${['path\tlabel\tsource\tgroup', ...rows].join('\n')}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function tamis(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  let code = 0;
  const io: Io = {
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
    color: false,
    interactive: false,
  };
  const program = new Command();
  addModelCommand(program, io, (exit) => void (code = exit));
  await program.parseAsync(words, { from: 'user' });
  return { code, stdout, stderr };
}

test('trains, prints figures by source, writes the model and the probabilities of unseen mail', async () => {
  const out = join(folder, 'model.onnx');
  const heldOut = join(folder, 'held-out.tsv');
  const { code, stdout } = await tamis(
    'model',
    'train',
    '--index',
    index(),
    '--out',
    out,
    '--held-out',
    heldOut,
  );
  expect(code).toBe(0);
  expect(stdout).toMatch(/each source left out in turn\nsource .*\none +10 +10 /);
  expect(stdout).toMatch(/each fifth of the mail left out in turn/);
  const { properties } = readModel(readFileSync(out));
  expect(Object.fromEntries(properties)).toMatchObject({
    sources: 'one two three',
    messages: '60',
    spam: '30',
  });
  const [head, ...rows] = readFileSync(heldOut, 'utf8').trimEnd().split('\n');
  expect(head).toBe('path\tlabel\tsource\tgroup\tprobability');
  expect(rows).toHaveLength(60);
  for (const row of rows) {
    const [, label, , , probability] = row.split('\t');
    expect(Number(probability) > 0.5 ? 'spam' : 'ham').toBe(label);
  }
});

test('sources left out for a test are judged and not learned', async () => {
  const { code, stdout } = await tamis('model', 'train', '--index', index(), '--test', 'three', '--json');
  expect(code).toBe(0);
  const { sections } = JSON.parse(stdout) as {
    sections: { title: string; lines: { source: string; ham: number }[] }[];
  };
  expect(sections.at(-1)).toMatchObject({
    title: expect.stringContaining('not trained on') as string,
    lines: [
      { source: 'three', ham: 10, spamAtHalf: 1, hamAtHalf: 0 },
      { source: 'all', ham: 10 },
    ],
  });
  expect(sections[0]?.lines.map(({ source }) => source)).not.toContain('three');
});

test.each([
  ['an index that is not there', ['--index', '/nonexistent/index.tsv'], 1, /no such file/i],
  ['an unknown source', ['--exclude', 'four'], 1, /no source "four"/],
  ['a seed that is none', ['--seed', 'x'], 2, /whole number/],
])('%s is said', async (_, words, expected, reason) => {
  const { code, stderr } = await tamis(
    'model',
    'train',
    ...(words.includes('--index') ? [] : ['--index', index()]),
    ...words,
  );
  expect(code).toBe(expected);
  expect(stderr).toMatch(reason);
});

test('a class that is missing is said', async () => {
  const onlyHam = join(folder, 'ham.tsv');
  writeFileSync(onlyHam, 'path\tlabel\n1.eml\tham\n3.eml\tham\n');
  const { code, stderr } = await tamis('model', 'train', '--index', onlyHam);
  expect(code).toBe(1);
  expect(stderr).toMatch(/no spam to learn from/);
});

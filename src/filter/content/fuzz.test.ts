import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cpuTimer } from '../../../test/support/cpu.ts';
import { parseMessage } from '../../message/parse.ts';
import { checks } from '../checks/index.ts';
import type { CheckContext } from '../types.ts';
import { listRar } from './archives/rar.ts';
import { listSevenZip } from './archives/seven-zip.ts';
import { listTar } from './archives/tar.ts';
import { imageSize } from './images/size.ts';
import { kindOf } from './kinds.ts';
import { withAttachment, zipOf } from './testing.ts';

const CONTENT = new Set([
  'archives',
  'file-types',
  'office',
  'pdf',
  'qr-codes',
  'html-files',
  'links',
  'url-shape',
]);
const contentChecks = checks.filter(({ name }) => CONTENT.has(name));

async function run(message: CheckContext['message']): Promise<string[]> {
  const context = { message } as CheckContext;
  const symbols: string[] = [];
  for (const check of contentChecks) for (const { symbol } of await check.run(context)) symbols.push(symbol);
  return symbols;
}

const rar = Buffer.from('526172211a0700cf907300000d00000000000000', 'hex');
const ole = Buffer.alloc(3072);
Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(ole);
ole.writeUInt16LE(9, 30);

/** The beginnings of each kind; what follows is damaged in every way. */
const SEEDS: readonly Buffer[] = [
  zipOf([
    { name: '[Content_Types].xml', data: Buffer.from('<Types/>') },
    {
      name: 'word/_rels/a.rels',
      data: Buffer.from('<Relationship Type="x/frame" Target="https://example.org" TargetMode="External"/>'),
    },
    { name: 'word/vbaProject.bin', data: ole },
  ]),
  zipOf([
    { name: 'a.exe', data: Buffer.from('MZ') },
    { name: 'b.zip', data: zipOf([]) },
  ]),
  Buffer.concat([rar, Buffer.alloc(60, 1)]),
  Buffer.from('526172211a070100111111110501000000', 'hex'),
  Buffer.concat([Buffer.from('377abcaf271c0004', 'hex'), Buffer.alloc(60, 2)]),
  gzipSync(Buffer.from('hello')),
  ole,
  Buffer.from(
    '{\\rtf1{\\object{\\*\\objdata 0105000002000000}}{\\*\\fldinst HYPERLINK "https://example.org"}}',
  ),
  Buffer.from(
    '%PDF-1.7\n1 0 obj<</Type/ObjStm/Filter/FlateDecode>>stream\nxx\nendstream\n/JS(\\)/URI<41>/Encrypt',
  ),
  Buffer.from('<html><script>atob("x")</script><a href="https://example.org">'),
  Buffer.from('ffd8ffe000104a46494600010100000100010000ffc0000b080064006401011100', 'hex'),
  Buffer.from('89504e470d0a1a0a0000000d4948445200000064000000640800000000', 'hex'),
  Buffer.from('cafebabe', 'hex'),
];

const damaged = fc
  .tuple(
    fc.constantFrom(...SEEDS),
    fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { maxLength: 12 }),
    fc.nat(4000),
    fc.boolean(),
  )
  .map(([seed, changes, length, whole]) => {
    const bytes = Buffer.from(seed);
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return whole ? bytes : bytes.subarray(0, length % (bytes.length + 1));
  });

test('no attachment, however damaged, makes a check fail', async () => {
  const extensions = fc.constantFrom('bin', 'doc', 'zip', 'pdf', 'png', 'html');
  await fc.assert(
    fc.asyncProperty(damaged, extensions, async (bytes, extension) => {
      const symbols = await run(withAttachment(`a.${extension}`, bytes));
      expect(symbols.every((symbol) => /^[A-Z0-9_]+$/.test(symbol))).toBe(true);
    }),
    { numRuns: 400 },
  );
});

test('no bytes make a reader fail', () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), damaged), (bytes) => {
      const kind = kindOf(bytes);
      expect(imageSize(bytes, kind)?.width ?? 1).toBeGreaterThan(0);
      for (const list of [listRar, listSevenZip, listTar])
        expect(list(bytes, 20).entries.length).toBeLessThanOrEqual(20);
    }),
    { numRuns: 500 },
  );
});

/** What took minutes or gigabytes before there were bounds; each is a second at most now, with room for a slow machine. */
const HOSTILE: readonly (readonly [string, () => CheckContext['message']])[] = [
  [
    'a million strings that do not end, in a PDF',
    () => withAttachment('a.pdf', Buffer.from(`%PDF-1.7\n${'/URI ('.repeat(1e6)}`)),
  ],
  [
    'half a million objects, in RTF',
    () => withAttachment('a.rtf', Buffer.from(`{\\rtf1${'\\objdata'.repeat(5e5)}`)),
  ],
  ['a nest of a million archives', () => withAttachment('a.zip', nest())],
  [
    'ten megabytes of div',
    () => parseMessage(Buffer.from(`Content-Type: text/html\n\n${'<div>'.repeat(2e6)}`)),
  ],
  [
    'a million links',
    () => parseMessage(Buffer.from(`Subject: x\n\n${'http://a.example.org/ '.repeat(1e6)}`)),
  ],
  ['a word of 200 KB', () => parseMessage(Buffer.from(`Subject: x\n\n${'x'.repeat(200_000)}`))],
];

function nest(): Buffer {
  let inner = zipOf([{ name: 'a.txt', data: Buffer.alloc(1e6) }]);
  for (let level = 0; level < 3; level++)
    inner = zipOf(Array.from({ length: 100 }, (_, index) => ({ name: `${index}.zip`, data: inner })));
  return inner;
}

test.each(HOSTILE)('takes its time and no more: %s', async (_, make) => {
  const message = make();
  const used = cpuTimer();
  await run(message);
  expect(used()).toBeLessThan(8_000);
});

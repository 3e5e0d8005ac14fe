import { describe, expect, test } from 'vitest';
import { readCompound } from './compound.ts';
import { moduleSource } from './ovba.ts';
import { addRtfFacts } from './rtf.ts';
import { noFacts } from './types.ts';
import { macroWords } from './words.ts';

/** Compresses as MS-OVBA 2.4.1 does: the longest match before, else the byte itself. */
function compress(source: Buffer): Buffer {
  const chunks: Buffer[] = [Buffer.of(1)];
  for (let start = 0; start < source.length; start += 4096) {
    const chunk = source.subarray(start, start + 4096);
    const data: number[] = [];
    for (let at = 0; at < chunk.length; ) {
      const flags = data.push(0) - 1;
      for (let bit = 0; bit < 8 && at < chunk.length; bit++) {
        const distanceBits = Math.max(4, Math.ceil(Math.log2(at)));
        let best = { length: 0, from: 0 };
        for (let from = 0; from < at; from++) {
          let length = 0;
          while (at + length < chunk.length && chunk[from + length] === chunk[at + length]) length++;
          if (length > best.length) best = { length, from };
        }
        const length = Math.min(best.length, (1 << (16 - distanceBits)) + 2);
        if (length < 3) {
          data.push(chunk[at++] ?? 0);
          continue;
        }
        const token = ((at - best.from - 1) << (16 - distanceBits)) | (length - 3);
        data.push(token & 0xff, token >> 8);
        data[flags] = (data[flags] ?? 0) | (1 << bit);
        at += length;
      }
    }
    const header = Buffer.alloc(2);
    header.writeUInt16LE(0xb000 | (data.length - 1));
    chunks.push(header, Buffer.from(data));
  }
  return Buffer.concat(chunks);
}

describe('sources of macros', () => {
  const lines = Array.from(
    { length: 400 },
    (_, line) => `  Range("A${line % 7}").Value = ${line} ' and so on\r\n`,
  );
  const source = Buffer.from(
    `Attribute VB_Name = "ThisDocument"\r\nSub AutoOpen()\r\n${lines.join('')}End Sub\r\n`,
  );
  const stream = Buffer.concat([Buffer.alloc(300, 0xaa), compress(source)]);

  test('are found behind the compiled form, and unpacked over several chunks', () => {
    expect(source.length).toBeGreaterThan(2 * 4096);
    expect(moduleSource(stream, 1 << 20)?.toString()).toBe(source.toString());
  });

  test('end at the limit, and where they are cut off', () => {
    expect(moduleSource(stream, 100)?.toString()).toBe(source.toString('latin1', 0, 100));
    const cut = moduleSource(stream.subarray(0, 1000), 1 << 20)?.toString() ?? '';
    expect(cut.length).toBeGreaterThan(100);
    expect(source.toString().startsWith(cut)).toBe(true);
    expect(moduleSource(Buffer.alloc(300), 100)).toBeUndefined();
  });

  test.each([
    ['Sub Document_Open()\nShell "calc"', ['document_open'], ['shell'], true],
    [
      'Sub Workbook_Open()\nSet x = CreateObject("Word.Application")',
      ['workbook_open'],
      ['createobject'],
      false,
    ],
    ['x = "WScr" & "ipt.She" + "ll"', [], ['wscript.shell'], true],
    ['x = Shell _\r\n("calc")', [], ['shell'], true],
    [
      'x = Chr(87) & Chr(83) & ChrW$(99) & Chr(1) & Chr(2) & Chr(3) & Chr(4) & Chr(5) & y',
      [],
      ['chr & chr'],
      true,
    ],
    ['Sub Reopen()\nx = "nutshell"', [], [], false],
  ])('say what they are for: %s', (text, autoRun, suspicious, isMalicious) => {
    expect(macroWords(text)).toMatchObject({ autoRun, suspicious, isMalicious });
  });
});

test('a compound file whose chains run in circles is read to an end', () => {
  const bytes = Buffer.alloc(512 * 4);
  Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(bytes);
  bytes.writeUInt16LE(9, 30);
  bytes.writeUInt32LE(4096, 56);
  // Sector 0 holds the table, in which sector 1 follows itself; it is the directory.
  bytes.writeUInt32LE(1, 48);
  bytes.writeUInt32LE(1, 60);
  bytes.writeUInt32LE(1, 512 + 4);
  bytes.write('R\0', 1024);
  bytes.writeUInt16LE(4, 1024 + 64);
  bytes.writeUInt8(5, 1024 + 66);
  bytes.writeUInt32LE(1, 1024 + 76);
  bytes.writeUInt32LE(1, 1024 + 128 + 68);
  const entries = readCompound(bytes)?.entries ?? [];
  expect(entries.length).toBeGreaterThan(0);
  for (const entry of entries) expect(entry.read(1 << 20).length).toBeLessThanOrEqual(bytes.length);
  expect(readCompound(bytes.subarray(0, 100))).toBeUndefined();
});

test('digits of an object in RTF are found among groups, control words and a limit of objects', () => {
  const facts = noFacts();
  const object = Buffer.concat([Buffer.from('01050000020000000b000000', 'hex'), Buffer.from('Equation.3\0')]);
  const hex = object.toString('hex');
  const hidden = `${hex.slice(0, 7)}{\\*\\x abc}\\a0 \n${hex.slice(7)}\\'41`;
  addRtfFacts(Buffer.from(`{\\rt{\\object{\\*\\objdata ${hidden}}}}`), facts);
  expect(facts.equation).toBe(true);
});

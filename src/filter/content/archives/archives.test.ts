import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { filesOf, zipOf } from '../testing.ts';
import { listRar } from './rar.ts';
import { listSevenZip } from './seven-zip.ts';
import { listTar } from './tar.ts';
import type { ArchiveListing } from './types.ts';
import { listZip } from './zip.ts';

const text = (words: string): Buffer => Buffer.from(words);
const names = ({ entries }: ArchiveListing): string[] => entries.map(({ name }) => name);

describe('zip', () => {
  test('lists files, not folders, and unpacks them', async () => {
    const listing = await listZip(
      zipOf([
        { name: 'a/', data: text('') },
        { name: 'a/b.txt', data: text('hello') },
      ]),
      9,
    );
    expect(listing).toMatchObject({ encryptedNames: false, truncated: false, faults: [] });
    expect(names(listing)).toEqual(['a/b.txt']);
    const { files } = await filesOf('x.zip', zipOf([{ name: 'b.txt', data: text('hello') }]));
    expect(files.map(({ path }) => path)).toEqual(['x.zip', 'x.zip > b.txt']);
    expect(Buffer.from(files[1]?.content ?? []).toString()).toBe('hello');
  });

  test('says that a file is called differently in the list', async () => {
    const bytes = zipOf([{ name: 'a.txt', localName: 'a.exe', data: text('x') }]);
    expect((await listZip(bytes, 9)).faults).toEqual(['names-differ']);
  });

  test('finds files without the list, whatever is cut off', async () => {
    const whole = zipOf([
      { name: 'a.exe', data: text('one') },
      { name: 'b.txt', data: text('two') },
    ]);
    const list = whole.indexOf(Buffer.from('504b0102', 'hex'));
    const listing = await listZip(whole.subarray(0, list), 9);
    expect(names(listing)).toEqual(['a.exe', 'b.txt']);
    expect(listing.faults).toEqual(['broken']);
  });

  test('finds what stands before the archive that is listed', async () => {
    const first = zipOf([{ name: 'a.exe', data: text('one') }]);
    const second = zipOf([{ name: 'b.txt', data: text('two') }]);
    const list = second.indexOf(Buffer.from('504b0102', 'hex'));
    second.writeUInt32LE(first.length, list + 42);
    second.writeUInt32LE(list + first.length, second.length - 6);
    const listing = await listZip(Buffer.concat([first, second]), 9);
    expect(names(listing)).toEqual(['b.txt', 'a.exe']);
    expect(listing.faults).toEqual(['hidden-entries']);
  });

  test('lists no more than it is asked for', async () => {
    const many = zipOf(Array.from({ length: 20 }, (_, index) => ({ name: `${index}`, data: text('') })));
    const listing = await listZip(many, 5);
    expect(listing.entries).toHaveLength(5);
    expect(listing.truncated).toBe(true);
  });
});

describe('7z', () => {
  const number = (value: number): number[] => (value < 0x80 ? [value] : [0x80 | (value >> 8), value & 0xff]);
  const wide = (name: string): Buffer => Buffer.from(`${name}\0`, 'utf16le');

  /** The header of an archive with the files of one folder, of a coder of that id. */
  function headerOf(
    files: readonly { name: string; size: number }[],
    coder: number[],
    packed: number,
  ): Buffer {
    const nameBytes = Buffer.concat([Buffer.of(0), ...files.map(({ name }) => wide(name))]);
    const total = files.reduce((sum, { size }) => sum + size, 0);
    return Buffer.concat([
      Buffer.from([0x01, 0x04, 0x06, 0x00, 0x01, 0x09, ...number(packed), 0x00]),
      Buffer.from([0x07, 0x0b, 0x01, 0x00, 0x01, ...coder, 0x0c, ...number(total), 0x00]),
      Buffer.from([0x08, 0x0d, files.length, 0x09]),
      Buffer.from(files.slice(0, -1).flatMap(({ size }) => number(size))),
      Buffer.from([0x00, 0x00, 0x05, files.length, 0x11, ...number(nameBytes.length)]),
      nameBytes,
      Buffer.from([0x00, 0x00]),
    ]);
  }

  function archiveOf(packed: Buffer, header: Buffer): Buffer {
    const start = Buffer.alloc(32);
    Buffer.from('377abcaf271c0004', 'hex').copy(start);
    start.writeUInt32LE(packed.length, 12);
    start.writeUInt32LE(header.length, 20);
    return Buffer.concat([start, packed, header]);
  }

  const two = [
    { name: 'a.exe', size: 3 },
    { name: 'übel.txt', size: 4 },
  ];

  test('lists files that are stored, and reads them', () => {
    const listing = listSevenZip(archiveOf(text('onefour'), headerOf(two, [0x01, 0x00], 7)), 9);
    expect(names(listing)).toEqual(['a.exe', 'übel.txt']);
    expect(listing.entries.map(({ size }) => size)).toEqual([3, 4]);
    expect(listing.faults).toEqual([]);
  });

  test('unpacks what is in a folder of LZMA', async () => {
    // `hello hello hello hello` by LZMA, lc=3, lp=0, pb=2.
    const packed = Buffer.from('00341949ee8de9560bd5c5a3ffff78a40000', 'hex');
    const coder = [0x23, 0x03, 0x01, 0x01, 0x05, 0x5d, 0, 0, 1, 0];
    const bytes = archiveOf(packed, headerOf([{ name: 'a.txt', size: 23 }], coder, packed.length));
    const { files } = await filesOf('a.7z', bytes);
    expect(files[1]).toMatchObject({ path: 'a.7z > a.txt', kind: 'text', encrypted: false });
    expect(Buffer.from(files[1]?.content ?? []).toString()).toBe('hello hello hello hello');
  });

  test('knows encrypted files, and encrypted names', () => {
    const aes = [0x24, 0x06, 0xf1, 0x07, 0x01, 0x01, 0x00];
    const listing = listSevenZip(archiveOf(text('onefour'), headerOf(two, aes, 7)), 9);
    expect(listing.entries.map(({ encrypted }) => encrypted)).toEqual([true, true]);
    const encoded = Buffer.concat([
      Buffer.from([0x17, 0x06, 0x00, 0x01, 0x09, 0x07, 0x00, 0x07, 0x0b, 0x01, 0x00, 0x01, ...aes]),
      Buffer.from([0x0c, 0x07, 0x00, 0x00]),
    ]);
    const locked = listSevenZip(archiveOf(text('onefour'), encoded), 9);
    expect(locked).toMatchObject({ encryptedNames: true, entries: [], faults: [] });
  });

  test('reads a header that is packed itself', () => {
    const header = headerOf(two, [0x01, 0x00], 7);
    const body = Buffer.concat([text('onefour'), header]);
    const encoded = Buffer.concat([
      Buffer.from([0x17, 0x06, 0x07, 0x01, 0x09, ...number(header.length), 0x00, 0x07, 0x0b, 0x01, 0x00]),
      Buffer.from([0x01, 0x01, 0x00, 0x0c, ...number(header.length), 0x00, 0x00]),
    ]);
    expect(names(listSevenZip(archiveOf(body, encoded), 9))).toEqual(['a.exe', 'übel.txt']);
  });

  test('says that one is broken, whatever is cut off', () => {
    const whole = archiveOf(text('onefour'), headerOf(two, [0x01, 0x00], 7));
    for (let length = 12; length < whole.length; length++)
      expect(listSevenZip(whole.subarray(0, length), 9).faults).toEqual(['broken']);
  });
});

describe('rar', () => {
  /** A file header of RAR 4 with a name of that many bytes. */
  function rar4(name: Buffer, flags: number): Buffer {
    const header = Buffer.alloc(32);
    header.writeUInt8(0x74, 2);
    header.writeUInt16LE(0x8000 | flags, 3);
    header.writeUInt16LE(32 + name.length, 5);
    header.writeUInt8(0x30, 25);
    header.writeUInt16LE(name.length, 26);
    return Buffer.concat([Buffer.from('526172211a0700', 'hex'), header, name]);
  }

  test.each([
    ['plain', Buffer.from('a.exe'), 0, 'a.exe'],
    ['UTF-8', Buffer.from('über.exe'), 0x200, 'über.exe'],
    // High byte 04: two letters of it, then four copied from the plain name.
    ['with changes', Buffer.from('61622e73637200045c3f4002', 'hex'), 0x200, 'пр.scr'],
  ])('reads names: %s', (_, raw, flags, name) => {
    expect(names(listRar(rar4(raw, flags), 9))).toEqual([name]);
  });

  test('passes folders over, and says that one is broken', () => {
    expect(names(listRar(rar4(Buffer.from('folder'), 0xe0), 9))).toEqual([]);
    expect(listRar(Buffer.from('526172211a07000000ff', 'hex'), 9).faults).toEqual([]);
    expect(listRar(Buffer.from('526172211a0700000011223344556677', 'hex'), 9).faults).toEqual(['broken']);
    expect(listRar(Buffer.from('526172211a07010000000000ffffffffffffffffff', 'hex'), 9).faults).toEqual([
      'broken',
    ]);
  });
});

test('tar: long names of GNU and pax', () => {
  const block = (name: string, type: string, data: string): Buffer => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(data.length.toString(8).padStart(11, '0'), 124);
    header.write(type, 156);
    header.write('ustar', 257);
    return Buffer.concat([header, Buffer.from(data.padEnd(Math.ceil(data.length / 512) * 512, '\0'))]);
  };
  const bytes = Buffer.concat([
    block('././@LongLink', 'L', 'a-very-long-name.exe\0'),
    block('a-very', '0', 'x'),
    block('pax', 'x', '20 path=other.js\n'),
    block('short', '0', 'y'),
    block('folder/', '5', ''),
    Buffer.alloc(1024),
  ]);
  expect(names(listTar(bytes, 9))).toEqual(['a-very-long-name.exe', 'other.js']);
});

describe('limits', () => {
  test('a nest ends at the depth, and says so', async () => {
    let nest = zipOf([{ name: 'a.txt', data: text('x') }]);
    for (let level = 0; level < 10; level++) nest = zipOf([{ name: `${level}.zip`, data: nest }]);
    const { files, budget } = await filesOf('nest.zip', nest);
    expect(files.at(-1)?.depth).toBe(budget.limits.depth);
    expect([...budget.reached]).toEqual(['depth']);
  });

  test('a bomb is known by what it says, and by what comes out', async () => {
    const zeros = Buffer.alloc(9 * 1024 * 1024);
    const [honest] = (await filesOf('a.zip', zipOf([{ name: 'a', data: zeros, size: 2 ** 31 }]))).files;
    expect(honest?.bomb).toBe(true);
    const [liar] = (await filesOf('a.zip', zipOf([{ name: 'a', data: zeros, size: 10 }]))).files;
    expect(liar?.bomb).toBe(true);
    const [small] = (await filesOf('a.zip', zipOf([{ name: 'a', data: zeros }]))).files;
    expect(small?.bomb).toBe(false);
  });

  test('all files share what may be unpacked', async () => {
    const page = Buffer.concat([text('<html>'), Buffer.alloc(7 * 1024 * 1024, 'x')]);
    const members = Array.from({ length: 8 }, (_, index) => ({ name: `${index}.gz`, data: gzipSync(page) }));
    const { files, budget } = await filesOf('a.zip', zipOf(members));
    const unpacked = files.filter(({ depth, content }) => depth === 2 && content !== undefined);
    expect(unpacked.length).toBeGreaterThan(0);
    expect(unpacked.length).toBeLessThan(8);
    expect([...budget.reached]).toEqual(['unpackedBytes']);
  });
});

test('deflate of something else is no file', async () => {
  const zip = zipOf([{ name: 'a.zip', data: deflateRawSync(Buffer.from('x')) }]);
  zip.fill(0xff, 35, 37);
  const { files } = await filesOf('a.zip', zip);
  expect(files[1]?.kind).toBeUndefined();
  expect(files[1]?.content).toBeUndefined();
});

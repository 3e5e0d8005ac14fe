import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { locate } from '../../src/servers/imap/fetch/locate.ts';
import { WHOLE } from '../../src/servers/imap/fetch/section.ts';
import { structureText } from '../../src/servers/imap/fetch/structure-text.ts';
import { describe as describeContent } from '../../src/store/mail/content.ts';
import type { Structure } from '../../src/store/mail/content-types.ts';
import { literal, SessionRig } from '../support/imap-session.ts';
import { corpusMessages, describeShared, unpackCorpus } from '../support/shared.ts';

/** Octets as IMAP sends them: of a file with LF, every bare LF is CRLF. */
function asSent(raw: Buffer): Buffer {
  const end = raw.indexOf(0x0a);
  if (end < 0 || raw[end - 1] === 0x0d) return raw;
  return Buffer.from(raw.toString('latin1').replace(/(?<!\r)\n/g, '\r\n'), 'latin1');
}

interface Numbered {
  readonly path: readonly number[];
  readonly part: Structure;
  readonly within: Structure;
}

function numbered(holder: Structure, before: readonly number[] = []): Numbered[] {
  const parts = holder.type === 'multipart' ? holder.parts : [holder];
  return parts.flatMap((part, index) => {
    const path = [...before, index + 1];
    const inside = part.type === 'multipart' ? part : part.message?.structure;
    return [{ path, part, within: holder }, ...(inside === undefined ? [] : numbered(inside, path))];
  });
}

/** Reads a parenthesised list to its end, with its strings and literals; throws when it is none. */
function readList(text: string, from = 0): number {
  if (text[from] !== '(') throw new Error(`no list at ${from}: ${text.slice(from, from + 40)}`);
  let at = from + 1;
  while (text[at] !== ')') {
    if (text[at] === ' ') at++;
    if (text[at] === '(') at = readList(text, at);
    else {
      const token = /"(?:[^"\\\r\n]|\\["\\])*"|\{(\d+)\}\r\n|NIL|\d+/y;
      token.lastIndex = at;
      const match = token.exec(text);
      if (match === null) throw new Error(`no string at ${at}: ${text.slice(at, at + 40)}`);
      at = token.lastIndex + Number(match[1] ?? 0);
    }
  }
  return at + 1;
}

/** Every nth message of a corpus, and all messages made to be hard to read. */
function messages(): readonly { readonly name: string; readonly raw: Buffer }[] {
  const torture = unpackCorpus('torture');
  const files = [
    ...globSync('**/*', { cwd: torture, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
    ...corpusMessages('sisimai', 'spamassassin')
      .filter((_, index) => index % 20 === 0)
      .map(({ path }) => path),
  ];
  return files
    .map((name) => ({ name, raw: readFileSync(name) }))
    .filter(({ raw }) => raw.length > 0 && raw.length < 2_000_000);
}

describeShared('corpora/torture.tar.zst', 'messages of the corpora', () => {
  const rig = new SessionRig();

  test('are described with offsets that lie within them, in an answer that can be read', () => {
    const all = messages();
    expect(all.length).toBeGreaterThan(200);
    for (const { name, raw } of all) {
      const octets = asSent(raw);
      const { structure, preview } = describeContent(octets);
      expect([structure.start, structure.end], name).toEqual([0, octets.length]);
      expect(preview.length, name).toBeLessThanOrEqual(400);
      for (const { path, part, within } of numbered(structure)) {
        const where = `${name} ${path.join('.')}`;
        expect(part.start, where).toBeGreaterThanOrEqual(within.start);
        expect(part.end, where).toBeLessThanOrEqual(within.end);
        expect(part.bodyStart, where).toBeGreaterThanOrEqual(part.start);
        expect(part.end, where).toBeGreaterThanOrEqual(part.bodyStart);
        const lines = octets.subarray(part.bodyStart, part.end).toString('latin1').split('\n').length - 1;
        if (part.type === 'text') expect(part.lines, where).toBe(lines);
      }
      for (const utf8 of [false, true]) {
        const text = Buffer.from(structureText(structure, true, utf8)).toString('latin1');
        expect(readList(text), name).toBe(text.length);
      }
    }
  });

  test('come back as they were appended, whole and in parts', async () => {
    const anna = await rig.session();
    const some = messages().filter((_, index) => index % 4 === 0);
    for (const { raw } of some) await anna.ok('APPEND INBOX ', literal(raw));
    await anna.ok('SELECT INBOX');
    for (const [index, { name, raw }] of some.entries()) {
      // No literal may hold NUL (RFC 9051 §9).
      const octets = Buffer.from(asSent(raw).toString('latin1').replaceAll('\0', '\x80'), 'latin1');
      const sections = numbered(describeContent(octets).structure).slice(0, 30);
      const items = ['BODY.PEEK[]', ...sections.map(({ path }) => `BODY.PEEK[${path.join('.')}]`)];
      const [line = ''] = await anna.ok(`UID FETCH ${index + 1} (${items.join(' ')})`);
      let at = line.indexOf('BODY[]');
      const take = (label: string): string => {
        const head = new RegExp(`${label.replace(/[[\].]/g, '\\$&')} \\{(\\d+)\\}\\r\\n`, 'y');
        head.lastIndex = at;
        const length = Number(head.exec(line)?.[1]);
        const text = line.slice(head.lastIndex, head.lastIndex + length);
        at = head.lastIndex + length + 1;
        return text;
      };
      expect(take('BODY[]') === octets.toString('latin1'), name).toBe(true);
      for (const { path } of sections) {
        const label = path.join('.');
        const range = locate(describeContent(octets).structure, { ...WHOLE, path, label });
        const expected = octets.toString('latin1', range?.start, range?.end);
        expect(take(`BODY[${label}]`) === expected, `${name} ${label}`).toBe(true);
      }
    }
  });
});

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defectDescriptions } from './defects.ts';
import { parseMessage } from './parse.ts';
import type { Message, Part, Range } from './types.ts';
import { findUuencoded } from './uuencode.ts';

/**
 * Pairs of a message and what is read from it, in `test/golden`. With TAMIS_UPDATE_GOLDEN=1 the JSON files are written
 * anew instead of compared; look at the difference before committing it. The messages are kept with LF.
 */
const FOLDER = join(import.meta.dirname, '../../test/golden');
const UPDATE = process.env['TAMIS_UPDATE_GOLDEN'] === '1';

/** Offsets are written as what stands there, so that LF and CRLF read the same. */
function excerpt(message: Message, range: Range): string {
  const text = Buffer.from(message.raw).toString('latin1', range.start, range.end).replaceAll('\r\n', '\n');
  return text.length <= 60 ? text : `${text.slice(0, 30)} … ${text.slice(-25)}`;
}

const normal = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n');

function partView(message: Message, part: Part): object {
  const leaf = part.children.length === 0;
  const files = findUuencoded(part.content);
  return {
    parent: part.parent,
    type: part.type,
    parameters: Object.fromEntries(part.parameters),
    encoding: part.encoding,
    ...(part.disposition === '' ? {} : { disposition: part.disposition }),
    ...(part.filename === undefined ? {} : { filename: part.filename }),
    ...(part.contentId === undefined ? {} : { contentId: part.contentId }),
    ...(part.preamble === undefined ? {} : { preamble: excerpt(message, part.preamble) }),
    ...(part.epilogue === undefined ? {} : { epilogue: excerpt(message, part.epilogue) }),
    ...(part.index > 0 ? { whole: excerpt(message, part) } : {}),
    ...(leaf && !part.isBodyText ? { content: normal(part.content) } : {}),
    ...(part.isBodyText ? { text: part.text } : {}),
    ...(part.html === undefined ? {} : { html: part.html }),
    ...(files.length === 0
      ? {}
      : { uuencoded: files.map((file) => [file.name, normal(file.content), file.complete]) }),
  };
}

function view(message: Message): object {
  return {
    header: message.header.fields.map((field) => ({
      name: field.name,
      text: field.text,
      ...(field.value === field.text ? {} : { value: field.value }),
      ...(/^(?:from|to|cc|bcc|sender|reply-to)$/.test(field.key) ? { addresses: field.addresses } : {}),
      ...(field.key === 'date' ? { date: field.date?.toISOString() ?? null } : {}),
    })),
    parts: message.parts.map((part) => partView(message, part)),
    text: message.text,
    links: message.links,
    attachments: message.attachments.map((part) => part.index),
    defects: message.defects.map((defect) => [defect.code, defect.part, excerpt(message, defect)]),
  };
}

const seen = new Set<string>();

describe.each(['ordinary', 'malformed'])('%s', (kind) => {
  const folder = join(FOLDER, kind);
  const names = readdirSync(folder).filter((name) => name.endsWith('.eml'));
  test('there are messages', () => expect(names.length).toBeGreaterThan(15));

  test.each(names)('%s', (name) => {
    const lf = readFileSync(join(folder, name));
    const crlf = Buffer.from(lf.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');
    const file = join(folder, name.replace(/\.eml$/, '.json'));
    const found = `${JSON.stringify(view(parseMessage(lf)), null, 1)}\n`;
    if (UPDATE) writeFileSync(file, found);
    expect(found).toBe(readFileSync(file, 'utf8'));
    const { defects } = parseMessage(lf);
    for (const { code } of defects) seen.add(code);
    if (kind === 'ordinary') expect(defects).toEqual([]);
    // A message that mixes line endings on purpose is another one when they are all the same.
    if (!defects.some(({ code }) => code === 'mixed-line-endings' || code === 'bare-cr-in-header'))
      expect(`${JSON.stringify(view(parseMessage(crlf)), null, 1)}\n`).toBe(found);
  });
});

test('every defect that is no limit has a message here', () => {
  const codes = Object.entries(defectDescriptions).filter(
    ([, { text }]) => !/limit|more .* than|cut at/.test(text),
  );
  const missing = codes.map(([code]) => code).filter((code) => !seen.has(code));
  expect(missing).toEqual([]);
});

import PostalMime from 'postal-mime';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { corpusMessages, describeShared, unpackCorpus } from '../../test/support/shared.ts';
import { defectDescriptions } from './defects.ts';
import { parseMessage } from './parse.ts';
import { touchEverything } from './testing.ts';
import type { Message, Part } from './types.ts';

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}

/** Milliseconds of processor time one message may take with everything touched: some torture messages are megabytes of nesting. */
const TIME_LIMIT = 1500;

describeShared('corpora/torture.tar.zst', 'malformed and hostile messages', () => {
  test('all are parsed, in time, with everything touched', () => {
    const paths = files(unpackCorpus('torture'));
    expect(paths.length).toBeGreaterThan(900);
    const slow: string[] = [];
    for (const path of paths) {
      const raw = readFileSync(path);
      const start = process.threadCpuUsage();
      const message = parseMessage(raw);
      touchEverything(message);
      const { user, system } = process.threadCpuUsage(start);
      if ((user + system) / 1000 > TIME_LIMIT) slow.push(path);
      for (const { code } of message.defects) expect(defectDescriptions).toHaveProperty([code]);
    }
    expect(slow).toEqual([]);
  });
});

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const collapse = (text: string | undefined): string => (text ?? '').replace(/\s+/g, ' ').trim();

/** Parts of the message itself, not of messages attached to it. */
function ownParts(message: Message): Part[] {
  const inside = (part: Part): boolean => {
    for (let up = message.parts[part.parent]; up !== undefined; up = message.parts[up.parent])
      if (up.type.startsWith('message/')) return true;
    return false;
  };
  return message.parts.filter((part) => !inside(part));
}

/**
 * Where the two may differ, and why. A reason looks at our message and at what postal-mime said; a difference without
 * one fails the test.
 */
const REASONS: readonly {
  why: string;
  holds: (message: Message, theirs: string) => boolean;
}[] = [
  {
    why: 'bytes that are no UTF-8 become U+FFFD there, latin1 here',
    holds: (_, theirs) => theirs.includes('\ufffd'),
  },
  {
    why: 'an address that is broken: both guess',
    holds: (message) =>
      message.defects.some(({ code }) => code === 'invalid-address' || code === 'unclosed-quoted-string'),
  },
  {
    why: 'a mailbox without an address, or without a domain',
    holds: (message) => !/@/.test(message.header.get('from')?.addresses[0]?.address ?? ''),
  },
  {
    why: 'a date that RFC 5322 §3.3 does not know',
    holds: (message) =>
      message.defects.some(({ code }) => code === 'invalid-date' || code === 'date-without-zone'),
  },
  {
    why: 'flowed text is joined there, kept as lines here',
    holds: (message) =>
      message.parts.some((part) => part.parameters.get('format')?.toLowerCase() === 'flowed'),
  },
  {
    why: 'charset undeclared or wrong: guessed from the bytes here',
    holds: (message) =>
      message.defects.some(({ code }) =>
        /^(?:undeclared-8bit|unknown-charset|charset-mismatch|8bit-in-header|encoded-word)/.test(code),
      ) || message.parts.some((part) => part.type === 'text/html' && !part.parameters.has('charset')),
  },
  {
    why: 'a boundary or header that is broken: both guess',
    holds: (message) =>
      message.defects.some(({ code }) =>
        /boundary|missing-blank-line|header-line|duplicate|parameter|base64|quoted-printable/.test(code),
      ),
  },
];

/** Differences that no reason explains, and the number of those that one does. */
async function differences(path: string): Promise<{ found: string[]; explained: number }> {
  const raw = readFileSync(path);
  const ours = parseMessage(raw);
  const theirs = await PostalMime.parse(raw, { forceRfc822Attachments: true });
  const found: string[] = [];
  let explained = 0;
  const compare = (what: string, mine: unknown, other: unknown): void => {
    const [a, b] = [JSON.stringify(mine) ?? '', JSON.stringify(other) ?? ''];
    if (a === b) return;
    if (REASONS.some(({ holds }) => holds(ours, b))) explained++;
    else found.push(`${path}: ${what}\n  ours   ${a.slice(0, 300)}\n  theirs ${b.slice(0, 300)}`);
  };
  compare('subject', collapse(ours.header.get('subject')?.text), collapse(theirs.subject));
  const from = ours.header.get('from')?.addresses[0];
  // A name that only repeats the address is left out there.
  const name = collapse(from?.name).toLowerCase() === from?.address.toLowerCase() ? '' : collapse(from?.name);
  compare('from', [name, from?.address ?? ''], [collapse(theirs.from?.name), theirs.from?.address ?? '']);
  compare('date', ours.header.get('date')?.date?.toISOString() ?? '', theirs.date ?? '');
  const own = ownParts(ours);
  const attachments = own.filter((part) => ours.attachments.includes(part));
  compare(
    'attachments',
    attachments.map((part) => part.filename ?? '').sort(byText),
    theirs.attachments.map((attachment) => attachment.filename ?? '').sort(byText),
  );
  if (attachments.length === theirs.attachments.length)
    compare(
      'sizes of attachments',
      attachments
        .map((part) => Buffer.from(part.content).toString('latin1').replace(/\s/g, '').length)
        .sort((a, b) => a - b),
      theirs.attachments
        .map(
          (attachment) =>
            Buffer.from(attachment.content as ArrayBuffer)
              .toString('latin1')
              .replace(/\s/g, '').length,
        )
        .sort((a, b) => a - b),
    );
  const body = own.filter((part) => part.isBodyText);
  const only = (type: string): Part | undefined => {
    const parts = body.filter((part) => part.type === type);
    return parts.length === 1 ? parts[0] : undefined;
  };
  const plain = only('text/plain');
  const html = only('text/html');
  if (body.length === 1 && plain !== undefined) compare('text', collapse(plain.text), collapse(theirs.text));
  if (html !== undefined && body.length === (plain === undefined ? 1 : 2))
    compare('html', collapse(html.text), collapse(theirs.html));
  return { found, explained };
}

describeShared('corpora/index.tsv', 'postal-mime as oracle', () => {
  const sample = corpusMessages().filter((_, index) => index % 29 === 0);
  test(`reads ${sample.length} messages of the corpora as we do`, async () => {
    expect(sample.length).toBeGreaterThan(400);
    const found: string[] = [];
    let explained = 0;
    for (const { path } of sample) {
      const result = await differences(path);
      found.push(...result.found);
      explained += result.explained;
    }
    expect(found.join('\n')).toBe('');
    // The reasons are for exceptions: an excuse that fits everything would make the comparison worthless.
    expect(explained).toBeLessThan(sample.length / 20);
  });
});

describe('touchEverything', () => {
  test('finds what a message holds', () => {
    const message = parseMessage(Buffer.from('From: a@example.org\n\nhttp://example.org/\n'));
    expect(touchEverything(message)).toBeGreaterThan(0);
  });
});

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cpuTimer } from '../../../../test/support/cpu.ts';
import { parseMessage } from '../../../message/parse.ts';
import { MAX_FEATURES } from '../limits.ts';
import { KINDS, type Features, type Kind } from '../types.ts';
import { extractFeatures } from './extract.ts';
import { scale, share } from './scale.ts';
import { hashText } from './sink.ts';
import { splitWords } from './words.ts';

const mail = (header: string, body: string): Features =>
  extractFeatures(parseMessage(Buffer.from(`${header.trim().replaceAll('\n', '\r\n')}\r\n\r\n${body}`)));

const kindOf = ({ hashes, ends }: Features, kind: Kind): Set<number> => {
  const index = KINDS.indexOf(kind);
  return new Set(hashes.subarray(ends[index - 1] ?? 0, ends[index]));
};

const words = (text: string, names: string[] = []): number[] => {
  const { hashes, count } = splitWords(text, new Set(names.map(hashText)));
  return [...hashes.subarray(0, count)];
};
const named = (...texts: string[]): number[] => texts.map(hashText);

describe('words', () => {
  test('are lower-cased, without marks; single letters are none', () => {
    expect(words('Hello, World! a (test)')).toEqual(named('hello', 'world', 'test'));
  });
  test.each([
    ['addresses', 'write to anna.b@example.org now', ['write', 'to', '<address>', 'now']],
    ['links', 'see https://lists.example.org/x/y?z=1 now', ['see', '<link>', 'now']],
    ['host names', 'at lists.example.org now', ['at', '<dotted>', 'now']],
    ['long words', `${'x'.repeat(60)} end`, ['<long>', 'end']],
  ])('%s are replaced by what they are', (_, text, expected) => {
    expect(words(text)).toEqual(named(...expected));
  });
  test('numbers are shapes: dates and years do not tell messages apart', () => {
    expect(words('born 2019-04-01')).toEqual(words('born 1997-12-24'));
    expect(words('12 300')).not.toEqual(words('12 30'));
  });
  test('quoted lines are left out', () => {
    expect(words('one\n> two three\nfour')).toEqual(named('one', 'four'));
    expect(words('one\n> two three')).toEqual(named('one'));
  });
  test('the names of recipients are left out', () => {
    expect(words('Dear Anna, hello', ['anna'])).toEqual(named('dear', 'hello'));
  });
  test('invisible characters do not split words', () => {
    expect(words('pay\u200bpal vi\u00adagra')).toEqual(named('paypal', 'viagra'));
  });
  test('text without spaces gives its first character, then pairs', () => {
    expect(words('中文字')).toHaveLength(3);
    expect(words('中文字').slice(1)).toEqual(words('x 文中文字').slice(-2));
  });
  test('counts what it saw', () => {
    expect(splitWords('ABC def 12 €5!!', new Set())).toMatchObject({
      upper: 3,
      letters: 6,
      digits: 3,
      exclamations: 2,
      currency: 1,
    });
  });
});

describe('the collector is not learned', () => {
  const header =
    'From: Ann <ann@shop.example>\nTo: x@example.net\nSubject: your order\nDate: Mon, 1 Jan 2024 10:00:00 +0000';
  const plain = mail(header, 'the order you made\n');

  test.each([
    ['hosts it went through', 'Received: from a.example by b.example; Mon, 1 Jan 2024 10:00:00 +0000'],
    ['mailbox', 'Delivered-To: somebody@example.com\nX-Original-To: somebody@example.com'],
    ['list', 'List-Id: <dev.lists.example.org>\nX-Mailman-Version: 2.1'],
    ['filter', 'X-Spam-Status: Yes\nAuthentication-Results: mx.example; spf=fail'],
  ])('by its %s', (_, added) => {
    expect(mail(`${header}\n${added}`, 'the order you made\n')).toEqual(plain);
  });

  test('by tag, date, recipient, footer', () => {
    const tagged = header
      .replace('your', '[dev-list] your')
      .replace('1 Jan 2024', '2 Feb 2031')
      .replace('x@example.net', 'y@example.com');
    const other = mail(tagged, 'the order you made\n-- \nannouncements mailing list\n');
    for (const kind of ['words', 'pairs', 'runs', 'header'] as const)
      if (kind !== 'header') expect(kindOf(other, kind)).toEqual(kindOf(plain, kind));
    const shorter = mail(header.replace('1 Jan 2024', '2 Feb 2031'), 'the order you made\n');
    expect(shorter).toEqual(plain);
  });

  test('by host of its links', () => {
    const link = (host: string) => mail(header, `see https://${host}/pay/now\n`);
    expect(link('aaa.example')).toEqual(link('bbb.example'));
  });
});

test('what matters makes a difference', () => {
  const plain = mail('From: a@example.org\nSubject: hello', 'hello there\n');
  const others = [
    mail('From: a@gmail.com\nSubject: hello', 'hello there\n'),
    mail('From: a@example.org\nReply-To: b@gmail.com\nSubject: hello', 'hello there\n'),
    mail('From: a@example.org\nSubject: HELLO YOU', 'hello there\n'),
    mail('From: a@example.org\nSubject: hello\nContent-Type: text/html', '<b>hello there</b>\n'),
    mail('From: a@example.org\nSubject: hello', 'hello there http://192.0.2.1/x.php\n'),
  ];
  for (const other of others) expect(other).not.toEqual(plain);
});

test('scales', () => {
  expect([0, 1, 2, 3, 4, 7, 8, -1].map(scale)).toEqual([0, 1, 2, 2, 3, 3, 4, 0]);
  expect([share(0, 10), share(1, 1000), share(1, 4), share(10, 10), share(5, 0), share(20, 10)]).toEqual([
    0, 1, 4, 8, 0, 8,
  ]);
});

describe('bounds', () => {
  test.each([
    ['a word of 200 KB', 'x'.repeat(200_000)],
    ['ideographs', '汉字'.repeat(50_000)],
    ['half pairs', '\ud800'.repeat(20_000)],
    ['many links', 'http://a.example/b/c?d '.repeat(20_000)],
    ['many addresses', 'a@b.example '.repeat(50_000)],
    ['underlines', '_'.repeat(200_000)],
    ['line ends', '\r\n'.repeat(100_000)],
  ])('%s', (_, body) => {
    const message = parseMessage(
      Buffer.from(`From: ${'a b '.repeat(5000)}<a@b>\r\nSubject: ${'[x] re: '.repeat(5000)}\r\n\r\n${body}`),
    );
    // Text and links are made for all readers of a message, not for the model.
    expect(message.text.length + message.links.length).toBeGreaterThan(0);
    const used = cpuTimer();
    const { hashes, ends } = extractFeatures(message);
    // Usual is a millisecond; a busy machine and cold code are allowed for.
    expect(used()).toBeLessThan(500);
    expect(hashes.length).toBeLessThanOrEqual(MAX_FEATURES);
    expect(ends.at(-1)).toBe(hashes.length);
  });

  test('whatever comes: features without doubles, the same each time', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 400 }),
        fc.uint8Array({ maxLength: 400 }),
        (text, bytes) => {
          const raw = Buffer.concat([
            Buffer.from(`From: ${text.slice(0, 60)}\r\nSubject: ${text}\r\n`),
            Buffer.from(bytes),
            Buffer.from(`\r\n\r\n${text}`),
          ]);
          const features = extractFeatures(parseMessage(raw));
          expect(new Set(features.hashes).size).toBe(features.hashes.length);
          expect(features.ends).toHaveLength(KINDS.length);
          expect(features.ends.toSorted((one, other) => one - other)).toEqual([...features.ends]);
          expect(extractFeatures(parseMessage(raw))).toEqual(features);
        },
      ),
      { numRuns: 200 },
    );
  });
});

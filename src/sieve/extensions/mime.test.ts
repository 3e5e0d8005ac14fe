import { describe, expect, test } from 'vitest';
import { actions, compiled, faults, holds, mail, runInput, runNow } from '../../../test/support/sieve.ts';

const nested = mail(
  'From: boss@example.org',
  'Subject: outer',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=A',
  '',
  '--A',
  'Content-Type: text/plain; charset=utf-8',
  'Content-MD5: Q2hlY2s=',
  '',
  'one',
  '--A',
  'Content-Type: message/rfc822',
  '',
  'Subject: inner',
  'Content-Type: multipart/alternative; boundary=B',
  '',
  '--B',
  'Content-Type: TEXT/HTML',
  'Content-From: Tim <tim@example.com>',
  '',
  '<p>two</p>',
  '--B--',
  '--A',
  'Content-Type: application/pdf; name="=?utf-8?Q?gr=C3=BCn.pdf?="',
  "Content-Disposition: Attachment; filename*=utf-8''gr%C3%BCn%20important.pdf; size=3",
  '',
  'pdf',
  '--A--',
  '',
);
const input = runInput(nested);
const here = (check: string): boolean => holds(check, input, ['mime', 'relational', 'fileinto']);
/** What a loop files, one name for each part. */
const visited = (source: string): string[] =>
  actions(`require ["mime", "foreverypart", "variables", "fileinto", "relational"];\n${source}`, input)
    .map((action) => /^fileinto "(.*)"$/.exec(action)?.[1] ?? action)
    .filter((action) => action !== 'implicit keep');

describe('header :mime (RFC 5703 §4.1)', () => {
  test('outside of a loop the header of the message, or of all parts', () => {
    expect(here('header :mime :contenttype "Content-Type" "multipart/mixed"')).toBe(true);
    expect(here('header :mime :contenttype "Content-Type" "text/html"')).toBe(false);
    expect(here('header :mime :anychild :contenttype "Content-Type" "text/html"')).toBe(true);
    expect(here('header :mime :anychild "subject" "inner"')).toBe(true);
    expect(here('header :mime "subject" "inner"')).toBe(false);
  });

  test('type, subtype and content type', () => {
    expect(here('header :mime :type "Content-Type" "multipart"')).toBe(true);
    expect(here('header :mime :subtype "content-type" "mixed"')).toBe(true);
    expect(here('header :mime :anychild :type "Content-Disposition" "attachment"')).toBe(true);
    expect(here('header :mime :anychild :contenttype "Content-Disposition" "attachment"')).toBe(true);
    // A blank string for what has no such thing, and for what cannot be read.
    expect(here('header :mime :anychild :subtype "Content-Disposition" ""')).toBe(true);
    expect(here('header :mime :type "Subject" ""')).toBe(true);
    expect(
      holds('header :mime :type "Content-Type" ""', runInput(mail('Content-Type: nonsense', '', '')), [
        'mime',
      ]),
    ).toBe(true);
  });

  test('parameters, decoded (RFC 2231 and RFC 2047 as seen)', () => {
    expect(here('header :mime :anychild :param "filename" "Content-Disposition" "grün important.pdf"')).toBe(
      true,
    );
    expect(here('header :mime :anychild :param ["x", "NAME"] "Content-Type" "grün.pdf"')).toBe(true);
    expect(here('header :mime :param "filename" "Content-Disposition" "grün important.pdf"')).toBe(false);
    expect(here('header :mime :param "missing" "Content-Type" ""')).toBe(true);
    expect(here('header :mime :param ["missing", "charset"] "Content-Type" "x"')).toBe(false);
    expect(here('header :mime :param "missing" "X-Absent" ""')).toBe(false);
  });

  test('counts what could be read', () => {
    const count = (test: string, number: number): boolean => here(`${test} "${number}"`);
    expect(count('header :mime :anychild :type :count "eq" ["Content-Type", "Subject"]', 6)).toBe(true);
    expect(
      count(
        'header :mime :anychild :param ["name", "size"] :count "eq" ["Content-Type", "Content-Disposition"]',
        2,
      ),
    ).toBe(true);
  });

  test('reports what cannot be', () => {
    expect(
      faults(
        'require "mime";\nif header :anychild "a" "b" {}\nif header :type "a" "b" {}\nif header :mime :type :param "x" "a" "b" {}\nif exists :mime :type "a" {}\nif address :anychild "from" "b" {}',
      ),
    ).toEqual([
      '2:11 error: header: :anychild needs :mime',
      '3:11 error: header: :type needs :mime',
      '4:23 error: header: :param cannot be used together with :type',
      '5:17 error: exists: unknown tag :type',
      '6:12 error: address: :anychild needs :mime',
    ]);
    expect(faults('if header :mime "a" "b" {}')).toEqual([
      '1:11 error: header: tag :mime needs require "mime"',
    ]);
  });
});

describe('address and exists :mime (RFC 5703 §4.2, RFC 5703 §4.3)', () => {
  test('any field may hold addresses', () => {
    expect(here('address :mime :anychild :is :all "content-from" "tim@example.com"')).toBe(true);
    expect(here('address :mime "content-from" "tim@example.com"')).toBe(false);
    expect(here('address :mime :domain "from" "example.org"')).toBe(true);
  });

  test('fields of parts', () => {
    expect(here('exists :mime :anychild "content-md5"')).toBe(true);
    expect(here('exists :mime "content-md5"')).toBe(false);
    expect(here('exists :mime :anychild ["content-md5", "content-from"]')).toBe(true);
    expect(here('exists :mime :anychild ["content-md5", "content-none"]')).toBe(false);
  });
});

describe('foreverypart (RFC 5703 §3)', () => {
  const type = 'if header :mime :contenttype :matches "content-type" "*" { fileinto "${1}"; }';

  test('goes through the message and all its parts, depth first', () => {
    expect(visited(`foreverypart { ${type} }`)).toEqual([
      'multipart/mixed',
      'text/plain',
      'message/rfc822',
      'multipart/alternative',
      'text/html',
      'application/pdf',
    ]);
  });

  test('a message without parts is one', () => {
    expect(
      actions(
        'require ["foreverypart", "fileinto"]; foreverypart { fileinto "a"; }',
        runInput(mail('A: b', '', 'x')),
      ),
    ).toEqual(['fileinto "a"']);
  });

  test('an inner loop goes through what is in the part', () => {
    expect(
      visited(`foreverypart {
        set "outer" "none";
        if header :mime :contenttype :matches "content-type" "*" { set "outer" "\${1}"; }
        foreverypart {
          if header :mime :subtype :matches "content-type" "*" { fileinto "\${outer} \${1}"; }
        }
      }`),
    ).toEqual([
      'multipart/mixed plain',
      'multipart/mixed rfc822',
      'multipart/mixed alternative',
      'multipart/mixed html',
      'multipart/mixed pdf',
      'message/rfc822 alternative',
      'message/rfc822 html',
      'multipart/alternative html',
    ]);
  });

  test('tests without :mime are about the message, :anychild about what is in the part', () => {
    expect(visited('foreverypart { if header "subject" "inner" { fileinto "a"; } }')).toEqual([]);
    expect(
      visited(`foreverypart {
        if header :mime :anychild :subtype "content-type" "html" {
          if header :mime :subtype :matches "content-type" "*" { fileinto "\${1}"; }
        }
      }`),
    ).toEqual(['mixed', 'rfc822', 'alternative', 'html']);
  });

  test('break leaves the closest loop, or the one of that name', () => {
    expect(visited('foreverypart { fileinto "a"; break; } fileinto "b";')).toEqual(['a', 'b']);
    expect(
      visited(`foreverypart { if header :mime :type "content-type" "text" { ${type} break; } }`),
    ).toEqual(['text/plain']);
    const loops = (name: string): string[] =>
      visited(`foreverypart :name "one" {
        fileinto "outer";
        foreverypart :name "two" { ${type} if true { break${name}; } fileinto "never"; }
        fileinto "behind";
      }`);
    expect(loops('')).toEqual(['outer', 'text/plain', 'behind', 'multipart/alternative', 'text/html']);
    expect(loops(' :name "two"')).toEqual(loops(''));
    expect(loops(' :name "one"')).toEqual(['outer', 'text/plain']);
  });

  test('an inner name hides the outer one', () => {
    expect(
      visited('foreverypart :name "a" { foreverypart :name "a" { break :name "a"; } fileinto "b"; break; }'),
    ).toEqual(['b']);
  });

  test('break needs a loop around it', () => {
    expect(
      faults(
        'require "foreverypart";\nbreak;\nforeverypart { }\nbreak;\nforeverypart :name "a" { break :name "b"; }\nforeverypart :name "${a}" { }',
      ),
    ).toEqual([
      '2:1 error: break: stands in no foreverypart loop',
      '4:1 error: break: stands in no foreverypart loop',
      '5:26 error: break: stands in no foreverypart loop named "b"',
    ]);
  });

  test('stop ends the script in the middle of it', () => {
    expect(visited('foreverypart { fileinto "a"; stop; } fileinto "b";')).toEqual(['a']);
  });

  test('nested loops over very many parts end', () => {
    const many = runInput(
      Buffer.from(
        `Content-Type: multipart/mixed; boundary=A\r\n\r\n${'--A\r\n\r\nx\r\n'.repeat(990)}--A--\r\n`,
      ),
    );
    const deep = compiled(
      'require "foreverypart"; foreverypart { foreverypart { foreverypart { } } foreverypart { } } discard;',
    );
    expect(runNow(deep, many).actions).toEqual([{ type: 'discard', line: 1 }]);
    const greedy = compiled(
      `require ["foreverypart", "mime"]; foreverypart { ${'if header :mime :anychild "a" "b" {}'.repeat(1100)} }`,
    );
    expect(runNow(greedy, many).error?.text).toBe('script takes too much work');
  });
});

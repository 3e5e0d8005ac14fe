import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compiled, faults, mail, runInput, runNow } from '../../../test/support/sieve.ts';
import { parseMessage } from '../../message/parse.ts';
import type { Message } from '../../message/types.ts';
import type { RunInput, RunOutcome } from '../types.ts';

const single = mail(
  'Received: from a by b',
  'From: Anna <anna@example.org>',
  'Subject: =?utf-8?Q?gr=C3=BCn?=',
  'MIME-Version: 1.0',
  'Content-Type: text/html',
  'Content-Transfer-Encoding: base64',
  '',
  'PGI+eDwvYj4=',
  '',
);
const parts = mail(
  'From: anna@example.org',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary="A B"',
  '',
  'preamble',
  '--A B',
  'Content-Type: text/plain',
  '',
  'one',
  '--A B',
  'Content-Type: multipart/alternative; boundary=C',
  '',
  '--C',
  '',
  'two',
  '--C',
  'Content-Type: text/html',
  '',
  'three',
  '--C--',
  '--A B',
  'Content-Type: application/exe; name=x.exe',
  'Content-Disposition: attachment; filename=x.com',
  '',
  'MZ',
  '--A B--',
  'epilogue',
  '',
);

function outcomeOf(source: string, input: RunInput): RunOutcome {
  const require =
    'require ["replace", "foreverypart", "mime", "variables", "editheader", "fileinto", "copy"];\n';
  return runNow(compiled(require + source), input);
}
function textOf(source: string, raw: Uint8Array = single): string {
  const { versions, error } = outcomeOf(source, runInput(raw));
  expect(error).toBeUndefined();
  return Buffer.concat(versions.at(-1)?.pieces ?? [raw]).toString();
}
const messageOf = (source: string, raw?: Uint8Array): Message =>
  parseMessage(Buffer.from(textOf(source, raw)));
const onType = (type: string, command: string): string =>
  `foreverypart { if header :mime :contenttype "content-type" "${type}" { ${command} } }`;

describe('the whole message (RFC 5703 §5)', () => {
  test('becomes a text; other fields stay', () => {
    expect(textOf('replace "nothing";')).toBe(
      [
        'Received: from a by b',
        'From: Anna <anna@example.org>',
        'Subject: =?utf-8?Q?gr=C3=BCn?=',
        'MIME-Version: 1.0',
        'Content-Type: text/plain; charset=utf-8',
        'Content-Transfer-Encoding: 7bit',
        '',
        'nothing',
        '',
      ].join('\r\n'),
    );
    expect(messageOf('replace "für alle";').text).toBe('für alle\n');
  });

  test(':subject and :from keep what was there as Original-Subject and Original-From', () => {
    const { header } = messageOf(
      'replace :subject "neu: ü" :from "\\"B, C\\" <b@example.org>, c@example.org" "x";',
    );
    expect(header.fields.map(({ name, text }) => `${name}: ${text}`).slice(0, 5)).toEqual([
      'Subject: neu: ü',
      expect.stringMatching(/^From: "B, C" <b@example\.org>, <?c@example\.org>?$/),
      'Received: from a by b',
      'Original-From: Anna <anna@example.org>',
      'Original-Subject: grün',
    ]);
    expect(header.get('subject')?.value).toBe('neu: =?utf-8?B?w7w=?=');
    expect(header.get('original-subject')?.value).toBe('=?utf-8?Q?gr=C3=BCn?=');
    expect(textOf('replace :subject "plain" "x";')).toMatch(/^Subject: plain\r\n/);
  });

  test('those cannot be removed by editheader', () => {
    const { header } = messageOf('replace :subject "a" "x"; deleteheader "Original-Subject";');
    expect(header.get('original-subject')?.text).toBe('grün');
  });

  test(':from must be a list of addresses', () => {
    expect(faults('require "replace";\nreplace :from "a@b.org, c" "x";\nreplace :from "" "x";')).toEqual([
      '2:15 error: replace: :from "a@b.org, c" is no list of addresses',
      '3:15 error: replace: :from "" is no list of addresses',
    ]);
    expect(outcomeOf('set "a" "b,";\nreplace :from "${a}" "x";', runInput(single)).error).toMatchObject({
      line: 3,
      text: 'replace: :from "b," is no list of addresses',
    });
  });

  test(':mime brings its own type, and no other fields', () => {
    const text = textOf('replace :mime text:\nContent-Type: text/html\nX-Evil: 1\n\n<b>x</b>\n.\n;');
    expect(text).toContain('Content-Type: text/html\r\n');
    expect(text).not.toContain('X-Evil');
    expect(text).toMatch(/\r\n\r\n<b>x<\/b>\r\n$/);
  });

  test(':mime together with :subject or :from is a mistake', () => {
    expect(faults('require "replace";\nreplace :mime :subject "a" :from "a@b.org" "x";')).toEqual([
      '2:15 error: replace: :subject cannot be used together with :mime',
    ]);
    expect(faults('require "replace";\nreplace :mime :from "a@b.org" "x";')).toEqual([
      '2:15 error: replace: :from cannot be used together with :mime',
    ]);
  });

  test('a subject cannot add fields', () => {
    const source = 'replace :subject text:\na\nX-Evil: 1\n\nbody\n.\n"x";';
    expect(textOf(source)).toMatch(/^Subject: a X-Evil: 1 body\r\nReceived/);
  });

  test('tests behind it see the new message, actions before it have the old one', () => {
    const outcome = outcomeOf(
      'fileinto :copy "a"; replace :subject "new" "x"; if header "subject" "new" { fileinto "b"; }',
      runInput(single),
    );
    expect(outcome.actions).toEqual([
      { type: 'fileinto', line: 2, mailbox: 'a' },
      { type: 'fileinto', line: 2, mailbox: 'b', version: 0 },
    ]);
  });

  test('keeps line endings of LF', () => {
    expect(textOf('replace :subject "s" "a\nb";', Buffer.from('From: a@b.org\n\nx'))).toBe(
      'Subject: s\nFrom: a@b.org\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 7bit\n\na\nb\n',
    );
  });
});

describe('a part', () => {
  test('is replaced; the rest stays as it is', () => {
    expect(textOf(onType('application/exe', 'replace "removed";'), parts)).toBe(
      parts
        .toString()
        .replace(
          /Content-Type: application\/exe.*?\r\n\r\nMZ/s,
          'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\nremoved\r\n',
        ),
    );
  });

  test('the example of RFC 5703 §9.1', () => {
    const source = `foreverypart
   {
     if anyof (
            header :mime :contenttype :is
              "Content-Type" "application/exe",
            header :mime :param "filename"
              :matches ["Content-Type", "Content-Disposition"] "*.com" )
     {
       replace "Executable attachment removed by user filter";
     }
   }`;
    const { parts: after, defects } = messageOf(source, parts);
    expect(after.map(({ type }) => type)).toEqual([
      'multipart/mixed',
      'text/plain',
      'multipart/alternative',
      'text/plain',
      'text/html',
      'text/plain',
    ]);
    expect(after.at(-1)?.text).toBe('Executable attachment removed by user filter\n');
    expect(defects).toEqual([]);
  });

  test('a multipart goes with all that is in it, and the loop goes on behind it', () => {
    const source = `foreverypart {
      if header :mime :type "content-type" "multipart" {
        if header :mime :subtype "content-type" "alternative" { replace "gone"; }
      }
      if header :mime :contenttype :matches "content-type" "*" { fileinto :copy "\${1}"; }
    }`;
    const { actions, versions } = outcomeOf(source, runInput(parts));
    expect(actions.map((action) => (action.type === 'fileinto' ? action.mailbox : action.type))).toEqual([
      'multipart/mixed',
      'text/plain',
      'application/exe',
      'keep',
    ]);
    const after = parseMessage(Buffer.concat(versions.at(-1)?.pieces ?? []));
    expect(after.parts.map(({ type, text }) => `${type} ${text}`)).toEqual([
      'multipart/mixed ',
      'text/plain one',
      'text/plain gone\n',
      'application/exe ',
    ]);
  });

  test('what is put in its place is not gone into by the same loop', () => {
    const multipart = 'text:\nContent-Type: multipart/mixed; boundary=Z\n\n--Z\n\na\n--Z\n\nb\n--Z--\n.\n';
    const source = `foreverypart { if not header :mime :type "content-type" "multipart" { replace :mime ${multipart}; } }`;
    expect(messageOf(source, parts).parts).toHaveLength(2 + 3 * 4);
    expect(messageOf(`${source} foreverypart { }`, single).parts).toHaveLength(3);
  });

  test('of the message itself: the whole message', () => {
    expect(textOf('foreverypart { replace :subject "s" "x"; break; }', parts)).toMatch(/^Subject: s\r\n/);
    const ignored = onType('application/exe', 'replace :subject "s" :from "a@b.org" "x";');
    expect(textOf(ignored, parts)).not.toContain('Subject');
  });

  test('text that holds a boundary, or 8-bit text, is encoded', () => {
    const source = onType('application/exe', 'replace text:\nx\n--A B--\n.\n;');
    const after = messageOf(source, parts);
    expect(after.parts).toHaveLength(6);
    expect(after.parts[5]?.text).toBe('x\n--A B--\n');
    expect(messageOf(onType('application/exe', 'replace "ü";'), parts).parts[5]).toMatchObject({
      encoding: 'base64',
      text: 'ü\n',
    });
  });

  test('a multipart that holds a boundary of the message cannot be put there', () => {
    const source = onType(
      'application/exe',
      'replace :mime text:\nContent-Type: multipart/mixed; boundary=C\n\n--C\n\nx\n--A B\n--C--\n.\n;',
    );
    expect(outcomeOf(source, runInput(parts)).error?.text).toBe(
      'replace: the replacement holds a boundary of the message',
    );
  });

  test('each of very many parts of a large message takes too much work', () => {
    const many = Buffer.from(
      `Content-Type: multipart/mixed; boundary=A\r\n\r\n${`--A\r\n\r\n${'x'.repeat(20_000)}\r\n`.repeat(500)}--A--\r\n`,
    );
    const source = 'foreverypart { if not header :mime :type "content-type" "multipart" { replace "y"; } }';
    expect(outcomeOf(source, runInput(many)).error?.text).toBe('script takes too much work');
  });
});

test('whatever is replaced with whatever, the structure around it stays', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('text/plain', 'text/html', 'application/exe', 'multipart/alternative'),
      fc.string({ unit: fc.constantFrom('a', '\n', '--A B', '--C', '--', ' ', 'ö', ':', '.') }),
      (type, text) => {
        const quoted = text.replace(/["\\]/g, '\\$&');
        const after = messageOf(onType(type, `replace "${quoted}"; break;`), parts);
        const expected = type === 'multipart/alternative' ? 4 : 6;
        expect(after.parts).toHaveLength(expected);
        expect(after.root.epilogue).toBeDefined();
        const broken = text === '' || text.endsWith('\n') ? text : `${text}\n`;
        expect(after.parts.some((part) => part.text === broken)).toBe(true);
      },
    ),
    { numRuns: 200 },
  );
});

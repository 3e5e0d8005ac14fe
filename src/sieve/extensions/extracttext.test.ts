import { describe, expect, test } from 'vitest';
import { actions, faults, mail, runInput } from '../../../test/support/sieve.ts';

const part = (type: string, content: string, encoding = '8bit'): Uint8Array =>
  Buffer.concat([
    Buffer.from(`From: boss@example.org\r\nSubject: s\r\nContent-Type: ${type}\r\n`),
    Buffer.from(`Content-Transfer-Encoding: ${encoding}\r\n\r\n`),
    Buffer.from(content, 'latin1'),
  ]);

/** What is extracted of a message of one part. */
function extracted(raw: Uint8Array, tags = ''): string | undefined {
  const source = `require ["foreverypart", "variables", "extracttext", "fileinto"];
    set "a" "before"; foreverypart { extracttext ${tags} "a"; }
    if string "\${a}" "" { fileinto "EMPTY"; } else { fileinto "<\${a}>"; }`;
  const [line] = actions(source, runInput(raw));
  return line;
}

describe('extracttext (RFC 5703 §7)', () => {
  test('decodes transfer encoding and charset', () => {
    expect(extracted(part('text/plain; charset=iso-8859-1', 'gr=FCn', 'quoted-printable'))).toBe(
      'fileinto "<grün>"',
    );
    expect(extracted(part('text/plain; charset=utf-8', 'Z3LDvG4=', 'base64'))).toBe('fileinto "<grün>"');
    expect(extracted(part('text/html', '<p>one <b>two</b></p>'))).toBe('fileinto "<one two>"');
    expect(extracted(part('application/x', 'data'))).toBe('fileinto "<data>"');
    expect(extracted(part('message/feedback-report', 'Version: 1'))).toBe('fileinto "<Version: 1>"');
    expect(extracted(part('text/plain', Buffer.from('grün').toString('latin1')))).toBe('fileinto "<grün>"');
  });

  test('at most so many characters', () => {
    expect(
      extracted(part('text/plain; charset=utf-8', Buffer.from('ü😀bc').toString('latin1')), ':first 2'),
    ).toBe('fileinto "<ü😀>"');
    expect(extracted(part('text/plain', 'abc'), ':first 100')).toBe('fileinto "<abc>"');
    expect(extracted(part('text/plain', 'abc'), ':first 0')).toBe('fileinto "EMPTY"');
  });

  test('modifiers are applied to what was extracted', () => {
    expect(extracted(part('text/plain', 'abcd'), ':first 3 :upperfirst :lower')).toBe('fileinto "<Abc>"');
    expect(extracted(part('text/plain', 'abcd'), ':length :first 3')).toBe('fileinto "<3>"');
  });

  test('is empty for what cannot be read', () => {
    expect(extracted(part('text/plain; charset=x-none', 'abc'))).toBe('fileinto "EMPTY"');
    expect(extracted(part('text/plain; charset=utf-8', '\xff'))).toBe('fileinto "EMPTY"');
    expect(extracted(part('text/plain', 'abc', 'x-none'))).toBe('fileinto "EMPTY"');
    expect(extracted(part('text/plain', 'gr\xfcn'))).toBe('fileinto "EMPTY"');
    expect(extracted(part('application/x', '\xff\xfe'))).toBe('fileinto "EMPTY"');
    expect(extracted(part('message/rfc822', 'QTogYg==', 'base64'))).toBe('fileinto "EMPTY"');
    expect(extracted(part('multipart/mixed; boundary=A', '--A--\r\n'))).toBe('fileinto "EMPTY"');
  });

  test('the example of RFC 5703 §9.3', () => {
    const source = `require ["mime", "variables", "extracttext", "foreverypart", "fileinto"];
   if header :contains "from" "boss@example.org"
   {
     if header :matches "Subject" "*" { set "subject" "\${1}"; }
     foreverypart
     {
       if header :mime :type :is "Content-Type" "text"
       {
         extracttext :first 100 "msgcontent";
         break;
       }
     }
     if not header :contains "subject" "FYI:" { fileinto "\${subject} \${msgcontent}"; }
   }`;
    expect(actions(source, runInput(part('text/plain', 'content')))).toEqual(['fileinto "s content"']);
  });

  test('lines end as those of the script', () => {
    const source = `require ["foreverypart", "variables", "extracttext"];
foreverypart { extracttext "a"; if string "\${a}" text:
one
two
.
{ discard; } }`;
    expect(actions(source, runInput(mail('A: b', '', 'one', 'two', '')))).toEqual(['discard']);
  });

  test('reports what cannot be', () => {
    const require = 'require ["foreverypart", "variables", "extracttext"];\n';
    expect(
      faults(
        `${require}extracttext "a";\nforeverypart {\nextracttext "1a";\nextracttext "1";\nextracttext :upper :lower "a";\nextracttext :none "a";\nextracttext "\${a}"; }`,
      ),
    ).toEqual([
      '2:1 error: extracttext: stands in no foreverypart loop',
      '4:13 error: extracttext: "1a" is not the name of a variable',
      '5:13 error: extracttext: match variable "1" cannot be set',
      '6:20 error: extracttext: :lower cannot be used together with :upper',
      '7:13 error: extracttext: unknown tag :none',
      '8:13 error: extracttext: name must be constant, without variables',
    ]);
    expect(faults('require ["foreverypart", "extracttext"];\nforeverypart { extracttext "a"; }')).toContain(
      '2:16 error: extracttext: needs require "variables"',
    );
  });
});

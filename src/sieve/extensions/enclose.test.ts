import { describe, expect, test } from 'vitest';
import { compiled, faults, mail, runInput, runNow } from '../../../test/support/sieve.ts';
import { parseMessage } from '../../message/parse.ts';
import type { RunInput, RunOutcome } from '../types.ts';

const raw = mail(
  'Received: from a by b',
  'From: Anna <anna@example.org>',
  'To: me@example.com',
  'Subject: =?utf-8?Q?gr=C3=BCn?=',
  'Content-Type: multipart/mixed; boundary=A',
  '',
  '--A',
  'Content-Type: application/x; name=a.exe',
  '',
  'MZ \xe4',
  '--A--',
  '',
);
const now = new Date('2026-03-02T08:05:00Z');
const input: RunInput = { ...runInput(raw), now };

function outcomeOf(source: string, on = input): RunOutcome {
  const require =
    'require ["enclose", "foreverypart", "mime", "editheader", "fileinto", "copy", "variables"];\n';
  return runNow(compiled(require + source), on);
}
const bytes = (outcome: RunOutcome, version = outcome.versions.length - 1): Buffer =>
  Buffer.concat(outcome.versions[version]?.pieces ?? []);

describe('enclose (RFC 5703 §6)', () => {
  test('makes a message of a text and the old message, octet for octet', () => {
    const text = bytes(outcomeOf('enclose :subject "Wärning" "Look out.";'));
    const message = parseMessage(text);
    expect(message.header.fields.map(({ name, text: value }) => `${name}: ${value}`)).toEqual([
      'Date: Mon, 02 Mar 2026 08:05:00 +0000',
      expect.stringMatching(/^From: <?me@example\.com>?$/),
      'Subject: Wärning',
      expect.stringMatching(/^Message-ID: <[0-9a-f]{32}@example\.com>$/),
      'MIME-Version: 1.0',
      expect.stringMatching(/^Content-Type: multipart\/mixed; boundary="=_[0-9a-f]{40}"$/),
      'Content-Transfer-Encoding: 8bit',
    ]);
    expect(message.parts.map(({ type }) => type)).toEqual([
      'multipart/mixed',
      'text/plain',
      'message/rfc822',
      'multipart/mixed',
      'application/x',
    ]);
    expect(message.parts[1]?.text).toBe('Look out.\n');
    expect(Buffer.from(message.parts[2]?.content ?? [])).toEqual(Buffer.from(raw));
    expect(message.defects.filter(({ part }) => part < 3)).toEqual([]);
  });

  test('takes the subject of the enclosed message, and the fields of :headers', () => {
    const { header } = parseMessage(
      bytes(outcomeOf('enclose :headers ["FROM", "to", "received", "content-type", "date", "x-none"] "x";')),
    );
    expect(header.fields.slice(0, 5).map(({ name, text }) => `${name}: ${text}`)).toEqual([
      'Received: from a by b',
      'From: Anna <anna@example.org>',
      'To: me@example.com',
      'Subject: grün',
      'Date: Mon, 02 Mar 2026 08:05:00 +0000',
    ]);
    expect(header.all('content-type')).toHaveLength(1);
    expect(header.all('from')).toHaveLength(1);
  });

  test('later tests and actions see the new message', () => {
    const outcome = outcomeOf(
      'enclose :subject "new" "x"; if header "subject" "new" { addheader "X" "1"; fileinto "a"; }',
    );
    expect(outcome.actions).toMatchObject([{ type: 'fileinto', version: 0 }]);
    expect(bytes(outcome).toString()).toMatch(/^X: 1\r\nDate/);
  });

  test('redirect sends the message as it was before, with the edits made by then', () => {
    const outcome = outcomeOf(
      'redirect :copy "a@b.org"; addheader "X" "1"; enclose "x"; addheader "Y" "2"; redirect :copy "c@d.org"; keep;',
    );
    expect(outcome.actions.map((action) => ('version' in action ? action.version : undefined))).toEqual([
      undefined,
      0,
      1,
    ]);
    expect(bytes(outcome, 0).toString('latin1')).toBe(`X: 1\r\n${Buffer.from(raw).toString('latin1')}`);
    expect(bytes(outcome, 1).toString()).toMatch(/^Y: 2\r\nSubject/);
  });

  test('encloses as often as it is said', () => {
    const { parts } = parseMessage(bytes(outcomeOf('enclose :subject "1" "a"; enclose :subject "2" "b";')));
    expect(parts.map(({ header }) => header.get('subject')?.text)).toEqual([
      '2',
      undefined,
      undefined,
      '1',
      undefined,
      undefined,
      'grün',
      undefined,
    ]);
  });

  test('the example of RFC 5703 §9.2', () => {
    const source = `foreverypart
   {
     if header :mime :param ["filename", "name"]
        :matches ["Content-Type", "Content-Disposition"]
          ["*.com", "*.exe", "*.vbs", "*.scr",
           "*.pif", "*.hta", "*.bat", "*.zip" ]
     {
       # these attachment types are executable
       enclose :subject "Warning" text:
WARNING! The enclosed message contains executable attachments.
.
   ;
       break;
     }
   }`;
    const { header, parts } = parseMessage(bytes(outcomeOf(source)));
    expect(header.get('subject')?.text).toBe('Warning');
    expect(parts[1]?.text).toBe('WARNING! The enclosed message contains executable attachments.\n');
  });

  test('a loop goes on in the enclosed message', () => {
    const source = `set "done" ""; foreverypart {
      if string "\${done}" "" { enclose "x"; set "done" "1"; }
      if header :mime :contenttype :matches "content-type" "*" { fileinto "\${1}"; }
    }`;
    expect(
      outcomeOf(source).actions.map((action) => (action.type === 'fileinto' ? action.mailbox : '')),
    ).toEqual(['multipart/mixed', 'application/x']);
  });

  test('a message that knows the boundary of another cannot break out', () => {
    const first = bytes(outcomeOf('enclose "x";')).toString('latin1');
    const boundary = /boundary="([^"]+)"/.exec(first)?.[1] ?? '';
    const evil = { ...runInput(mail('Subject: a', '', `--${boundary}--`, 'x')), now };
    const { parts } = parseMessage(bytes(outcomeOf('enclose "x";', evil)));
    expect(parts).toHaveLength(4);
  });

  test('works on shared memory, and on a message with LF and no body', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(4));
    shared.set(Buffer.from('A: b'));
    const text = bytes(outcomeOf('enclose :headers "a" "ü";', { ...runInput(shared), now })).toString();
    expect(text).toContain('A: b\r\nDate');
    expect(parseMessage(Buffer.from(text)).parts).toHaveLength(4);
    const lf = bytes(outcomeOf('enclose "x";', { ...runInput(Buffer.from('A: b\n\nc\n')), now })).toString();
    expect(lf).not.toContain('\r');
    expect(parseMessage(Buffer.from(lf)).parts[2]?.text).toBe('');
  });

  test('reports what cannot be', () => {
    expect(faults('require "enclose";\nenclose;\nenclose :headers ["a b"] "x";\nenclose :mime "x";')).toEqual(
      [
        '2:1 error: enclose: argument 1 (text) is missing: a string',
        '3:19 warning: enclose: "a b" is not the name of a header field',
        '4:9 error: enclose: unknown tag :mime',
      ],
    );
  });
});

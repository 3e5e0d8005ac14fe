import { describe, expect, test } from 'vitest';
import { compiled, faults, mail, runInput, runNow } from '../../../test/support/sieve.ts';
import { parseMessage } from '../../message/parse.ts';
import type { Message } from '../../message/types.ts';
import type { Answer, Question, RunInput, RunOptions, RunOutcome, VacationAction } from '../types.ts';

const now = new Date('2024-03-01T10:20:30Z');

const fields = (...more: string[]): Uint8Array =>
  mail(
    'From: Friend <friend@example.org>',
    'To: Me <me@example.com>',
    'Subject: Lunch?',
    'Message-ID: <one@example.org>',
    ...more,
    '',
    'When?',
  );

const input = (raw = fields(), sender = 'friend@example.org', more: Partial<RunInput> = {}): RunInput => ({
  ...runInput(raw, sender),
  now,
  ...more,
});

const answer = (question: Question): Answer =>
  question.ask === 'message-id' ? 'new@example.com' : question.ask === 'vacation-sent' ? false : undefined;

function run(source: string, on = input(), options?: RunOptions, answers = answer): RunOutcome {
  return runNow(compiled(`require ["vacation", "vacation-seconds"];\n${source}`), on, options, answers);
}

function action(...parameters: Parameters<typeof run>): VacationAction {
  const outcome = run(...parameters);
  const found = outcome.actions.find(({ type }) => type === 'vacation');
  if (found?.type !== 'vacation') throw new Error(`no vacation: ${outcome.error?.text}`);
  return found;
}

function reply(...parameters: Parameters<typeof run>): Message {
  const { mail: sent, suppressed } = action(...parameters);
  if (sent === undefined) throw new Error(`no reply: ${suppressed}`);
  return parseMessage(sent.raw);
}

const value = (message: Message, name: string): string | undefined => message.header.get(name)?.text;

describe('the reply (RFC 5230 §5)', () => {
  test('is a whole mail', () => {
    const { mail: sent } = action('vacation "I am away.";');
    expect(sent).toMatchObject({ sender: '', recipients: ['friend@example.org'] });
    expect(Buffer.from(sent?.raw ?? []).toString()).toBe(
      [
        'From: <me@example.com>',
        'To: Friend <friend@example.org>',
        'Subject: Auto: Lunch?',
        'Date: Fri, 01 Mar 2024 10:20:30 +0000',
        'Message-ID: <new@example.com>',
        'In-Reply-To: <one@example.org>',
        'References: <one@example.org>',
        'Auto-Submitted: auto-replied (vacation)',
        'Precedence: bulk',
        'X-Auto-Response-Suppress: All',
        'MIME-Version: 1.0',
        'Content-Type: text/plain; charset=utf-8',
        'Content-Transfer-Encoding: 7bit',
        '',
        'I am away.',
        '',
      ].join('\r\n'),
    );
  });

  test('does not touch the implicit keep (RFC 5230 §4.7)', () => {
    expect(run('vacation "x";').actions.map(({ type }) => type)).toEqual(['vacation', 'keep']);
    expect(run('discard; vacation "x";').actions.map(({ type }) => type)).toEqual(['discard', 'vacation']);
  });

  test('is done once, and not with a refusal (RFC 5230 §4.7)', () => {
    expect(run('vacation "x";\nvacation "y";')).toMatchObject({
      actions: [{ type: 'keep', implicit: true }],
      error: { line: 3, text: 'vacation may be done only once (the other is in line 2)' },
      remember: [],
    });
    for (const source of ['reject "no"; vacation "x";', 'vacation "x"; reject "no";']) {
      const { error } = runNow(compiled(`require ["vacation", "reject"]; ${source}`), input(), {}, answer);
      expect(error?.text).toContain('cannot be combined with');
    }
  });

  test('of several scripts on one message the first answers', () => {
    const first = run('vacation "x";');
    const second = run('vacation "y"; keep;', input(), { after: first.end, trace: true });
    expect(second.error).toBeUndefined();
    expect(second.actions.map(({ type }) => type)).toEqual(['vacation', 'keep']);
    expect(second.remember).toEqual(first.remember);
    expect(second.trace[0]?.text).toBe('vacation: a script before this one has answered');
    expect(run('vacation "y"; vacation "z";', input(), { after: run('keep;').end }).error?.text).toContain(
      'only once',
    );
  });

  test('a copy of it may be filed (RFC 8580 §3)', () => {
    const source = 'require ["vacation", "fcc", "mailbox"]; vacation :fcc "Sent" :create "x";';
    const filed = (on: RunInput): unknown => runNow(compiled(source), on, {}, answer).actions[0];
    expect(filed(input())).toMatchObject({
      mail: { recipients: ['friend@example.org'] },
      fcc: { mailbox: 'Sent', create: true },
    });
  });

  test('the subject: as given, of the mail, or the default (RFC 5230 §5.3)', () => {
    expect(value(reply('vacation :subject "Gone fishing" "x";'), 'subject')).toBe('Gone fishing');
    const none = input(mail('From: friend@example.org', 'To: me@example.com', '', ''));
    expect(value(reply('vacation "x";', none), 'subject')).toBe('Automated reply');
    expect(value(reply('vacation :subject "" "x";'), 'subject')).toBe('Auto: Lunch?');
    const settings = { vacation: { defaultSubject: 'Away', subjectTemplate: 'Re: %{subject} [%{subject}]' } };
    expect(value(reply('vacation "x";', none, { settings }), 'subject')).toBe('Away');
    expect(value(reply('vacation "x";', input(), { settings }), 'subject')).toBe('Re: Lunch? [Lunch?]');
  });

  test('text beyond ASCII: subject in encoded words, body in UTF-8', () => {
    const written = reply('vacation :subject "Grüße aus Köln" "Bin weg. Ελληνικά";');
    expect(written.header.get('subject')?.rawValue).toMatch(/^ ?=\?utf-8\?/);
    expect(value(written, 'subject')).toBe('Grüße aus Köln');
    expect(written.root.encoding).toBe('8bit');
    expect(written.root.text).toBe('Bin weg. Ελληνικά\n');
    const answered = reply('vacation "x";', input(fields('X: y').subarray(0), 'friend@example.org'));
    expect(value(answered, 'subject')).toBe('Auto: Lunch?');
    const encoded = input(mail('Subject: =?iso-8859-1?q?Gr=FC=DFe?=', 'To: me@example.com', '', ''));
    expect(value(reply('vacation "x";', encoded), 'subject')).toBe('Auto: Grüße');
  });

  test('long lines and odd octets are hidden in base64', () => {
    const long = 'ü'.repeat(2000);
    const written = reply(`vacation "${long}";`);
    expect(written.root.encoding).toBe('base64');
    expect(written.root.text).toBe(`${long}\n`);
  });

  test('nothing that is written can begin another field', () => {
    const written = reply('vacation :subject "a\r\nBcc: x@example.net\r\n\r\nbody" "x";');
    expect(value(written, 'subject')).toBe('a Bcc: x@example.net body');
    expect(written.header.get('bcc')).toBeUndefined();
    const hostile = input(
      mail('Subject: =?utf-8?q?a=0D=0ABcc:_x@example.net?=', 'To: me@example.com', '', ''),
    );
    expect(reply('vacation "x";', hostile).header.get('bcc')).toBeUndefined();
  });

  test('threads (RFC 5322 §3.6.4)', () => {
    const threaded = reply(
      'vacation "x";',
      input(fields('References: <a@x> (c) <b@x>', '\t<one@example.org>')),
    );
    expect(value(threaded, 'references')).toBe('<a@x> <b@x> <one@example.org>');
    expect(value(reply('vacation "x";', input(fields('In-Reply-To: <p@x>'))), 'references')).toBe(
      '<p@x> <one@example.org>',
    );
    const many = Array.from({ length: 90 }, (_, index) => `<${index}@x>`).join(' ');
    const kept = value(reply('vacation "x";', input(fields(`References: ${many}`))), 'references')?.split(
      ' ',
    );
    expect([kept?.length, kept?.[0], kept?.at(-2)]).toEqual([20, '<0@x>', '<89@x>']);
    const without = input(mail('To: me@example.com', 'Message-ID: none', '', ''));
    expect(reply('vacation "x";', without).header.get('in-reply-to')).toBeUndefined();
  });

  test('a message id of its own when the host gives none, the same each time', () => {
    const id = (on: RunInput): string | undefined =>
      value(
        reply('vacation "x";', on, {}, () => undefined),
        'message-id',
      );
    expect(id(input())).toMatch(/^<[0-9a-f]{32}@example\.com>$/);
    expect(id(input())).toBe(id(input()));
    expect(id({ ...input(), now: new Date(1) })).not.toBe(id(input()));
  });
});

describe('what a script made of the mail is not answered', () => {
  const edit = (commands: string): string => `require ["editheader"]; ${commands}`;
  test("the subject is the sender's, and a field that was taken away forbids an answer still", () => {
    const named = edit('deleteheader "Subject"; addheader "Subject" "Mine"; vacation "x";');
    expect(value(reply(named), 'subject')).toBe('Auto: Lunch?');
    const list = input(fields('List-Id: <l.example.org>'));
    expect(action(edit('deleteheader "List-Id"; vacation "x";'), list).suppressed).toContain('list');
    expect(action(edit('addheader "List-Id" "<l.example.org>"; vacation "x";')).suppressed).toBeUndefined();
  });
});

test('a mail without an id has its place in the thread (RFC 5322 §3.6.4)', () => {
  const written = reply(
    'vacation "x";',
    input(mail('To: me@example.com', 'References: <a@x> <b@x>', '', 'x')),
  );
  expect(value(written, 'references')).toBe('<a@x> <b@x>');
  expect(written.header.get('in-reply-to')).toBeUndefined();
});

describe(':from (RFC 5230 §4.3)', () => {
  const from = (text: string): string | undefined =>
    reply(`vacation :from ${JSON.stringify(text)} "x";`).header.get('from')?.value;
  test('an address, with a name or without', () => {
    expect(from('other@example.com')).toBe('<other@example.com>');
    expect(from('Some One <other@example.com>')).toBe('Some One <other@example.com>');
    expect(from('"One, Some" <other@example.com>')).toBe('"One, Some" <other@example.com>');
    expect(reply('vacation :from "Jürgen <j@example.com>" "x";').header.get('from')?.text).toBe(
      'Jürgen <j@example.com>',
    );
  });
  test('else the address that the mail was written to', () => {
    const aliased = input(mail('To: info@example.com', '', ''), 'a@example.org', {
      addresses: ['info@example.com'],
    });
    expect(value(reply('vacation "x";', aliased), 'from')).toBe('<info@example.com>');
    const { mail: sent } = action('vacation "x";', aliased, {
      settings: { vacation: { sendFromRecipient: true } },
    });
    expect(sent?.sender).toBe('me@example.com');
  });
});

describe(':mime (RFC 5230 §4.4)', () => {
  test('the example of RFC 5230 §4.4', () => {
    const written = reply(`vacation :mime text:
Content-Type: multipart/alternative; boundary=foo

--foo

I'm at the beach relaxing.  Mmmm, surf...

--foo
Content-Type: text/html; charset=us-ascii

<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.0//EN"
 "http://www.w3.org/TR/REC-html40/strict.dtd">
<HTML><HEAD><TITLE>How to relax</TITLE></HEAD>
<BODY><P>I'm at the beach relaxing.
Mmmm, surf...</BODY></HTML>

--foo--
.
;`);
    expect(written.root.type).toBe('multipart/alternative');
    expect(written.root.children.map(({ type }) => type)).toEqual(['text/plain', 'text/html']);
    expect(written.parts[1]?.text).toContain("I'm at the beach");
  });

  test('only fields of the content are taken', () => {
    const written = reply(`vacation :mime "Content-Type: text/html; charset=utf-8\r
Bcc: x@example.net\r
From: y@example.net\r
Content-Language: de\r
\r
<p>Grüße</p>";`);
    expect(written.header.get('bcc')).toBeUndefined();
    expect(written.header.all('from')).toHaveLength(1);
    expect(written.header.get('content-language')?.value).toBe('de');
    expect([written.root.type, written.root.encoding, written.root.text]).toEqual([
      'text/html',
      '8bit',
      '<p>Grüße</p>\n',
    ]);
  });

  test('a text without header is a text', () => {
    const { root } = reply('vacation :mime "Just words.\nAnd: more";');
    expect([root.type, root.text]).toEqual(['text/plain', 'Just words.\nAnd: more\n']);
    expect(reply('vacation :mime "\n\nwords";').root.text).toBe('\nwords\n');
    expect(reply('vacation :mime "";').root.text).toBe('');
  });
});

describe('to whom no reply is sent', () => {
  const none = (why: string, on: RunInput, source = 'vacation "x";', options?: RunOptions): void =>
    test(why, () => {
      const outcome = run(source, on, options);
      expect(outcome.actions).toEqual([
        { type: 'vacation', line: 2, suppressed: why },
        { type: 'keep', line: 0, implicit: true },
      ]);
      expect(outcome.remember).toEqual([]);
    });
  none('the sender is the null address', input(fields(), ''));
  none('the sender is no address', input(fields(), 'nobody'));
  none('the sender is the owner', input(fields(), 'ME@example.com'));
  none('the sender is the owner', input(fields(), 'alias@example.com', { addresses: ['alias@example.com'] }));
  none('the sender is the owner', input(fields(), 'a@b'), 'vacation :addresses "a@b" "x";');
  for (const local of ['MAILER-DAEMON', 'owner-list', 'list-request', 'LISTSERV', 'majordomo', 'no-reply'])
    none(`${local}@x is the address of a program`, input(fields(), `${local}@x`));
  for (const name of [
    'List-Id',
    'List-Help',
    'List-Subscribe',
    'List-Unsubscribe',
    'List-Post',
    'List-Owner',
    'List-Archive',
  ])
    none(`the mail comes from a mailing list (${name.toLowerCase()})`, input(fields(`${name}: <x>`)));
  for (const text of ['auto-replied', 'auto-generated; x=y', 'Auto-Notified (c)'])
    none(
      `the mail is automatic (Auto-Submitted: ${text.replace(/[;(].*/, '').trim()})`,
      input(fields(`Auto-Submitted: ${text}`)),
    );
  for (const text of ['bulk', 'Junk', 'list', 'auto_reply'])
    none(`the mail is one of many (Precedence: ${text})`, input(fields(`Precedence: ${text}`)));
  none('the mail is an automatic reply (x-autoreply)', input(fields('X-Autoreply: yes')));
  none('the sender wants no automatic answers', input(fields('X-Auto-Response-Suppress: DR, OOF')));
  none('the mail is a report', input(fields('Content-Type: multipart/report; boundary=x')));
  none('the mail is not addressed to the owner', input(mail('To: list@example.com', '', '')));
  none('the mail is not addressed to the owner', input(), 'vacation "x";', {
    settings: { vacation: { toHeaderIgnoreEnvelope: true } },
  });
});

describe('to whom one is sent all the same', () => {
  const sent = (why: string, on: RunInput, source = 'vacation "x";', options?: RunOptions): void =>
    test(why, () => expect(action(source, on, options).mail).toBeDefined());
  sent('Auto-Submitted: no', input(fields('Auto-Submitted: No (really)')));
  sent('Precedence: first-class', input(fields('Precedence: first-class')));
  for (const name of ['Cc', 'Bcc', 'Resent-To', 'Resent-Cc', 'Resent-Bcc'])
    sent(name, input(mail(`${name}: friends: you@x, ME@EXAMPLE.COM;`, '', '')));
  sent(':addresses', input(mail('To: a@b', '', '')), 'vacation :addresses ["c@d", "A@B"] "x";');
  sent('aliases', input(mail('To: a@b', '', ''), 'f@x', { addresses: ['a@b'] }));
  sent('a site that does not look', input(mail('To: a@b', '', '')), 'vacation "x";', {
    settings: { vacation: { checkRecipient: false } },
  });
  const forwarded = input(mail('To: old+me@example.net', '', ''));
  const recipients = [{ address: 'me@example.com', orcpt: 'rfc822;old+2Bme@example.net' }];
  sent(
    'the original recipient',
    { ...forwarded, envelope: { ...forwarded.envelope, recipients } },
    'vacation "x";',
    { settings: { vacation: { useOriginalRecipient: true } } },
  );
});

describe('what is remembered (RFC 5230 §4.2)', () => {
  const key = (source: string, on = input()): string | undefined => run(source, on).remember[0]?.key;
  test('the same words to the same sender', () => {
    expect(key('vacation "x";')).toBe(key('vacation :days 3 :addresses "a@b" "x";'));
    expect(key('vacation "x";')).toBe(key('vacation "x";', input(fields(), 'FRIEND@example.org')));
    for (const other of ['"y"', ':subject "s" "x"', ':from "a@b" "x"', ':mime "x"', ':handle "x" "x"'])
      expect(key('vacation "x";')).not.toBe(key(`vacation ${other};`));
    expect(key('vacation "x";')).not.toBe(key('vacation "x";', input(fields(), 'other@example.org')));
  });
  test('a handle takes the place of the words', () => {
    expect(key('vacation :handle "h" "x";')).toBe(key('vacation :handle "h" :subject "s" "y";'));
    expect(key('vacation :handle "h" "x";')).not.toBe(key('vacation :handle "H" "x";'));
  });
  test('the host is asked, and told only when a reply is sent', () => {
    const asked: Question[] = [];
    const outcome = run('vacation "x";', input(), {}, (question) => {
      asked.push(question);
      return question.ask === 'vacation-sent';
    });
    expect(asked).toEqual([{ ask: 'vacation-sent', key: key('vacation "x";'), seconds: 604_800 }]);
    expect(outcome.remember).toEqual([]);
    expect(outcome.actions[0]).toMatchObject({
      suppressed: 'friend@example.org has had this reply in the last 604800 seconds',
    });
    expect(
      run('vacation "x"; redirect "x@y"; redirect "z@y";', input(), { limits: { redirects: 1 } }).remember,
    ).toEqual([]);
  });
});

describe('periods (RFC 5230 §4.1, RFC 6131 §2)', () => {
  const seconds = (source: string, options?: RunOptions): number | undefined =>
    run(source, input(), options).remember[0]?.seconds;
  test('within the range of the site', () => {
    expect(seconds('vacation :days 3 "x";')).toBe(3 * 86_400);
    expect(seconds('vacation :days 0 "x";')).toBe(86_400);
    expect(seconds('vacation :days 1000 "x";')).toBe(90 * 86_400);
    expect(seconds('vacation :seconds 1800 "x";')).toBe(1800);
    expect(seconds('vacation :seconds 0 "x";')).toBe(600);
    expect(seconds('vacation :seconds 0 "x";', { settings: { vacation: { minPeriod: 0 } } })).toBeUndefined();
    expect(seconds('vacation "x";', { settings: { vacation: { defaultPeriod: 60, minPeriod: 30 } } })).toBe(
      60,
    );
    expect(seconds('vacation :days 1000 "x";', { settings: { vacation: { maxPeriod: 0 } } })).toBe(
      86_400_000,
    );
  });
});

describe('errors', () => {
  const cases: Readonly<Record<string, string>> = {
    'vacation;': '2:1 error: vacation: argument 1 (reason) is missing: a string',
    'vacation :days "3" "x";': '2:16 error: vacation: tag :days must be a number, not a string',
    'vacation :days 1 :seconds 2 "x";': '2:18 error: vacation: :seconds cannot be used together with :days',
    'vacation :from "me" "x";': '2:16 error: vacation: :from "me" is not an address',
    'vacation :addresses ["a@b", "c d"] "x";': '2:29 warning: vacation: :addresses "c d" is not an address',
    'vacation :days 0 "x";': '2:10 warning: vacation: :days 0 is taken as 1',
    'vacation :mine "x";': '2:10 error: vacation: unknown tag :mine',
    'vacation "x" :days 3;': '2:14 error: vacation: tag :days must stand before the other arguments',
  };
  for (const [source, expected] of Object.entries(cases))
    test(source, () =>
      expect(faults(`require ["vacation", "vacation-seconds"];\n${source}`)).toContain(expected),
    );
  test('what must be required', () => {
    expect(faults('vacation "x";')).toEqual(['1:1 error: command vacation needs require "vacation"']);
    expect(faults('require "vacation"; vacation :seconds 1 "x";')).toEqual([
      '1:30 error: vacation: tag :seconds needs require "vacation-seconds"',
    ]);
    expect(faults('require "vacation-seconds"; vacation :seconds 1 "x";')).toEqual([]);
    expect(faults('require "vacation-seconds"; vacation "x";')).toEqual([]);
  });
});

/** The examples of RFC 5228 and RFC 5429, with the outcome their text states. */
import { describe, expect, test } from 'vitest';
import { actions, faults, holds, mail, runInput } from '../../test/support/sieve.ts';

/** Messages A and B of RFC 5228 §1.2 (bodies shortened). */
const a = runInput(
  mail(
    'Date: Tue, 1 Apr 1997 09:06:31 -0800 (PST)',
    'From: coyote@desert.example.org',
    'To: roadrunner@acme.example.com',
    'Subject: I have a present for you',
    '',
    'There is some great birdseed over here at my place.',
    '',
  ),
  'coyote@desert.example.org',
  'roadrunner@acme.example.com',
);
const b = runInput(
  mail(
    'From: youcouldberich!@reply-by-postal-mail.invalid',
    'Sender: b1ff@de.res.example.com',
    'To: rube@landru.example.com',
    'Date:  Mon, 31 Mar 1997 18:26:10 -0800',
    'Subject: $$$ YOU, TOO, CAN BE A MILLIONAIRE! $$$',
    '',
    'YOU MAY HAVE ALREADY WON.',
    '',
  ),
  '',
  'rube@landru.example.com',
);
const other = runInput(mail('From: tim@example.com', 'To: me@example.com', '', ''), 'tim@example.com');

test('RFC 5228 §2.3: comments', () => {
  expect(actions('if size :over 100k { # this is a comment\ndiscard; }', a)).toEqual(['implicit keep']);
  expect(
    actions(
      'if size :over 100K { /* this is a comment\nthis is still a comment */ discard /* this is a comment\n*/ ; }',
      a,
    ),
  ).toEqual(['implicit keep']);
});

test('RFC 5228 §2.4.2.1: a string list is true when one of its strings is', () => {
  const lists = 'header :contains ["To", "Cc"] ["me@example.com", "me00@landru.example.com"]';
  const all =
    'anyof(header :contains "To" "me@example.com", header :contains "Cc" "me@example.com", header :contains "To" "me00@landru.example.com", header :contains "Cc" "me00@landru.example.com")';
  for (const input of [a, b, other]) expect(holds(lists, input)).toBe(holds(all, input));
  expect(holds(lists, other)).toBe(true);
  expect(holds(lists, a)).toBe(false);
});

describe('RFC 5228 §2.4.2.4: encoded characters', () => {
  const table: readonly (readonly [string, string])[] = [
    ['$${hex:40}', '$@'],
    ['${hex: 40 }', '@'],
    ['${HEX: 40}', '@'],
    ['${hex:40', '${hex:40'],
    ['${hex:400}', '${hex:400}'],
    ['${hex:4${hex:30}}', '${hex:40}'],
    ['${unicode:40}', '@'],
    ['${ unicode:40}', '${ unicode:40}'],
    ['${UNICODE:40}', '@'],
    ['${UnICoDE:0000040}', '@'],
    ['${Unicode:Cool}', '${Unicode:Cool}'],
    ['${hex:24 24}', '$$'],
    ['${unicode:e4 1f600}', 'ä😀'],
    ['${hex: c3 a4 }', 'ä'],
    ['${hex:c3}${hex:a4}', 'ä'],
    ['${hex:}${unicode:}', '${hex:}${unicode:}'],
    ['a${hex:9\r\n41}', 'a\tA'],
  ];
  for (const [written, meant] of table)
    test(JSON.stringify(written), () => {
      expect(actions(`require ["encoded-character", "reject"]; reject "x${written}";`, a)).toEqual([
        `reject ${JSON.stringify(`x${meant}`)}`,
      ]);
    });

  test('what is no character is an error', () => {
    for (const code of ['200000', 'DF01', '110000', 'd800', 'f'.repeat(40)])
      expect(faults(`require ["encoded-character", "reject"]; reject "\${unicode:${code}}";`)).toEqual([
        `1:49 error: \${unicode:${code.slice(0, 16)}} is no Unicode character`,
      ]);
  });

  test('only when it was required', () => {
    expect(actions('require "reject"; reject "${hex:40}";', a)).toEqual(['reject "${hex:40}"']);
  });

  test('octets that are not UTF-8', () => {
    expect(faults('require ["encoded-character", "reject"]; reject "${hex:ff}";')).toEqual([
      '1:49 warning: octets of ${hex:} are not UTF-8: they match nothing',
    ]);
  });

  test('in a test', () => {
    const script = 'require "encoded-character"; if header :contains "Subject" "$${hex:24 24}" { discard; }';
    expect(actions(script, b)).toEqual(['discard']);
    expect(actions(script, a)).toEqual(['implicit keep']);
  });
});

test('RFC 5228 §2.7.3: a comparator', () => {
  const script = 'if header :contains :comparator "i;octet" "Subject" "MAKE MONEY FAST" { discard; }';
  expect(actions(script, runInput(mail('Subject: You can MAKE MONEY FAST', '', '')))).toEqual(['discard']);
  expect(actions(script, runInput(mail('Subject: You can make money fast', '', '')))).toEqual([
    'implicit keep',
  ]);
});

test('RFC 5228 §3.1: if', () => {
  const discarding = `
    require "fileinto";
    if header :contains "from" "coyote" {
       discard;
    } elsif header :contains ["subject"] ["$$$"] {
       discard;
    } else {
       fileinto "INBOX";
    }`;
  expect(actions(discarding, a)).toEqual(['discard']);
  expect(actions(discarding, b)).toEqual(['discard']);
  expect(actions(discarding, other)).toEqual(['fileinto "INBOX"']);

  const redirecting = `
    if header :contains ["From"] ["coyote"] {
       redirect "acm@example.com";
    } elsif header :contains "Subject" "$$$" {
       redirect "postmaster@example.com";
    } else {
       redirect "field@example.com";
    }`;
  expect(actions(redirecting, a)).toEqual(['redirect "acm@example.com"']);
  expect(actions(redirecting, b)).toEqual(['redirect "postmaster@example.com"']);
  expect(actions(redirecting, other)).toEqual(['redirect "field@example.com"']);
});

test('RFC 5228 §4: actions', () => {
  const harassment =
    'require "fileinto"; if header :contains ["from"] "coyote" { fileinto "INBOX.harassment"; }';
  expect(actions(harassment, a)).toEqual(['fileinto "INBOX.harassment"']);
  expect(actions('redirect "bart@example.com";', a)).toEqual(['redirect "bart@example.com"']);
  const keeping = 'if size :under 1M { keep; } else { discard; }';
  const discarding = 'if not size :under 1M { discard; }';
  expect(actions(keeping, a)).toEqual(['keep']);
  expect(actions(discarding, a)).toEqual(['implicit keep']);
  const large = runInput(Buffer.concat([mail('Subject: x', '', ''), Buffer.alloc(1024 * 1024, 'x')]));
  expect(actions(keeping, large)).toEqual(['discard']);
  expect(actions(discarding, large)).toEqual(['discard']);
  const idiot = 'if header :contains ["from"] ["idiot@example.com"] { discard; }';
  expect(actions(idiot, runInput(mail('From: idiot@example.com', '', '')))).toEqual(['discard']);
});

test('RFC 5228 §5: tests', () => {
  expect(actions('if address :is :all "from" "tim@example.com" { discard; }', other)).toEqual(['discard']);
  expect(
    actions('require "envelope"; if envelope :all :is "from" "tim@example.com" { discard; }', other),
  ).toEqual(['discard']);
  const complete = 'if not exists ["From","Date"] { discard; }';
  expect(actions(complete, a)).toEqual(['implicit keep']);
  expect(actions(complete, other)).toEqual(['discard']);
  const caffeine = runInput(mail('X-Caffeine: C8H10N4O2', '', ''));
  expect(holds('header :is ["X-Caffeine"] [""]', caffeine)).toBe(false);
  expect(holds('header :contains ["X-Caffeine"] [""]', caffeine)).toBe(true);
});

describe('RFC 5228 §9: the extended example', () => {
  const script = `
    require ["fileinto"];
    # Handle messages from known mailing lists
    if header :is "Sender" "owner-ietf-mta-filters@imc.org" {
            fileinto "filter";
    }
    # Keep all messages to or from people in my company
    elsif address :DOMAIN :is ["From", "To"] "example.com" {
            keep;
    }
    # Catch unsolicited mail
    elsif anyof (NOT address :all :contains ["To", "Cc", "Bcc"] "me@example.com",
                 header :matches "subject" ["*make*money*fast*", "*university*dipl*mas*"]) {
            fileinto "spam";
    }
    else {
            fileinto "personal";
    }`;
  const cases: readonly (readonly [string, string[], string])[] = [
    ['a list', ['Sender: owner-ietf-mta-filters@imc.org', 'To: x@example.net'], 'fileinto "filter"'],
    ['the company', ['From: Boss <boss@EXAMPLE.com>', 'To: x@example.net'], 'keep'],
    ['not to me', ['From: a@example.org', 'To: x@example.net', 'Subject: hi'], 'fileinto "spam"'],
    [
      'a subject',
      ['From: a@example.org', 'To: me@example.com.invalid', 'Subject: Make some money really fast!'],
      'fileinto "spam"',
    ],
    [
      'another',
      ['From: a@example.org', 'Cc: me@example.com.invalid', 'Subject: University diplomas'],
      'fileinto "spam"',
    ],
    ['to me', ['From: a@example.org', 'Bcc: me@example.com.invalid', 'Subject: hi'], 'fileinto "personal"'],
  ];
  for (const [name, lines, expected] of cases)
    test(name, () => expect(actions(script, runInput(mail(...lines, '', '')))).toEqual([expected]));
});

describe('RFC 5429', () => {
  test('RFC 5429 §2.1: ereject', () => {
    const script =
      'require ["ereject"]; if address "from" "coyote@desert.example.org" { ereject "I don\'t want it."; }';
    expect(actions(script, a)).toEqual(['ereject "I don\'t want it."']);
  });

  test('RFC 5429 §2.2: reject with a text of several lines', () => {
    const script = `require ["reject"];
if size :over 50 {
  reject text:
Your message is too big.
..
.
;
}`;
    const expected = ['reject "Your message is too big.\\r\\n.\\r\\n"'];
    expect(actions(script, a)).toEqual(expected);
    expect(actions(script.replaceAll('\n', '\r\n'), a)).toEqual(expected);
  });
});

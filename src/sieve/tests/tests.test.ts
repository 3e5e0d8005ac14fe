import { describe, expect, test } from 'vitest';
import { holds, mail, runInput } from '../../../test/support/sieve.ts';

describe('header (RFC 5228 §5.7)', () => {
  const input = runInput(
    mail(
      'SUBJECT:   =?iso-8859-1?q?Gr=FC=DFe?= =?utf-8?b?IGFuIGRpY2g=?=\t',
      'X-Fold: one',
      '\ttwo',
      'X-Two: first',
      'x-two: second',
      '',
      'X-Body: no header',
    ),
  );
  const cases: Readonly<Record<string, boolean>> = {
    'header "Subject" "Grüße an dich"': true,
    'header :contains "subject" "=?"': false,
    'header "x-fold" "one\ttwo"': true,
    'header ["x-none", "X-TWO"] "second"': true,
    'header "x-two" ["a", "first"]': true,
    'header "x-body" "no header"': false,
    'header :matches "x-two" "*"': true,
    'header :matches "x-none" "*"': false,
    'header :is "subject" ""': false,
  };
  for (const [source, expected] of Object.entries(cases))
    test(source, () => expect(holds(source, input)).toBe(expected));
});

describe('address (RFC 5228 §5.1)', () => {
  const input = runInput(
    mail(
      'From: "Person, A." <First.Last@Sub.Example.ORG> (a comment)',
      'To: friends: one@a.example, Two <two@b.example>;, three@c.example',
      'Cc: undisclosed-recipients:;',
      'Reply-To: "odd local"@d.example',
      'Sender: @',
      'Resent-To: four@e.example',
      'Resent-To: five@f.example',
      '',
      '',
    ),
  );
  const cases: Readonly<Record<string, boolean>> = {
    'address "from" "first.last@sub.example.org"': true,
    'address :all "from" "First.Last@Sub.Example.ORG"': true,
    'address :localpart "from" "first.last"': true,
    'address :domain "from" "sub.example.org"': true,
    'address :domain :matches "from" "*.example.org"': true,
    'address :contains "from" "Person"': false,
    'address :contains "from" "comment"': false,
    'address "to" "one@a.example"': true,
    'address "to" "two@b.example"': true,
    'address :domain "to" "c.example"': true,
    'address :contains "to" "friends"': false,
    'address :contains "cc" ""': false,
    'address :localpart "reply-to" "odd local"': true,
    'address :domain "reply-to" "d.example"': true,
    'address "resent-to" "five@f.example"': true,
    'address ["bcc", "resent-to"] ["x@y", "four@e.example"]': true,
    'address :comparator "i;octet" :domain "from" "sub.example.org"': false,
  };
  for (const [source, expected] of Object.entries(cases))
    test(source, () => expect(holds(source, input)).toBe(expected));
});

test('an address without a domain is a local part', () => {
  const local = runInput(mail('From: root (Cron Daemon)', 'To: undisclosed recipients', '', ''));
  expect(holds('address :localpart "from" "root"', local)).toBe(true);
  expect(holds('address "from" "root"', local)).toBe(true);
  expect(holds('address :domain :contains "from" ""', local)).toBe(false);
  expect(holds('address :contains "to" ""', local)).toBe(false);
});

describe('envelope (RFC 5228 §5.4)', () => {
  const message = mail('From: other@example.net', 'To: nobody@example.net', '', '');
  const input = runInput(message, 'Sender@Example.org', 'me+detail@example.com');
  const bounce = runInput(message, '', 'me@example.com');
  const check = (source: string, from = input): boolean => holds(source, from, ['envelope']);

  test('from and to, not the header', () => {
    expect(check('envelope "from" "sender@example.org"')).toBe(true);
    expect(check('envelope :domain "FROM" "example.org"')).toBe(true);
    expect(check('envelope :localpart "to" "me+detail"')).toBe(true);
    expect(check('envelope ["from", "to"] ["x@y", "me+detail@example.com"]')).toBe(true);
    expect(check('envelope :contains "to" "nobody"')).toBe(false);
  });

  test('the null sender is empty, whatever part is asked for', () => {
    for (const part of [':all', ':localpart', ':domain']) {
      expect(check(`envelope ${part} :is "from" ""`, bounce)).toBe(true);
      expect(check(`envelope ${part} :contains "from" "e"`, bounce)).toBe(false);
    }
  });

  test('other recipients are not told', () => {
    const two = {
      ...input,
      envelope: { ...input.envelope, recipients: [{ address: 'me@x' }, { address: 'you@x' }] },
    };
    expect(check('envelope :contains "to" "you"', two)).toBe(false);
  });

  test('a sender without a domain', () => {
    const local = runInput(message, 'root');
    expect(check('envelope :localpart "from" "root"', local)).toBe(true);
    expect(check('envelope :domain :contains "from" ""', local)).toBe(false);
  });
});

describe('exists, size and logic', () => {
  const raw = mail('From: a@b', 'Subject:', '', 'x');
  const input = runInput(raw);
  const size = raw.length;
  const cases: Readonly<Record<string, boolean>> = {
    'exists "from"': true,
    'exists ["FROM", "subject"]': true,
    'exists ["from", "date"]': false,
    [`size :over ${size - 1}`]: true,
    [`size :over ${size}`]: false,
    [`size :under ${size}`]: false,
    [`size :under ${size + 1}`]: true,
    true: true,
    false: false,
    'not false': true,
    'not not true': true,
    'allof (true)': true,
    'allof (true, false)': false,
    'allof (true, true, true)': true,
    'anyof (false)': false,
    'anyof (false, true)': true,
    'anyof (false, false, false)': false,
    'anyof (allof (true, false), allof (true, not false))': true,
    'allof (anyof (false, true), not anyof (true, false))': false,
    'not allof (true, anyof (false, not true))': true,
  };
  for (const [source, expected] of Object.entries(cases))
    test(source, () => expect(holds(source, input)).toBe(expected));
});

test('a mail without any header, and one of hostile bytes', () => {
  for (const raw of [
    Buffer.alloc(0),
    mail('', 'body'),
    Buffer.from([0xff, 0x00, 0x3a, 0x0a]),
    Buffer.from('From:'),
  ]) {
    const input = runInput(raw);
    expect(holds('header :contains "subject" ""', input)).toBe(false);
    expect(holds('address :contains "from" ""', input)).toBe(false);
  }
});

import { describe, expect, test } from 'vitest';
import { compiled, faults, holds as holdsIn, mail, runInput, runNow } from '../../../test/support/sieve.ts';
import { parseMessage } from '../../message/parse.ts';
import { bodyTexts } from '../body-text.ts';
import type { RunInput } from '../types.ts';

const mixed = runInput(
  mail(
    'From: whomever@example.com',
    'Subject: outer',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=outer',
    '',
    'This is the prologue.',
    '--outer',
    'Content-Type: text/plain; charset=iso-8859-1',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'Gr=FC=DFe an=',
    ' alle',
    '--outer',
    'Content-Type: text/html',
    '',
    '<html><head><style>p { color: red }</style></head><body><p>Sec<b>ret</b> &amp; fr&eacute;e</p></body></html>',
    '--outer',
    'Content-Type: message/rfc822',
    '',
    'From: inner@example.org',
    'Subject: forwarded thing',
    '',
    'Inner body, nothing more.',
    '--outer',
    'Content-Type: application/octet-stream',
    'Content-Transfer-Encoding: base64',
    '',
    'YmluYXJ5IHRyZWFzdXJl',
    '--outer--',
    'This is the epilogue.',
    '',
  ),
);

const holds = (test: string, input: RunInput = mixed): boolean =>
  holdsIn(test, input, ['body', 'relational', 'comparator-i;ascii-numeric']);

describe('body :raw (RFC 5173 §5.1)', () => {
  test('is all of the body as it came', () => {
    for (const key of ['Gr=FC=DFe', '--outer', 'YmluYXJ5', 'Content-Type: text/html', 'epilogue'])
      expect(holds(`body :raw :contains "${key}"`)).toBe(true);
    expect(holds('body :raw :contains "binary treasure"')).toBe(false);
    // Not the header.
    expect(holds('body :raw :contains "Subject: outer"')).toBe(false);
    expect(holds('body :raw :count "eq" "1"')).toBe(true);
  });

  test('the whole body, line ends however they are written', () => {
    for (const end of ['\r\n', '\n']) {
      const input = runInput(Buffer.from(['From: a@example.org', '', 'One', 'Two', ''].join(end)));
      expect(holds('body :raw :is text:\nOne\nTwo\n.\n', input)).toBe(true);
      expect(holds('body :raw :matches "*One\nT*"', input)).toBe(true);
      expect(holds('body :raw :is "One"', input)).toBe(false);
    }
  });

  test('text that is not ASCII', () => {
    const utf8 = runInput(mail('From: a@example.org', '', 'Grüße'));
    expect(holds('body :raw :contains "GRüßE"', utf8)).toBe(true);
    expect(holds('body :raw :contains "grÜ"', utf8)).toBe(false);
    const latin1 = runInput(Buffer.from('From: a@example.org\r\n\r\nGr\xfc\xdfe', 'latin1'));
    expect(holds('body :raw :contains "grü"', latin1)).toBe(true);
  });
});

describe('body :content (RFC 5173 §5.2)', () => {
  test('decoded parts of a type, or of all its subtypes', () => {
    expect(holds('body :content "text" :contains "Grüße an alle"')).toBe(true);
    expect(holds('body :content "text/plain" :contains "Grüße an alle"')).toBe(true);
    expect(holds('body :content "text/html" :contains "Grüße"')).toBe(false);
    expect(holds('body :content "TEXT/Html" :contains "<b>ret</b>"')).toBe(true);
    expect(holds('body :content ["image", "application/octet-stream"] :is "binary treasure"')).toBe(true);
    expect(holds('body :content "text" :contains "Inner body"')).toBe(true);
    // A type is no prefix of another.
    expect(holds('body :content "tex" :contains ""')).toBe(false);
  });

  test('of multiparts, what stands before and behind the parts', () => {
    expect(holds('body :content "multipart" :contains "prologue"')).toBe(true);
    expect(holds('body :content "multipart/mixed" :is "This is the epilogue.\n"')).toBe(true);
    expect(holds('body :content "multipart" :contains "Inner body"')).toBe(false);
    expect(holds('body :content "multipart" :count "eq" "2"')).toBe(true);
  });

  test('of messages within, their header', () => {
    expect(holds('body :content "message/rfc822" :contains "Subject: forwarded"')).toBe(true);
    expect(holds('body :content "message" :contains "Inner body"')).toBe(false);
  });

  test('the empty type is all; each part is a value of its own', () => {
    expect(holds('body :content "" :count "eq" "7"')).toBe(true);
    expect(holds('body :content "" :count "eq" "6"')).toBe(false);
    expect(holds('body :content "" :is "Grüße an alle"')).toBe(true);
  });

  test('an empty key asks whether there is such a part', () => {
    expect(holds('body :content "message" :contains ""')).toBe(true);
    expect(holds('body :content "video" :contains ""')).toBe(false);
  });

  test('what is no type matches nothing', () => {
    for (const type of ['/plain', 'text/', 'text/plain/x', '/']) {
      expect(holds(`body :content "${type}" :contains ""`)).toBe(false);
      expect(faults(`require "body"; if body :content "${type}" "x" { keep; }`)).toEqual([
        `1:34 warning: body: "${type}" is not a content type and matches nothing`,
      ]);
    }
  });
});

describe('body :text (RFC 5173 §5.3)', () => {
  test('is the default: text parts, of HTML the words', () => {
    expect(holds('body :contains "secret & frée"')).toBe(true);
    expect(holds('body :text :contains "Grüße an alle"')).toBe(true);
    expect(holds('body :text :contains ["color", "<b>", "binary"]')).toBe(false);
    expect(holds('body :text :contains "inner body"')).toBe(true);
    expect(holds('body :text :contains "prologue"')).toBe(false);
  });

  test('attached text too', () => {
    const input = runInput(
      mail('Content-Type: text/csv', 'Content-Disposition: attachment; filename=a.csv', '', 'a;b;c'),
    );
    expect(holds('body :contains "a;b"', input)).toBe(true);
  });

  test('a message without MIME is text', () => {
    expect(holds('body :contains "missile"', runInput(mail('From: a@example.org', '', 'a missile')))).toBe(
      true,
    );
  });
});

describe('the body test', () => {
  test('without a body it is false, also for the empty string; an empty body is one (RFC 5173 §4)', () => {
    const none = runInput(mail('From: a@example.org', ''));
    const empty = runInput(mail('From: a@example.org', '', ''));
    for (const transform of [':raw', ':text', ':content ""']) {
      expect(holds(`body ${transform} :contains ""`, none)).toBe(false);
      expect(holds(`body ${transform} :is ""`, empty)).toBe(true);
    }
  });

  test('wildcards set no match variables (RFC 5173 §6)', () => {
    const script = compiled(
      'require ["body", "variables", "fileinto"]; if header :matches "subject" "*t*" { if body :matches "*an*" { fileinto "${1}"; } }',
    );
    expect(runNow(script, mixed).actions).toMatchObject([{ mailbox: 'ou' }]);
  });

  test('keys with variables', () => {
    const script = compiled(
      'require ["body", "variables"]; set "a" "an\r\nb"; if body :contains "${a}" { discard; }',
    );
    expect(runNow(script, runInput(mail('From: x@y.example', '', 'an', 'b'))).actions[0]?.type).toBe(
      'discard',
    );
  });

  test('is decoded once for a message', () => {
    const message = parseMessage(mail('Content-Type: text/plain', '', 'abc'));
    const newState = (): Parameters<typeof bodyTexts>[0] =>
      ({ message, spend: () => undefined, share: () => undefined }) as never;
    expect(bodyTexts(newState())).toBe(bodyTexts(newState()));
  });

  test('faults', () => {
    expect(faults('if body "x" { keep; }')).toEqual(['1:4 error: test body needs require "body"']);
    expect(faults('require "body"; if body :raw :text "x" { keep; }')).toEqual([
      '1:30 error: body: :text cannot be used together with :raw',
    ]);
    expect(faults('require "body"; if body :content :contains "x" { keep; }')).toEqual([
      '1:25 error: body: tag :content needs a list of strings',
    ]);
  });
});

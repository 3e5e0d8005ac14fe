import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMessage } from '../message/parse.ts';
import type { HeaderEdit } from '../message/types.ts';
import { verdictEdits } from './fields.ts';
import { defaultFilterSettings } from './settings.ts';
import { encodeSubject } from './subject-prefix.ts';

type Given = Parameters<typeof verdictEdits>[1];

const ham: Given = {
  action: 'no action',
  score: -0.04,
  required: 6,
  spam: false,
  hits: [],
  authenticationResults: 'mx.example.org;\n\tspf=none smtp.mailfrom=a.example',
};
const spam: Given = {
  ...ham,
  action: 'add header',
  score: 7.25,
  spam: true,
  hits: [
    { symbol: 'ONE', score: 7 },
    { symbol: 'TWO', score: 0.25 },
    { symbol: 'ONE', score: 0 },
  ],
};

function edits(header: string, verdict: Given, forged: HeaderEdit[] = [], settings = defaultFilterSettings) {
  return verdictEdits(parseMessage(Buffer.from(`${header}\r\n\r\nx`, 'latin1')), verdict, settings, forged);
}
const value = (list: HeaderEdit[], name: string): string | undefined => {
  const edit = list.find((one) => one.name === name && one.kind !== 'remove');
  return edit !== undefined && edit.kind !== 'remove' ? edit.value : undefined;
};

describe('fields of a verdict', () => {
  test('ham', () => {
    expect(edits('From: a@b', ham)).toEqual([
      {
        kind: 'insert',
        position: 0,
        name: 'Authentication-Results',
        value: 'mx.example.org;\n\tspf=none smtp.mailfrom=a.example',
      },
      { kind: 'add', name: 'X-Spam-Score', value: '0.0' },
      { kind: 'add', name: 'X-Spam-Status', value: 'No, score=0.0 required=6.0 tests=none' },
    ]);
  });

  test('spam', () => {
    const list = edits('From: a@b', spam);
    expect(value(list, 'X-Spam-Flag')).toBe('YES');
    expect(value(list, 'X-Spam-Score')).toBe('7.3');
    expect(value(list, 'X-Spam-Level')).toBe('*******');
    expect(value(list, 'X-Spam-Status')).toBe('Yes, score=7.3 required=6.0 tests=ONE,TWO');
    expect(value(list, 'Subject')).toBeUndefined();
  });

  test('fields that came with the message go, and those that claim to be ours', () => {
    const forged: HeaderEdit[] = [{ kind: 'remove', name: 'Authentication-Results', index: 2 }];
    const list = edits(
      'X-Spam-Flag: NO\r\nx-spam-status: No\r\nX-SPAM-STATUS: No\r\nX-Spammer: me',
      ham,
      forged,
    );
    expect(list.filter(({ kind }) => kind === 'remove')).toEqual([
      ...forged,
      { kind: 'remove', name: 'X-Spam-Flag', index: 1 },
      { kind: 'remove', name: 'x-spam-status', index: 1 },
      { kind: 'remove', name: 'X-SPAM-STATUS', index: 2 },
    ]);
  });

  test('what is switched off is not written, but still removed', () => {
    const headers = { authenticationResults: false, status: false, flag: false, score: false, level: false };
    const list = edits('X-Spam-Flag: YES', spam, [], { ...defaultFilterSettings, headers });
    expect(list).toEqual([{ kind: 'remove', name: 'X-Spam-Flag', index: 1 }]);
  });

  test('stars and tests are bounded, lines folded', () => {
    const hits = Array.from({ length: 1000 }, (_, index) => ({
      symbol: `A_LONG_SYMBOL_NAME_${index}`,
      score: 1,
    }));
    const list = edits('From: a@b', { ...spam, score: 1000, hits });
    expect(value(list, 'X-Spam-Level')).toBe('*'.repeat(50));
    const status = value(list, 'X-Spam-Status') ?? '';
    expect(status.endsWith('and_900_more')).toBe(true);
    for (const line of `X-Spam-Status: ${status}`.split('\n')) expect(line.length).toBeLessThanOrEqual(78);
  });

  test('no symbol, score or field of the authenticator can begin a new field', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        fc.double(),
        (one, other, score) => {
          const verdict: Given = {
            ...spam,
            score,
            hits: [{ symbol: one, score: 1 }],
            authenticationResults: other,
          };
          for (const edit of edits('From: a@b', verdict))
            if (edit.kind !== 'remove') expect(edit.value).toMatch(/^(?:[^\r\n\0]|\n[ \t])*$/);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('rewrite subject', () => {
  const rewrite: Given = { ...spam, action: 'rewrite subject' };
  const subject = (header: string, subjectPrefix = '*** SPAM *** ') =>
    edits(header, rewrite, [], { ...defaultFilterSettings, subjectPrefix }).find(
      ({ name }) => name === 'Subject',
    );

  test.each([
    ['Subject: Offer', '*** SPAM *** Offer'],
    ['Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=', '*** SPAM *** =?utf-8?Q?Gr=C3=BC=C3=9Fe?='],
    ['Subject: one\r\n two', '*** SPAM *** one\n two'],
    ['Subject: one\r\n \r\n\ttwo', '*** SPAM *** one\n\ttwo'],
    ['Subject:', '*** SPAM ***'],
  ])('%j', (header, expected) => {
    expect(subject(header)).toEqual({ kind: 'change', name: 'Subject', index: 1, value: expected });
  });

  test('none there', () => {
    expect(subject('From: a@b')).toEqual({ kind: 'add', name: 'Subject', value: '*** SPAM ***' });
  });

  test('raw UTF-8 is encoded, as is a prefix that is not ASCII', () => {
    const raw = Buffer.from('Subject: Grüße').toString('latin1');
    const edit = subject(raw, '[Müll] ');
    const written = edit?.kind === 'change' ? edit.value : '';
    expect(written).toMatch(/^[\x20-\x7e\n]+$/);
    const [field] = parseMessage(Buffer.from(`Subject: ${written.replaceAll('\n', '\r\n')}\r\n\r\n`)).header
      .fields;
    expect(field?.text.replace(/\s+/, ' ')).toMatch(/^\[Müll\] ?Grüße$/);
  });

  test('any subject stays one field, of lines that are short enough when it has to be encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), fc.string(), (text, prefix) => {
        const raw = Buffer.from(text).toString('latin1');
        const result = encodeSubject(prefix, raw, text);
        expect(result).toMatch(/^(?:[\x20-\x7e\t]|\n[ \t])*$/);
        if (!/^[\x20-\x7e\s]*$/.test(raw))
          for (const line of result.split('\n')) expect(line.length).toBeLessThan(998);
      }),
      { numRuns: 300 },
    );
  });
});

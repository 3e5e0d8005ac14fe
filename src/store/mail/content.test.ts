import fc from 'fast-check';
import { describe as suite, expect, test } from 'vitest';
import { describe } from './content.ts';
import type { Structure } from './content-types.ts';

const message = (...lines: string[]): Buffer => Buffer.from(lines.join('\r\n'));
const bodyOf = (raw: Buffer, part: Structure | undefined): string =>
  raw.toString('latin1', part?.bodyStart, part?.end);

suite('envelope', () => {
  test('keeps fields as written, unfolded', () => {
    const { envelope } = describe(
      message(
        'Date: Thu, 15 Jan 2026 10:00:00 +0100',
        'Subject: =?utf-8?q?a=C3=A4?=',
        '  b',
        'Message-ID: <1@x>',
        'In-Reply-To: <0@x> (Mia, yesterday)',
        'From: =?utf-8?q?J=C3=B6?= <jo@example.org>',
        '',
        '',
      ),
    );
    expect(envelope).toMatchObject({
      date: 'Thu, 15 Jan 2026 10:00:00 +0100',
      subject: '=?utf-8?q?a=C3=A4?= b',
      messageId: '<1@x>',
      inReplyTo: '<0@x> (Mia, yesterday)',
      from: [['=?utf-8?q?J=C3=B6?=', 'jo', 'example.org']],
      sent: Date.UTC(2026, 0, 15, 9),
      references: ['0@x'],
      to: [],
    });
    expect(envelope.sender).toEqual(envelope.from);
    expect(envelope.replyTo).toEqual(envelope.from);
  });

  test('shows groups, quoted local parts, comments, routes and names alone', () => {
    const { envelope } = describe(
      message(
        'To: Friends: a@x, "B, b" <b@y>;, "c d"@z (Cee), <@r1,@r2:e@w>',
        'Cc: root',
        'To: last@v',
        'Bcc: undisclosed-recipients:;',
        'Sender: ',
        '',
        '',
      ),
    );
    expect(envelope.to).toEqual([
      [null, 'Friends', null],
      [null, 'a', 'x'],
      ['B, b', 'b', 'y'],
      [null, null, null],
      ['Cee', 'c d', 'z'],
      [null, 'e', 'w', '@r1,@r2'],
      [null, 'last', 'v'],
    ]);
    expect(envelope.cc).toEqual([[null, 'root', '']]);
    expect(envelope.bcc).toEqual([
      [null, 'undisclosed-recipients', null],
      [null, null, null],
    ]);
    expect(envelope.sender).toEqual([]);
  });

  test('has nothing of a message without a header', () => {
    expect(describe(Buffer.alloc(0)).envelope).toEqual({
      date: null,
      subject: null,
      from: [],
      sender: [],
      replyTo: [],
      to: [],
      cc: [],
      bcc: [],
      inReplyTo: null,
      messageId: null,
      sent: null,
      references: [],
    });
  });

  test('reads bytes outside ASCII as UTF-8, and others as latin1', () => {
    const raw = Buffer.concat([Buffer.from('Subject: ä '), Buffer.from('\r\nDate: \xe4\r\n\r\n', 'latin1')]);
    expect(describe(raw).envelope).toMatchObject({ subject: 'ä', date: 'ä' });
  });

  test('prefers References, and keeps the first and the last of very many', () => {
    const ids = Array.from({ length: 1000 }, (_, n) => `<${n}@x>`);
    const { references } = describe(
      message(`References: ${ids.join('\r\n ')}`, 'In-Reply-To: <other@x>', '', ''),
    ).envelope;
    expect(references).toHaveLength(200);
    expect([references[0], references[1], references.at(-1)]).toEqual(['0@x', '801@x', '999@x']);
  });

  test('tells the last of several fields, and names in one line', () => {
    const { envelope } = describe(
      message(
        'Subject: one',
        'Subject: two',
        'From: "A\t B"  C <a@x>',
        'Sender: Mailer <>',
        'To: root',
        '',
        '',
      ),
    );
    expect(envelope).toMatchObject({
      subject: 'two',
      from: [['A B C', 'a', 'x']],
      sender: [['Mailer', '', '']],
      to: [[null, 'root', '']],
    });
  });
});

suite('structure', () => {
  test('points at the parts of a multipart', () => {
    const raw = message(
      'Content-Type: Multipart/Mixed; Boundary="x"',
      '',
      'preamble',
      '--x',
      '',
      'hello',
      'there',
      '--x',
      'Content-Type: image/png; name="a b.png"',
      'Content-Transfer-Encoding: BASE64',
      'Content-Disposition: ATTACHMENT; filename*0*=utf-8\'\'%C3%A4; filename*1=" .png"',
      'Content-ID: <i@x>',
      'Content-Description: a picture',
      'Content-Language: de, en',
      'Content-Location: http://x/a',
      'Content-MD5: abc=',
      '',
      'AAAA',
      '--x--',
      'epilogue',
    );
    const { structure, preview } = describe(raw);
    expect(structure).toMatchObject({
      type: 'multipart',
      writtenType: 'Multipart',
      subtype: 'Mixed',
      parameters: [['Boundary', 'x']],
    });
    const [text, image] = structure.parts;
    expect(text).toMatchObject({
      type: 'text',
      subtype: 'plain',
      parameters: [['charset', 'us-ascii']],
      encoding: '7bit',
      lines: 1,
    });
    expect(bodyOf(raw, text)).toBe('hello\r\nthere');
    expect(image).toMatchObject({
      type: 'image',
      subtype: 'png',
      parameters: [['name', 'a b.png']],
      encoding: 'BASE64',
      disposition: {
        type: 'ATTACHMENT',
        parameters: [['filename*', "utf-8''%C3%A4%20.png"]],
      },
      id: '<i@x>',
      description: 'a picture',
      language: ['de', 'en'],
      location: 'http://x/a',
      md5: 'abc=',
    });
    expect(bodyOf(raw, image)).toBe('AAAA');
    expect(preview).toBe('hello there');
  });

  test('has parts of no octets where a multipart has none, but not where text would be lost', () => {
    const of = (...body: string[]): Structure | undefined =>
      describe(message('Content-Type: multipart/mixed; boundary=x', '', ...body)).structure.parts[0];
    for (const body of [[''], ['', '', ''], ['--x--', ''], ['preamble', '--x--', 'epilogue', '']]) {
      const raw = message('Content-Type: multipart/mixed; boundary=x', '', ...body);
      const part = of(...body);
      expect(part).toMatchObject({ type: 'text', subtype: 'plain', lines: 0, start: raw.length });
      expect(bodyOf(raw, part)).toBe('');
    }
    expect(of('text', '')).toMatchObject({ lines: 1 });
  });

  test('gives the line ending behind a closing delimiter to the multipart that it closes', () => {
    const inner = ['Content-Type: multipart/mixed; boundary=y', '', '--y', '', 'a', '--y--'];
    const raw = message('Content-Type: multipart/mixed; boundary=x', '', '--x', ...inner, '--x--', '');
    expect(bodyOf(raw, describe(raw).structure.parts[0])).toBe('--y\r\n\r\na\r\n--y--\r\n');
    const message1 = ['Content-Type: message/rfc822', '', ...inner];
    const raw1 = message('Content-Type: multipart/mixed; boundary=x', '', '--x', ...message1, '--x--', '');
    const [part] = describe(raw1).structure.parts;
    expect(bodyOf(raw1, part)).toBe(`${inner.join('\r\n')}\r\n`);
    expect(part?.lines).toBe(6);
  });

  test('has types and parameters with comments and white space between their words', () => {
    const raw = message('Content-Type: text (a) / (b) html (c); (d) charset (e) = (f) utf-8 (g)', '', '');
    expect(describe(raw).structure).toMatchObject({
      type: 'text',
      subtype: 'html',
      parameters: [['charset', 'utf-8']],
    });
  });

  test('ends a header before the delimiter that follows it', () => {
    const raw = message(
      'Content-Type: multipart/mixed; boundary=x',
      '',
      '--x',
      'A: b',
      '',
      '--x',
      'C: d',
      '--x--',
    );
    const headers = describe(raw).structure.parts.map((part) =>
      raw.subarray(part.start, part.bodyStart).toString(),
    );
    expect(headers).toEqual(['A: b\r\n', 'C: d']);
  });

  test('has a header that ends with an empty line and nothing else', () => {
    const raw = message('no header', 'Subject: s', 'nor this', '', 'body', '');
    const { structure, envelope } = describe(raw);
    expect(bodyOf(raw, structure)).toBe('body\r\n');
    expect(envelope.subject).toBe('s');
  });

  test('joins values that were cut, where all of them are there', () => {
    const parameters = (of: string): Structure['parameters'] =>
      describe(message(`Content-Type: image/png; ${of}`, '', '')).structure.parameters;
    expect(parameters('name*1=b; x=1; name*0=a')).toEqual([
      ['name', 'ab'],
      ['x', '1'],
    ]);
    expect(parameters('name*0=a; name*1*=%20b')).toEqual([['name*', "''a%20b"]]);
    expect(parameters('name*0=a; name*2=b')).toEqual([
      ['name*0', 'a'],
      ['name*2', 'b'],
    ]);
    expect(parameters("name*=utf-8''x")).toEqual([['name*', "utf-8''x"]]);
  });

  test('looks into messages', () => {
    const raw = message(
      'Content-Type: message/rfc822',
      '',
      'Subject: inner',
      'Content-Type: text/html; charset=utf-8',
      '',
      '<p>hi',
      '',
    );
    const { structure } = describe(raw);
    expect(structure).toMatchObject({ type: 'message', subtype: 'rfc822', lines: 4 });
    expect(structure.message).toMatchObject({
      envelope: { subject: 'inner' },
      structure: { type: 'text', subtype: 'html', parameters: [['charset', 'utf-8']], lines: 1 },
    });
    expect(bodyOf(raw, structure.message?.structure)).toBe('<p>hi\r\n');
  });

  test('shows a message that it cannot look into as octets', () => {
    const { structure } = describe(
      message(
        'Content-Type: message/rfc822',
        'Content-Transfer-Encoding: base64',
        '',
        'U3ViamVjdDogYQ==',
        '',
      ),
    );
    expect(structure).toMatchObject({ type: 'application', subtype: 'octet-stream', message: null });
  });

  test('gives a multipart without parts one of text', () => {
    const raw = message('Content-Type: multipart/mixed; boundary=x', '', 'no boundary', 'here');
    const { structure } = describe(raw);
    expect(structure.parts).toHaveLength(1);
    expect(structure.parts[0]).toMatchObject({ type: 'text', subtype: 'plain', lines: 1, parts: [] });
    expect(bodyOf(raw, structure.parts[0])).toBe('no boundary\r\nhere');
    expect(structure.parts[0]?.start).toBe(structure.bodyStart);
  });

  test('takes a missing, broken or doubled Content-Type for text', () => {
    for (const lines of [[], ['Content-Type: rubbish'], ['Content-Type: ;;;']])
      expect(describe(message(...lines, '', 'x')).structure).toMatchObject({
        type: 'text',
        subtype: 'plain',
      });
  });

  test('ends nesting at a bound', () => {
    const depth = (part: Structure): number =>
      1 + Math.max(0, ...part.parts.map(depth), part.message === null ? 0 : depth(part.message.structure));
    const rfc822 = Array.from({ length: 300 }, () => ['Content-Type: message/rfc822', '']).flat();
    expect(depth(describe(message(...rfc822, 'x')).structure)).toBe(33);
    const multi = Array.from({ length: 300 }, (_, n) => [
      `Content-Type: multipart/mixed; boundary=b${n}`,
      '',
      `--b${n}`,
    ]).flat();
    expect(depth(describe(message(...multi, 'x')).structure)).toBe(33);
  });

  test('keeps a bounded amount of a message made of headers', () => {
    const header = `Subject: ${'s'.repeat(50_000)}\r\nTo: ${'a@b,'.repeat(10_000)}\r\n`;
    const parts = Array.from(
      { length: 60 },
      () => `--x\r\nContent-Type: message/rfc822\r\n\r\n${header}\r\nb`,
    );
    const raw = Buffer.from(
      `Content-Type: multipart/digest; boundary=x\r\n\r\n${parts.join('\r\n')}\r\n--x--`,
    );
    const content = describe(raw);
    expect(content.structure.parts).toHaveLength(60);
    expect(JSON.stringify(content).length).toBeLessThan(4_000_000);
  });
});

suite('preview', () => {
  test('is the first text, without quoted lines and tags', () => {
    expect(describe(message('', '> old', 'new', '  text')).preview).toBe('new text');
    expect(describe(message('', '> only', '> old')).preview).toBe('> only > old');
    expect(
      describe(message('Content-Type: text/html', '', '<style>p{}</style><p>Good <b>morning</b>')).preview,
    ).toBe('Good morning');
    expect(describe(message('Content-Type: image/png', '', 'x')).preview).toBe('');
  });

  test('has at most 200 characters, whole ones', () => {
    const { preview } = describe(
      Buffer.from(`Content-Type: text/plain; charset=utf-8\r\n\r\n${'😀'.repeat(500)}`),
    );
    expect(Array.from(preview)).toHaveLength(200);
    expect(preview.isWellFormed()).toBe(true);
  });

  test('of a long text is what the whole text gives', () => {
    const word = fc.constantFrom('one', '😀', '>', 'Größe', '\u200b', ' ', '\t', 'x'.repeat(30), '\u0007');
    const line = fc
      .tuple(fc.constantFrom('', '', '> ', '>>'), fc.array(word, { maxLength: 12 }))
      .map(([quote, words]) => quote + words.join(' '));
    const oneLine = (lines: readonly string[]): string =>
      lines
        .join('\n')
        .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
        .trim();
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), fc.nat({ max: 80 }), (lines, quoted) => {
        // Quotations of some thousand characters may come first.
        const all = [...Array.from({ length: quoted }, () => `> ${'quoted '.repeat(8)}`), ...lines];
        const raw = Buffer.from(`Content-Type: text/plain; charset=utf-8\r\n\r\n${all.join('\r\n')}`);
        const text = oneLine(all.filter((one) => !one.startsWith('>'))) || oneLine(all);
        const expected = text.length <= 200 ? text : Array.from(text).slice(0, 200).join('').trimEnd();
        expect(describe(raw).preview).toBe(expected);
      }),
      { numRuns: 200 },
    );
  });
});

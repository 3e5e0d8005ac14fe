import { describe, expect, test } from 'vitest';
import { compiled, faults, mail, runInput, runNow } from '../../../test/support/sieve.ts';
import { parseMessage } from '../../message/parse.ts';
import type { Message } from '../../message/types.ts';
import type { Answer, Question, RunOutcome } from '../types.ts';

const picture = (name: string, disposition: string, content: string, type = 'image/tiff'): string[] => [
  '--A',
  `Content-Type: ${type}`,
  `Content-Disposition: ${disposition}; filename="${name}"`,
  'Content-Transfer-Encoding: base64',
  'Content-MD5: x',
  '',
  Buffer.from(content).toString('base64'),
];
const raw = mail(
  'From: a@example.org',
  'Mobile-Link: yes',
  'Content-Type: multipart/mixed; boundary=A',
  '',
  '--A',
  'Content-Type: text/plain; charset=iso-8859-1',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'gr=FCn',
  ...picture('inline.tiff', 'inline', 'one'),
  ...picture('b.tiff', 'attachment', 'two', 'IMAGE/TIFF'),
  '--A--',
  '',
);
const available = ['convert'];

function outcomeOf(
  source: string,
  convert: (question: Extract<Question, { ask: 'convert' }>) => Answer,
): RunOutcome {
  const require = 'require ["convert", "mime", "foreverypart", "fileinto", "copy"];\n';
  return runNow(compiled(require + source, { available }), runInput(raw), {}, (question) =>
    question.ask === 'convert' ? convert(question) : undefined,
  );
}
/** Writes down what it was asked. */
const converter = ({ from, to, parameters, content }: Extract<Question, { ask: 'convert' }>): Answer =>
  Buffer.from(`${Buffer.from(content).toString()}:${from}>${to} ${parameters.join(' ')}`);
const message = (outcome: RunOutcome, version = outcome.versions.length - 1): Message =>
  parseMessage(Buffer.concat(outcome.versions[version]?.pieces ?? [raw]));
const contents = (outcome: RunOutcome, version?: number): string[] =>
  message(outcome, version)
    .parts.slice(1)
    .map((part) => `${part.type} ${Buffer.from(part.content).toString('latin1')}`);

test('refused where there is no converter', () => {
  expect(faults('require "convert";')).toEqual([
    '1:9 error: capability "convert" cannot be used here: no converters are set up',
  ]);
});

describe('convert (RFC 6558)', () => {
  test('all parts of the type (RFC 6558 §3.1)', () => {
    const outcome = outcomeOf('convert "image/tiff" "image/jpeg" ["pix-x=320","pix-y=240"];', converter);
    expect(contents(outcome)).toEqual([
      'text/plain gr\xfcn',
      'image/jpeg one:image/tiff>image/jpeg pix-x=320 pix-y=240',
      'image/jpeg two:image/tiff>image/jpeg pix-x=320 pix-y=240',
    ]);
    const [, , part] = message(outcome).parts;
    expect(part).toMatchObject({ filename: 'inline.tiff', disposition: 'inline', encoding: 'base64' });
    expect(part?.header.get('content-md5')).toBeUndefined();
    expect(message(outcome).defects).toEqual([]);
  });

  test('as a test (RFC 6558 §3.2)', () => {
    const source = `if header :mime :anychild :contenttype "Content-Type" "image/tiff" {
      if convert "image/tiff" "image/jpeg" ["pix-x=320","pix-y=240"] { fileinto "INBOX.pics"; }
    }`;
    expect(outcomeOf(source, converter).actions).toMatchObject([{ type: 'fileinto', version: 0 }]);
    expect(outcomeOf(source, () => undefined).actions).toMatchObject([{ type: 'keep' }]);
  });

  test('one that fails undoes the others, and the script goes on', () => {
    let asked = 0;
    const outcome = outcomeOf(
      'convert "image/tiff" "image/jpeg" []; fileinto "a";'.replace('[]', '"a=b"'),
      (question) => (asked++ === 0 ? converter(question) : undefined),
    );
    expect(asked).toBe(2);
    expect(outcome).toMatchObject({ actions: [{ type: 'fileinto', mailbox: 'a' }], versions: [] });
  });

  test('without parts of the type nothing is done, which is no failure', () => {
    const outcome = outcomeOf('if convert "image/png" "image/jpeg" "a=b" { discard; }', () => {
      throw new Error('asked');
    });
    expect(outcome.actions).toMatchObject([{ type: 'discard' }]);
  });

  test('in a loop only the current part (RFC 6558 §3.3)', () => {
    const source = `foreverypart {
      if header :mime :param "filename" :contains "Content-Disposition" "inline" {
        if size :over "500K" { convert "image/tiff" "image/jpeg" ["pix-x=640","pix-y=480"]; }
        else { convert "image/tiff" "image/jpeg" ["pix-x=320","pix-y=240"]; }
      }
    }`.replace('"500K"', '500K');
    expect(contents(outcomeOf(source, converter))).toEqual([
      'text/plain gr\xfcn',
      'image/jpeg one:image/tiff>image/jpeg pix-x=320 pix-y=240',
      'image/tiff two',
    ]);
  });

  test('each action has the message as it was then (RFC 6558 §3.4)', () => {
    const outcome = outcomeOf(
      `if header :mime :anychild :contenttype "Content-Type" "image/tiff" {
         convert "image/tiff" "image/jpeg" ["pix-x=640","pix-y=480"];
         fileinto "INBOX.pics";
       }
       foreverypart {
         if header :mime :param "filename" :contains "Content-Disposition" "inline" {
           convert "image/jpeg" "image/jpeg" ["pix-x=320","pix-y=240"];
         }
       }
       if exists "Mobile-Link" { redirect "joe@mobile.example.com"; }
       if header :mime :anychild :contenttype "Content-Type" "image/tiff" { fileinto "Tiff"; }`,
      ({ content, parameters }) => Buffer.from(`${Buffer.from(content).toString()} ${parameters[0]}`),
    );
    expect(outcome.actions).toMatchObject([
      { type: 'fileinto', mailbox: 'INBOX.pics', version: 0 },
      { type: 'redirect', version: 1 },
    ]);
    expect(contents(outcome, 0).slice(1)).toEqual(['image/jpeg one pix-x=640', 'image/jpeg two pix-x=640']);
    expect(contents(outcome, 1).slice(1)).toEqual([
      'image/jpeg one pix-x=640 pix-x=320',
      'image/jpeg two pix-x=640',
    ]);
  });

  test('text is UTF-8 both ways', () => {
    const outcome = outcomeOf('convert "text/plain" "text/html" "a=b";', ({ content }) =>
      Buffer.from(`<p>${Buffer.from(content).toString()}</p>`),
    );
    expect(message(outcome).parts[1]).toMatchObject({ type: 'text/html', text: '<p>grün</p>' });
  });

  test('of text the charset is a parameter, which the host does not see', () => {
    const asked: string[][] = [];
    const convert = (parameters: string): Message =>
      message(
        outcomeOf(`convert "text/plain" "text/plain" ${parameters};`, (question) => {
          asked.push([...question.parameters]);
          return Buffer.from('grün 10 €');
        }),
      );
    const [latin, replaced, unicode] = [
      convert('["charset=ISO-8859-1", "wrap=70"]'),
      convert('["Charset=us-ascii", "unknown-character-replacement=(-)"]'),
      convert('"charset=utf-16le"'),
    ];
    expect(asked).toEqual([['wrap=70'], [], []]);
    expect(latin.parts[1]).toMatchObject({ text: 'grün 10 ?' });
    expect(latin.parts[1]?.parameters.get('charset')).toBe('iso-8859-1');
    expect(replaced.parts[1]).toMatchObject({ text: 'gr(-)n 10 (-)' });
    expect(unicode.parts[1]).toMatchObject({ text: 'grün 10 €' });
  });

  test('what is no charset converts nothing, and cannot end the field', () => {
    for (const charset of ['no-such', 'utf-7', 'base64', 'utf-8;x=y', 'a/b'])
      expect(
        outcomeOf(`if convert "text/plain" "text/plain" "charset=${charset}" { discard; }`, () =>
          Buffer.from('x'),
        ).actions,
      ).toMatchObject([{ type: 'keep' }]);
  });

  test('reports what is no media type and no parameter', () => {
    expect(
      faults(
        [
          'require "convert";',
          'convert "image" "image/jpeg;x" ["a"];',
          'convert "a/b" "image/jpeg;x" ["b=c"];',
          'convert "a/b" "c/d" ["b=c", "a"];',
          'convert "a/b" "c/d";',
        ].join('\n'),
        { available },
      ),
    ).toEqual([
      '2:9 error: convert: "image" is not a media type',
      '3:15 error: convert: "image/jpeg;x" is not a media type',
      '4:29 error: convert: "a" is not name=value',
      '5:1 error: convert: argument 3 (parameters) is missing: a list of strings',
    ]);
  });
});

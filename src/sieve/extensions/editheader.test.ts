import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actions, compiled, faults, mail, runInput, runNow } from '../../../test/support/sieve.ts';
import { parseMessage } from '../../message/parse.ts';
import type { RunOptions, RunOutcome } from '../types.ts';

const raw = mail(
  'Received: from a by b',
  'From: Anna <anna@example.org>',
  'Delivered-To: alice@example.com',
  'X-Hello: one',
  'Delivered-To: bob@example.com',
  'X-Hello: two',
  'Subject: =?utf-8?Q?gr=C3=BCn?=',
  'X-Hello: three',
  'Auto-Submitted: no',
  '',
  'Text\r\n',
);
const input = runInput(raw);

const outcomeOf = (source: string, options?: RunOptions): RunOutcome =>
  runNow(compiled(`require ["editheader", "fileinto"];\n${source}`), input, options);

/** The message that the n-th action is done with. */
function stored(outcome: RunOutcome, at = 0): string {
  const action = outcome.actions[at];
  const version = action !== undefined && 'version' in action ? action.version : undefined;
  const pieces = version === undefined ? [raw] : outcome.versions[version]?.pieces;
  return Buffer.concat(pieces ?? []).toString();
}
const hellos = (outcome: RunOutcome): (string | undefined)[] =>
  parseMessage(Buffer.from(stored(outcome)))
    .header.all('x-hello')
    .map((field) => field.value);

describe('addheader', () => {
  test('puts the field first, or last (RFC 5293 §4)', () => {
    expect(stored(outcomeOf('addheader "X-New" "value";'))).toBe(`X-New: value\r\n${raw.toString()}`);
    expect(stored(outcomeOf('addheader :last "X-New" "value";'))).toBe(
      raw.toString().replace('\r\n\r\n', '\r\nX-New: value\r\n\r\n'),
    );
  });

  test('of several, the last one is first', () => {
    expect(stored(outcomeOf('addheader "A" "1"; addheader "B" "2";'))).toMatch(/^B: 2\r\nA: 1\r\nReceived/);
    expect(stored(outcomeOf('addheader :last "A" "1"; addheader :last "B" "2";'))).toContain(
      'Auto-Submitted: no\r\nA: 1\r\nB: 2\r\n\r\n',
    );
  });

  test('writes what is beyond US-ASCII as encoded words, and reads it back', () => {
    const outcome = outcomeOf(
      'addheader "X-New" "für alle";\nif header "x-new" "für alle" { fileinto "a"; }',
    );
    expect(outcome.actions[0]).toEqual({ type: 'fileinto', line: 3, mailbox: 'a', version: 0 });
    expect(stored(outcome)).toMatch(/^X-New: =\?utf-8\?Q\?f=C3=BCr\?= alle\r\n/);
  });

  test('leaves addresses in a field that holds some', () => {
    const outcome = outcomeOf(
      'addheader "To" "Jürgen Müller <juergen@example.org>";\nif address "to" "juergen@example.org" { fileinto "a"; }',
    );
    expect(outcome.actions[0]).toMatchObject({ type: 'fileinto' });
    expect(stored(outcome)).toMatch(
      /^To: =\?utf-8\?Q\?J=C3=BCrgen_M=C3=BCller\?= <juergen@example\.org>\r\n/,
    );
  });

  test('a value of several lines is one field: it cannot end the header or begin another field', () => {
    const source = 'addheader "X-New" text:\na\n b\nX-Evil: c\n\nbody\n.\n;';
    expect(stored(outcomeOf(source))).toBe(`X-New: a b X-Evil: c body\r\n${raw.toString()}`);
  });

  test('folds long values', () => {
    const added = stored(outcomeOf(`addheader "X-New" "${'word '.repeat(60)}end";`)).split('\r\nReceived')[0];
    const lines = (added ?? '').split('\r\n');
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(78);
    expect(lines.join('')).toBe(`X-New: ${'word '.repeat(60)}end`);
  });

  test('keeps LF where the message has it', () => {
    const outcome = runNow(compiled('require "editheader"; addheader "A" "1";'), {
      ...input,
      message: parseMessage(Buffer.from('B: 2\n\nx\n')),
    });
    expect(Buffer.concat(outcome.versions[0]?.pieces ?? []).toString()).toBe('A: 1\nB: 2\n\nx\n');
  });

  test('a body without an empty line before it does not become part of the header', () => {
    const message = parseMessage(
      Buffer.from('From: a@example.org\r\nthis is no field, and nothing follows\r\n'),
    );
    const outcome = runNow(compiled('require "editheader"; addheader :last "A" "1";'), { ...input, message });
    expect(Buffer.concat(outcome.versions[0]?.pieces ?? []).toString()).toBe(
      'From: a@example.org\r\nA: 1\r\n\r\nthis is no field, and nothing follows\r\n',
    );
  });

  test('needs a name that a field can have, and a value within the limit', () => {
    expect(faults('require "editheader";\naddheader "X New" "a";\naddheader "X-Nöw:" "a";')).toEqual([
      '2:11 error: addheader: "X New" is not the name of a header field',
      '3:11 error: addheader: "X-Nöw:" is not the name of a header field',
    ]);
    const long = `addheader "A" "${'x'.repeat(2049)}";`;
    expect(outcomeOf(long)).toMatchObject({
      actions: [{ type: 'keep', implicit: true }],
      error: { line: 2, text: 'addheader: specified header value is too large (at most 2048 octets)' },
    });
    expect(outcomeOf(long, { settings: { editheader: { maxHeaderSize: 4096 } } }).error).toBeUndefined();
    // A host that says so has it found when the script is compiled.
    const settings = { editheader: { maxHeaderSize: 1024 } };
    expect(faults(`require "editheader";\naddheader "A" "${'x'.repeat(1025)}";`, { settings })).toEqual([
      '2:15 error: addheader: specified header value is too large (at most 1024 octets)',
    ]);
    const short = outcomeOf(`addheader "A" "${'x'.repeat(998)}";`, {
      settings: { editheader: { maxHeaderSize: 1 } },
    });
    expect(short.error).toBeUndefined();
  });
});

describe('deleteheader', () => {
  test('deletes all fields of the name, in any case', () => {
    expect(hellos(outcomeOf('deleteheader "x-HELLO";'))).toEqual([]);
  });

  test('or one of them, from the front or the end', () => {
    expect(hellos(outcomeOf('deleteheader :index 1 "X-Hello";'))).toEqual(['two', 'three']);
    expect(hellos(outcomeOf('deleteheader :index 1 :last "X-Hello";'))).toEqual(['one', 'two']);
    expect(hellos(outcomeOf('deleteheader :last :index 3 "X-Hello";'))).toEqual(['two', 'three']);
  });

  test('or those whose values match', () => {
    expect(hellos(outcomeOf('deleteheader :contains "X-Hello" ["w", "hr"];'))).toEqual(['one']);
    expect(hellos(outcomeOf('deleteheader :matches "X-Hello" "t*";'))).toEqual(['one']);
    expect(hellos(outcomeOf('deleteheader :comparator "i;octet" "X-Hello" "ONE";'))).toHaveLength(3);
    expect(
      outcomeOf('deleteheader "Subject" "grün"; if exists "subject" { discard; }').actions,
    ).toMatchObject([{ type: 'keep' }]);
  });

  test('counts before it compares (RFC 5293 §5)', () => {
    const source = 'deleteheader :index 1 :contains "Delivered-To" "bob@example.com";';
    expect(stored(outcomeOf(source))).toBe(raw.toString());
    expect(stored(outcomeOf(source.replace('1', '2')))).not.toContain('bob@');
  });

  test('nothing to delete is no error', () => {
    for (const source of [
      'deleteheader "X-None";',
      'deleteheader :index 9 "X-Hello";',
      'deleteheader :index 9 :last "X-Hello";',
      'deleteheader "X-Hello" "four";',
    ]) {
      const outcome = outcomeOf(source);
      expect(outcome.error).toBeUndefined();
      expect(outcome.actions).toEqual([{ type: 'keep', line: 0, implicit: true }]);
    }
  });

  test('works on the header as it is after the one before (RFC 5293 §7)', () => {
    expect(hellos(outcomeOf('deleteheader :index 1 "X-Hello"; deleteheader :index 2 "X-Hello";'))).toEqual([
      'two',
    ]);
    const unchanged = outcomeOf('addheader "X-Hello" "World"; deleteheader :index 1 "X-Hello";');
    expect(unchanged.actions).toEqual([{ type: 'keep', line: 0, implicit: true }]);
    expect(unchanged.versions).toEqual([]);
  });

  test('reports what cannot be', () => {
    expect(
      faults(
        'require "editheader";\ndeleteheader "a b";\ndeleteheader :last "A";\ndeleteheader :index 0 "A";\ndeleteheader;\ndeleteheader "A" "b" "c";\ndeleteheader "Received";',
      ),
    ).toEqual([
      '2:14 error: deleteheader: "a b" is not the name of a header field',
      '3:14 error: deleteheader: :last needs :index',
      '4:14 error: deleteheader: :index counts from 1',
      '5:1 error: deleteheader: argument 1 (field name) is missing: a string',
      '6:22 error: deleteheader: takes at most 2 arguments',
      '7:14 warning: deleteheader: Received fields are never deleted',
    ]);
  });
});

describe('what is not permitted is left out (RFC 5293 §6)', () => {
  test('fields that end loops are never deleted, whatever the settings', () => {
    const source = 'deleteheader "Received"; deleteheader "AUTO-Submitted"; deleteheader "Original-Subject";';
    const outcome = outcomeOf(source, { settings: { editheader: { forbidDelete: [] } } });
    expect(outcome.error).toBeUndefined();
    expect(stored(outcome)).toBe(raw.toString());
  });

  test('nor those of the admin, by default the mark of a redirect', () => {
    const settings = {
      editheader: { forbidAdd: ['X-Trusted', 'subject'], forbidDelete: ['x-hello', 'Subject'] },
    };
    const outcome = outcomeOf('addheader "x-trusted" "a"; deleteheader "X-Hello";', { settings });
    expect(stored(outcome)).toBe(raw.toString());
    expect(
      stored(outcomeOf('addheader "Subject" "a"; deleteheader :index 2 "Subject";', { settings })),
    ).toMatch(/^Subject: a\r\nReceived(?!.*utf-8)/s);
    const marked = runInput(mail('X-Tamis-Redirected: abc', '', ''));
    const kept = runNow(compiled('require "editheader"; deleteheader "x-tamis-redirected";'), marked);
    expect(kept.versions).toEqual([]);
  });
});

describe('with other actions', () => {
  test('tests see the header as it is (RFC 5293 §7)', () => {
    expect(
      actions(
        'require ["editheader", "fileinto"]; addheader "X-Hello" "World"; if header :contains "X-Hello" "World" { fileinto "international"; }',
        runInput(mail('From: a@example.org', '', '')),
      ),
    ).toEqual(['fileinto "international"']);
  });

  test('each action is done with the message as it was then', () => {
    const outcome = outcomeOf(
      'fileinto "a"; addheader "X" "1"; fileinto "b"; addheader "Y" "2"; redirect "c@d.org";',
    );
    expect(outcome.actions.map((action) => ('version' in action ? action.version : undefined))).toEqual([
      undefined,
      0,
      1,
    ]);
    expect(stored(outcome, 0)).toBe(raw.toString());
    expect(stored(outcome, 1)).toMatch(/^X: 1\r\nReceived/);
    expect(stored(outcome, 2)).toMatch(/^Y: 2\r\nX: 1\r\nReceived/);
  });

  test('one message in one mailbox', () => {
    expect(outcomeOf('keep; addheader "X-Flavor" "vanilla"; keep;').actions).toHaveLength(1);
  });

  test('the implicit keep comes last, unless it is cancelled', () => {
    expect(stored(outcomeOf('addheader "X" "1";'))).toMatch(/^X: 1/);
    expect(outcomeOf('discard; addheader "X" "1";').actions).toEqual([{ type: 'discard', line: 2 }]);
  });

  test('a script that fails has not changed the message', () => {
    const outcome = outcomeOf(
      'addheader "X" "1";\nkeep;\nredirect "a@b.org"; redirect "b@b.org"; redirect "c@b.org"; redirect "d@b.org"; redirect "e@b.org";',
    );
    expect(outcome.error?.line).toBe(4);
    expect(stored(outcome)).toBe(raw.toString());
  });

  test('the next script goes on with the message as it was left', () => {
    const first = outcomeOf('addheader "X" "1";');
    const second = outcomeOf('if header "x" "1" { addheader "Y" "2"; }', { after: first.end });
    expect(stored(second)).toMatch(/^Y: 2\r\nX: 1\r\nReceived/);
  });

  test('many edits of a long header come to an end', () => {
    const long = runInput(mail(`X-Long: ${'a '.repeat(200_000)}`, '', ''));
    const many = compiled(`require "editheader"; ${'addheader "A" "b";'.repeat(3000)}`);
    expect(runNow(many, long).error?.text).toBe('script takes too much work');
  });
});

test('whatever is written, the header stays one and the body what it was', () => {
  const script = (name: string, value: string): string =>
    `addheader ${JSON.stringify(name)} text:\n${value.replace(/\r\n?|\n/g, '\n').replace(/^\./gm, '..')}\n.\n;`;
  fc.assert(
    fc.property(
      fc.stringMatching(/^[A-Za-z-]{1,20}$/),
      fc.string({ unit: fc.constantFrom('a', 'ö', '\n', '\r', ' ', '\t', ':', '=?', '😀', '.', '\0') }),
      (name, value) => {
        const outcome = outcomeOf(script(name, value.replaceAll('\0', '')));
        expect(outcome.error).toBeUndefined();
        const result = parseMessage(Buffer.from(stored(outcome)));
        expect(result.header.fields).toHaveLength(input.message.header.fields.length + 1);
        expect(result.header.fields[0]?.name).toBe(name);
        expect(result.root.text).toBe('Text\n');
      },
    ),
    { numRuns: 200 },
  );
});

test('needs require', () => {
  expect(faults('addheader "A" "b";')).toEqual(['1:1 error: command addheader needs require "editheader"']);
});

test('what deleteheader matched is in the match variables (RFC 5229 §3.2)', () => {
  const script = 'deleteheader :matches "X-Hello" "t*"; fileinto "${0}-${1}";';
  expect(actions(`require ["editheader", "fileinto", "variables"];\n${script}`, input)).toEqual([
    'fileinto "three-hree"',
  ]);
});

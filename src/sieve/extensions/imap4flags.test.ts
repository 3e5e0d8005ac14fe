import { describe, expect, test } from 'vitest';
import { compiled, faults, mail, runInput, runNow } from '../../../test/support/sieve.ts';
import type { RunInput, RunOptions, RunOutcome } from '../types.ts';

const input = runInput(mail('From: boss@frobnitzm.example.edu', 'Subject: a', '', ''));
const REQUIRE = 'require ["imap4flags", "fileinto", "variables", "relational", "copy"];';

function run(script: string, more: Partial<RunInput> = {}, options?: RunOptions): RunOutcome {
  const outcome = runNow(compiled(REQUIRE + script), { ...input, ...more }, options);
  if (outcome.error !== undefined) throw new Error(outcome.error.text);
  return outcome;
}

/** Each action with its flags. */
function flags(script: string, more: Partial<RunInput> = {}): unknown[] {
  return run(script, more).actions.map((action) => ('flags' in action ? action.flags : action.type));
}
const holds = (script: string, test: string): boolean =>
  run(`${script} if ${test} { discard; }`).actions[0]?.type === 'discard';
const wrong = (script: string): string[] =>
  faults(`${REQUIRE}\n${script}`).filter((fault) => !fault.includes('not used'));

describe('setflag, addflag, removeflag (RFC 5232 §3)', () => {
  test('the internal variable', () => {
    expect(flags('setflag "\\\\Deleted"; keep;')).toEqual([['\\Deleted']]);
    expect(flags('addflag "\\\\Seen"; addflag ["\\\\Deleted", "work"]; keep;')).toEqual([
      ['\\Seen', '\\Deleted', 'work'],
    ]);
    expect(flags('setflag "a b c"; removeflag "B"; keep;')).toEqual([['a', 'c']]);
    expect(flags('setflag "a"; setflag "b"; keep;')).toEqual([['b']]);
  });

  test('one string may hold several; each flag is there once, in any case', () => {
    expect(flags('addflag "a  b"; addflag ["B c", "A"]; keep;')).toEqual([['a', 'b', 'c']]);
  });

  test('what is no flag is ignored (RFC 5232 §2)', () => {
    const script = 'setflag ["\\\\Recent", "\\\\Foo", "a(b", "$Forwarded"]; keep;';
    expect(flags(script)).toEqual([['$Forwarded']]);
    expect(wrong(script)).toEqual([
      '2:10 warning: setflag: "\\\\Recent" is not a flag and is ignored',
      '2:22 warning: setflag: "\\\\Foo" is not a flag and is ignored',
      '2:31 warning: setflag: "a(b" is not a flag and is ignored',
    ]);
  });

  test('variables of the script', () => {
    expect(
      flags('setflag "v" "a b"; addflag "v" "c"; removeflag "V" "a"; fileinto :flags "${v}" "x";'),
    ).toEqual([['b', 'c']]);
    expect(run('set "v" "a a x"; addflag "v" "y"; fileinto "${v}";').actions[0]).toMatchObject({
      mailbox: 'a x y',
    });
  });

  test('too many flags are an error', () => {
    const many = Array.from({ length: 129 }, (_, index) => `f${index}`).join(' ');
    const { error, actions } = runNow(compiled(`${REQUIRE} setflag "${many}";`), input);
    expect(error?.text).toBe('too many flags (at most 128)');
    expect(actions).toMatchObject([{ type: 'keep', implicit: true }]);
  });

  test('faults', () => {
    expect(faults('require "imap4flags"; setflag "v" "a";')).toEqual([
      '1:31 error: setflag: a variable needs require "variables"',
    ]);
    expect(wrong('setflag "a b" "c";')).toEqual(['2:9 error: setflag: "a b" is not the name of a variable']);
    expect(wrong('addflag "1" "c";')).toEqual(['2:9 error: addflag: match variable "1" cannot be set']);
    expect(wrong('setflag;')).toEqual([
      '2:1 error: setflag: argument 1 (list of flags) is missing: a list of strings',
    ]);
    expect(faults('setflag "a";')).toEqual(['1:1 error: command setflag needs require "imap4flags"']);
    expect(wrong('addflag "${x}" "c";')).toEqual([
      '2:9 error: addflag: name of a variable must be constant, without variables',
    ]);
  });
});

describe('hasflag (RFC 5232 §4)', () => {
  test('the internal variable and its flags', () => {
    const set = 'setflag ["A", "b c"];';
    for (const list of ['"a"', '"x C"', '["x", "b"]']) expect(holds(set, `hasflag ${list}`)).toBe(true);
    for (const list of ['"x"', '""', '"bc"', '"A b c x" , "d"'].slice(0, 3))
      expect(holds(set, `hasflag ${list}`)).toBe(false);
    expect(holds(set, 'hasflag :count "ge" "3"')).toBe(true);
    expect(holds(set, 'hasflag :count "ge" "4"')).toBe(false);
    expect(holds('', 'hasflag :count "eq" "0"')).toBe(true);
    // The empty string is a list of no flags.
    expect(holds(set, 'hasflag :contains ""')).toBe(false);
  });

  test('the examples of RFC 5232 §4', () => {
    const set = 'set "MyVar" "NonJunk Junk gnus-forward $Forwarded NotJunk JunkRecorded $Junk $NotJunk";';
    expect(holds(set, 'hasflag :contains "MyVar" "Junk"')).toBe(true);
    expect(holds(set, 'hasflag :contains "MyVar" "forward"')).toBe(true);
    expect(holds(set, 'hasflag :contains "MyVar" ["label", "forward"]')).toBe(true);
    expect(holds(set, 'hasflag :contains "MyVar" ["junk", "forward"]')).toBe(true);
    expect(holds(set, 'hasflag :contains "MyVar" "label"')).toBe(false);
    expect(holds(set, 'hasflag :is "MyVar" "forward"')).toBe(false);
    expect(holds('set "MyFlags" "A B";', 'hasflag :count "ge" "MyFlags" "2"')).toBe(true);
    expect(holds('set "a" "x"; set "b" "y";', 'hasflag ["a", "b"] "Y"')).toBe(true);
  });

  test('wildcards', () => {
    expect(holds('setflag "$label1";', 'hasflag :matches "$label?"')).toBe(true);
    expect(holds('setflag "x";', 'hasflag :matches "$label?"')).toBe(false);
  });

  test('faults', () => {
    expect(wrong('if hasflag ["v", "1.2"] "x" { keep; }')).toHaveLength(1);
    expect(faults('require "imap4flags"; if hasflag "v" "a" { keep; }')).toEqual([
      '1:34 error: hasflag: a variable needs require "variables"',
    ]);
  });
});

describe('flags of actions (RFC 5232 §5)', () => {
  test('keep and fileinto take those of the time they are done at; the implicit keep too', () => {
    expect(flags('fileinto "a"; addflag "x"; fileinto "b"; addflag "y"; fileinto :copy "c"; keep;')).toEqual([
      'fileinto',
      ['x'],
      ['x', 'y'],
      ['x', 'y'],
    ]);
    expect(flags('setflag "\\\\Seen";')).toEqual([['\\Seen']]);
    expect(flags('redirect "a@b.example"; addflag "x";')).toEqual(['redirect']);
  });

  test(':flags counts instead', () => {
    expect(flags('setflag "x"; keep :flags ["a b", "B"]; fileinto :flags "" "f"; fileinto "g";')).toEqual([
      ['a', 'b'],
      [],
      ['x'],
    ]);
    expect(wrong('keep :flags "\\\\Foo";')).toEqual([
      '2:13 warning: keep :flags: "\\\\Foo" is not a flag and is ignored',
    ]);
    expect(faults('keep :flags "a";')).toEqual(['1:6 error: keep: tag :flags needs require "imap4flags"']);
  });

  test('of two that file into one mailbox, the later decides', () => {
    expect(flags('keep :flags "a"; keep :flags "b"; fileinto "INBOX";')).toEqual([['b']]);
    expect(flags('fileinto :flags "a" "x"; fileinto :flags "b" "x";')).toEqual([['b']]);
  });

  test('the example of RFC 5232 §5', () => {
    expect(
      flags(
        'if address :contains "from" "boss@frobnitzm.example.edu" { setflag "\\\\Flagged"; } addflag ["ToMe"]; keep;',
      ),
    ).toEqual([['\\Flagged', 'ToMe']]);
  });

  test('flags go over to the next script, one that knows nothing of flags too', () => {
    const first = run('addflag "a";');
    expect(run('addflag "b";', {}, { after: first.end }).actions).toMatchObject([{ flags: ['a', 'b'] }]);
    expect(runNow(compiled('keep;'), input, { after: first.end }).actions).toMatchObject([{ flags: ['a'] }]);
  });

  test('a message in a mailbox has flags already (RFC 6785)', () => {
    const imap = {
      cause: 'FLAG',
      mailbox: 'INBOX',
      user: 'me',
      email: 'me@example.com',
      changedFlags: ['a'],
      flags: ['a', '\\Seen'],
    } as const;
    expect(flags('addflag "b"; removeflag "\\\\Seen";', { imap })).toEqual([['a', 'b']]);
    expect(flags('keep;', { imap })).toEqual([['a', '\\Seen']]);
    expect(flags('removeflag "a \\\\Seen";', { imap })).toEqual([[]]);
  });
});

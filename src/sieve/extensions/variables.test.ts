import { describe, expect, test } from 'vitest';
import { actions, compiled, faults, mail, runInput, runNow } from '../../../test/support/sieve.ts';

const input = runInput(
  mail('From: Joe Bloggs <joe@example.org>', 'Subject: [acme-users] [fwd] version 1.0 is out', '', 'x'),
);
const requires = 'require ["variables", "fileinto", "relational", "comparator-i;ascii-numeric"];';

/** What a string is after some commands. */
function value(commands: string, text: string, limits = {}): string | undefined {
  const script = compiled(`${requires} ${commands} redirect "${text}@a.example"; stop; fileinto "x";`, {
    limits,
  });
  const { trace, error } = runNow(script, input, { trace: true, limits });
  expect(error?.text ?? '').toMatch(/^$|is not an address$/);
  const line = trace.findLast((one) => one.text.startsWith('redirect'))?.text ?? trace.at(-1)?.text ?? '';
  return /redirect:? "(.*)@a\.example"/.exec(line)?.[1];
}
const texts = (source: string, options = {}): string[] =>
  faults(`${requires}\n${source}`, options).filter((fault) => !fault.includes('not used'));

describe('RFC 5229 §3: references', () => {
  test.each([
    ['set "company" "ACME";', '&%${}!', '&%${}!'],
    ['set "company" "ACME";', '${doh!}', '${doh!}'],
    ['set "company" "ACME";', '${company}', 'ACME'],
    ['set "company" "ACME";', 'x${COMPANY}y', 'xACMEy'],
    ['set "company" "ACME";', '${company', '${company'],
    ['set "company" "ACME";', '${${company}}', '${ACME}'],
    ['set "a" "${b}";', '-${a}-', '--'],
    ['set "dollar" "$";', '${dollar}{regarding}', '${regarding}'],
    ['set "a" "1"; set "b" "${a}2"; set "a" "3";', '${a}${b}', '312'],
    ['set "_x1" "y";', '${_X1}${0}', 'y'],
    ['', '${0x}', '${0x}'],
    ['', '${a-b}', '${a-b}'],
  ])('%s %s', (commands, text, expected) => {
    expect(actions(`${requires} ${commands} fileinto "${text}";`, input)).toEqual([
      `fileinto ${JSON.stringify(expected)}`,
    ]);
  });

  test('only with require', () => {
    expect(actions('require "fileinto"; fileinto "${0}";', input)).toEqual(['fileinto "${0}"']);
    expect(faults('set "a" "b";')).toEqual(['1:1 error: command set needs require "variables"']);
  });

  test('encoded characters come first', () => {
    expect(
      actions(
        'require ["encoded-character", "variables", "fileinto"]; set "a" "b"; fileinto "${hex:24}{a}";',
        input,
      ),
    ).toEqual(['fileinto "b"']);
  });

  test('names that cannot be', () => {
    expect(texts('keep; fileinto "${name.space}";\nfileinto "${a.b.c}";')).toEqual([
      '2:16 error: unknown namespace name of variable ${name.space}',
      '3:10 error: unknown namespace a of variable ${a.b.c}',
    ]);
    expect(texts('fileinto "${33}"; fileinto "${32}"; fileinto "${032}";')).toEqual([
      '2:10 error: ${33}: match variables go up to ${32}',
    ]);
    expect(texts(`set "a${'b'.repeat(64)}" "";`)[0]).toContain('is too long (at most 64 characters)');
    const long = `\${a${'b'.repeat(64)}}`;
    expect(actions(`${requires} fileinto "${long}";`, input)).toEqual([`fileinto "${long}"`]);
  });

  test('strings that must be constant', () => {
    expect(texts('require "${0}";\nif header :comparator "${1}" "a" "b" { keep; }')).toEqual([
      '2:9 error: require: capabilities must be constant, without variables',
      '3:23 error: header: comparator must be a constant string',
    ]);
    expect(texts('if header :value "${1}" "a" "b" { keep; }')).toEqual([
      '2:18 error: argument of :value must be constant, without variables',
    ]);
  });
});

describe('RFC 5229 §3.2: match variables', () => {
  test('the example of the section', () => {
    const script = `${requires}
      if header :matches "Subject" "[*] *" { fileinto "a|\${1}|\${2}"; }
      if address :matches :localpart "From" "*" { fileinto "b|\${0}|\${1}|\${2}"; }
      if header :contains "Subject" "acme" { fileinto "c|\${1}"; }
      if header :matches "Subject" "nothing*" { keep; }
      fileinto "d|\${1}";`;
    expect(actions(script, input)).toEqual([
      'fileinto "a|acme-users|[fwd] version 1.0 is out"',
      'fileinto "b|joe|joe|"',
      'fileinto "c|joe"',
      'fileinto "d|joe"',
    ]);
  });

  test('tests that are not done change nothing', () => {
    const script = `${requires}
      if anyof (header :matches "subject" "*out", header :matches "from" "*") { fileinto "\${1}"; }`;
    expect(actions(script, input)).toEqual(['fileinto "[acme-users] [fwd] version 1.0 is "']);
  });

  test('as keys of later tests', () => {
    const script = `${requires}
      if header :matches "from" "Joe * <*" { if string "\${1}" "bloggs" { discard; } }`;
    expect(actions(script, input)).toEqual(['discard']);
  });
});

describe('RFC 5229 §4: set', () => {
  test.each([
    ['', 'juMBlEd lETteRS', 'juMBlEd lETteRS'],
    [':length', 'juMBlEd lETteRS', '15'],
    [':lower', 'juMBlEd lETteRS', 'jumbled letters'],
    [':upperfirst', 'juMBlEd lETteRS', 'JuMBlEd lETteRS'],
    [':upperfirst :lower', 'juMBlEd lETteRS', 'Jumbled letters'],
    [':lower :upperfirst', 'juMBlEd lETteRS', 'Jumbled letters'],
    [':lowerfirst :upper', 'juMBlEd lETteRS', 'jUMBLED LETTERS'],
    [':quotewildcard', 'Rock*', 'Rock\\*'],
    [':quotewildcard', 'a?\\\\b', 'a\\?\\\\b'],
    [':quotewildcard :length', '**', '4'],
    [':length :upper', 'ß', '1'],
    // RFC 5229 §4.1: only the letters of US-ASCII.
    [':upper', 'äb', 'äB'],
    [':lower', 'ÄB', 'Äb'],
    [':upperfirst', 'éa', 'éa'],
    [':lowerfirst', '😀A', '😀A'],
    [':length', '😀ä', '2'],
    [':lowerfirst', '', ''],
  ])('%s %s', (tags, text, expected) => {
    expect(actions(`${requires} set ${tags} "b" "${text}"; fileinto "x\${b}";`, input)).toEqual([
      `fileinto ${JSON.stringify(`x${expected}`)}`,
    ]);
  });

  test('modifiers of one precedence exclude each other', () => {
    expect(texts('set :lower :upper "a" "b";')).toEqual([
      '2:12 error: set: :upper cannot be used together with :lower',
    ]);
    expect(texts('set :lowerfirst :upperfirst "a" "b"; set :length :length "a" "b";')).toHaveLength(2);
    expect(texts('set :inner "a" "b";')).toEqual(['2:5 error: set: unknown tag :inner']);
  });

  test('names that cannot be set', () => {
    expect(
      texts(
        'set "${frop}" "";\nset "...." "";\nset "name." "";\nset ".name" "";\nset "0" "";\nset "a.b" "";\nset "" "";',
      ),
    ).toEqual([
      '2:5 error: set: name must be constant, without variables',
      '3:5 error: set: "...." is not the name of a variable',
      '4:5 error: set: "name." is not the name of a variable',
      '5:5 error: set: ".name" is not the name of a variable',
      '6:5 error: set: match variable "0" cannot be set',
      '7:5 error: unknown namespace a of variable ${a.b}',
      '8:5 error: set: "" is not the name of a variable',
    ]);
    expect(texts('set "\\n\\a\\m\\e" "value"; fileinto "${NAME}";')).toEqual([]);
  });
});

describe('RFC 5229 §6: limits', () => {
  test('values are cut between characters, and that is no error', () => {
    const doubled = 'set "a" "${a}${a}";'.repeat(20);
    expect(value(`set "a" "0123456789"; ${doubled} set :length "n" "\${a}";`, '${n}')).toBe('65536');
    expect(value('set "a" "ab"; set "b" "${a}äö";', '${b}', { variableBytes: 5 })).toBe('abä');
    expect(value('set "b" "ab😀";', '${b}', { variableBytes: 6 })).toBe('ab😀');
    expect(texts('set "b" "abcd";', { limits: { variableBytes: 3 } })).toEqual([
      '2:9 error: set: value is too long (at most 3 octets)',
    ]);
  });

  test('strings of very many references end', () => {
    const script = compiled(
      `require "variables"; set "a" "${'x'.repeat(60_000)}"; set :length "b" "${'${a}'.repeat(60_000)}"; redirect "\${b}@x.y";`,
    );
    expect(runNow(script, input).actions).toMatchObject([{ address: '262144@x.y' }]);
  });

  test('so many variables', () => {
    const sets = Array.from({ length: 4 }, (_, at) => `set "v${at}" "";`).join('\n');
    expect(texts(sets, { limits: { variables: 3 } })).toEqual([
      '5:5 error: set: too many variables (at most 3)',
    ]);
    expect(texts(`${sets}\n${sets}`, { limits: { variables: 4 } })).toEqual([]);
  });
});

describe('RFC 5229 §5: string', () => {
  const holds = (test: string): boolean =>
    actions(`${requires} set "state" "\${state} pending"; if ${test} { discard; }`, input)[0] === 'discard';

  test.each([
    ['string :matches " ${state} " "* pending *"', true],
    ['string :is ["a", "b"] ["c", "B"]', true],
    ['string :comparator "i;octet" "a" "A"', false],
    ['string :count "eq" :comparator "i;ascii-numeric" ["a", "", "${empty}", "b"] "2"', true],
    ['string :value "gt" :comparator "i;ascii-numeric" "10" "9"', true],
    ['not string "${nothing}" ""', false],
  ])('%s', (test, outcome) => {
    expect(holds(test)).toBe(outcome);
  });
});

test('variables in the arguments of every command and test', () => {
  const script = `${requires} set "s" "subject"; set "k" "*1.0*"; set "from" "from"; set "box" "in";
    if allof (header :matches "\${s}" "\${k}", exists ["\${s}", "\${from}"], address :domain "\${from}" "\${none}example.org") {
      redirect "x\${box}@example.org"; fileinto "\${box}.\${s}"; }`;
  expect(actions(script, input)).toEqual(['redirect "xin@example.org"', 'fileinto "in.subject"']);
});

test('the trace shows what is set', () => {
  const { trace } = runNow(compiled(`${requires}\nset :upper "a" "b";`), input, { trace: true });
  expect(trace[0]).toEqual({ line: 2, text: 'set a: "B"' });
});

test('a script that sets nothing and refers to nothing needs no variables', () => {
  expect(faults('require "variables"; keep;')).toEqual([
    '1:9 warning: capability "variables" is required but not used',
  ]);
});

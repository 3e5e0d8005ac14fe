import { describe, expect, test } from 'vitest';
import { actions, compiled, faults, mail, runInput, runNow } from '../../../test/support/sieve.ts';

const input = runInput(mail('Subject: x', '', ''));
const run = (source: string): string[] => actions(`require "ihave";\n${source}`, input);
const check = (source: string, options = {}): string[] => faults(`require "ihave";\n${source}`, options);

describe('RFC 5463 §4: ihave', () => {
  test('what is there may be used from there on', () => {
    expect(run('if ihave "fileinto" { fileinto "a"; }')).toEqual(['fileinto "a"']);
    expect(run('if ihave ["fileinto", "variables"] { set "a" "b"; fileinto "${a}"; }')).toEqual([
      'fileinto "b"',
    ]);
    expect(run('if allof (ihave "envelope", envelope "from" "sender@example.org") { discard; }')).toEqual([
      'discard',
    ]);
    expect(run('if ihave "fileinto" { } fileinto "a";')).toEqual(['fileinto "a"']);
  });

  test('before it, it may not be used', () => {
    expect(check('fileinto "a"; if ihave "fileinto" { fileinto "b"; }')).toEqual([
      '2:1 error: command fileinto needs require "fileinto"',
    ]);
  });

  test.each([
    'if ihave "vnd.example.none" { frobnicate :now "a" { spin; } discard; }',
    'if ihave ["fileinto", "vnd.example.none"] { fileinto "a"; }',
    'if not ihave "vnd.example.none" { keep; } else { frobnicate; }',
    'if not ihave "vnd.example.none" { keep; } elsif frobnicated { spin; } else { frobnicate; }',
    'if ihave "vnd.example.none" { frobnicate; } elsif ihave "vnd.example.other" { spin; } else { keep; }',
    'if allof (ihave "vnd.example.none", frobnicated) { spin; }',
    'if allof (true, ihave "vnd.example.none", frobnicated) { spin; }',
    'if allof (header "a" "b", ihave "vnd.example.none", frobnicated) { spin; }',
    'if anyof (not ihave "vnd.example.none", frobnicated) { keep; } else { spin; }',
    'if not anyof (not ihave "vnd.example.none", frobnicated) { spin; }',
    'if anyof (false, ihave "vnd.example.none") { spin; }',
    'if not ihave "vnd.example.none" { keep; stop; } spin;',
    'if not ihave "vnd.example.none" { if header "subject" "x" { stop; } else { stop; } } spin;',
    'if ihave "vnd.example.none" { spin; } else { keep; stop; } spin;',
    'if header "subject" "y" { stop; } elsif not ihave "vnd.example.none" { stop; } spin;',
    'if header "subject" "x" { if not ihave "vnd.example.none" { keep; stop; } spin; }',
  ])('what is not there may be written: %s', (source) => {
    expect(check(source)).toEqual([]);
    expect(run(source)).toEqual([expect.stringMatching(/^(implicit )?keep$/)]);
  });

  test.each([
    ['if ihave "fileinto" { frobnicate; }', 'unknown command frobnicate'],
    ['if ihave "vnd.example.none" { spin; } frobnicate;', 'unknown command frobnicate'],
    ['if ihave "vnd.example.none" { spin; } else { frobnicate; }', 'unknown command frobnicate'],
    ['if anyof (ihave "vnd.example.none", frobnicated) { }', 'unknown test frobnicated'],
    ['if anyof (header "a" "b", not ihave "fileinto") { frobnicate; }', 'unknown command frobnicate'],
    ['if not ihave "vnd.example.none" { keep; } frobnicate;', 'unknown command frobnicate'],
    [
      'if header "a" "b" { keep; } elsif not ihave "vnd.example.none" { stop; } frobnicate;',
      'unknown command frobnicate',
    ],
    [
      'if header "a" "b" { if not ihave "vnd.example.none" { stop; } } frobnicate;',
      'unknown command frobnicate',
    ],
    ['if false { frobnicate; }', 'unknown command frobnicate'],
    ['if allof (false, ihave "fileinto", frobnicated) { }', 'unknown test frobnicated'],
  ])('what is reached must be right: %s', (source, text) => {
    expect(check(source).join()).toContain(`error: ${text}`);
  });

  test('a capability that the host refuses is not there', () => {
    const source = 'if ihave "fileinto" { fileinto "a"; } else { discard; }';
    const refused = new Map([['fileinto', 'no mailboxes here']]);
    const script = compiled(`require "ihave"; ${source}`, { refused });
    expect(runNow(script, input).actions).toEqual([{ type: 'discard', line: 1 }]);
    const other = compiled(`require "ihave"; ${source}`, { capabilities: ['ihave'] });
    expect(runNow(other, input).actions).toEqual([{ type: 'discard', line: 1 }]);
  });

  test('names are compared as octets, and must be constant', () => {
    expect(run('if ihave "FILEINTO" { discard; }')).toEqual(['implicit keep']);
    expect(check('require "variables"; if ihave "${a}" { }')).toEqual([
      '2:31 error: ihave: capabilities must be constant, without variables',
    ]);
    expect(faults('if ihave "a" { }')).toEqual(['1:4 error: test ihave needs require "ihave"']);
  });

  test('the syntax of what is ruled out must be right all the same', () => {
    expect(check('if ihave "vnd.example.none" { spin "a" }')).not.toEqual([]);
  });
});

describe('RFC 5463 §5: error', () => {
  test('ends the script with the implicit keep', () => {
    expect(run('discard; error "no way";')).toEqual(['implicit keep', 'error in line 2: error: no way']);
    expect(run('if not ihave "vnd.example.none" { error "needs it"; } spin;')).toEqual([
      'implicit keep',
      'error in line 2: error: needs it',
    ]);
    expect(check('error "x"; keep;')).toEqual([
      '2:12 warning: keep is never reached: the script has stopped before',
    ]);
    expect(run('if ihave "variables" { set "a" "b"; error "${a}"; }')[1]).toBe('error in line 2: error: b');
  });
});

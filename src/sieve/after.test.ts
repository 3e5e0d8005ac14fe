import { describe, expect, test } from 'vitest';
import { other, sampleRegistry as registry } from '../../test/support/sieve-sample.ts';
import { mail, runInput, runNow } from '../../test/support/sieve.ts';
import { compileWith } from './compiler.ts';
import { core } from './core.ts';
import type { Extension } from './definitions.ts';
import { Registry } from './registry.ts';
import { Slot } from './slot.ts';
import type { Script } from './types.ts';

const input = runInput(mail('From: a@example.org', 'Subject: one', 'Subject: two', '', ''));

describe('a script after another one', () => {
  const remembered = new Slot(
    (): string[] => [],
    (words) => [...words],
  );
  const forgotten = new Slot((): string[] => []);
  const words: Extension = {
    capability: 'vnd.example.words',
    effective: true,
    decorate(state, { action }) {
      if (action.type === 'keep')
        action.flags = [...state.slots.get(remembered), ...state.slots.get(forgotten)];
    },
    commands: [
      {
        name: 'remember',
        parameters: [{ name: 'word', type: 'string' }],
        compile(call, compiler) {
          const word = call.string('word');
          compiler.emit({
            op: 'do',
            line: call.line,
            run(state) {
              state.slots.get(remembered).push(word.get(state));
              state.slots.get(forgotten).push('forgotten');
              state.change({ message: other.message });
            },
          });
        },
      },
    ],
  };
  const wordRegistry = new Registry(core, [...registry.extensions.values(), words]);
  const script = (source: string): Script => {
    const compiled = compileWith(
      wordRegistry,
      `require ["fileinto", "reject", "vnd.example.words"]; ${source}`,
    );
    if (compiled.script === undefined) throw new Error(JSON.stringify(compiled.diagnostics));
    return compiled.script;
  };
  const first = runNow(script('remember "a"; redirect "x@example.org"; keep;'), input);

  test('goes on with message, actions and what is to be carried', () => {
    const { actions, implicitKeep } = runNow(
      script('if header "subject" "other" { remember "b"; redirect "x@example.org"; keep; }'),
      input,
      { after: first.end },
    );
    // Both are there already; the later decides on the flags.
    expect(actions).toMatchObject([{ type: 'redirect' }, { type: 'keep', flags: ['a', 'b', 'forgotten'] }]);
    expect(implicitKeep).toBe(false);
  });

  test('the implicit keep is the last script’s', () => {
    const before = runNow(script('remember "a";'), input);
    expect(before).toMatchObject({ implicitKeep: true, actions: [{ implicit: true }] });
    const after = runNow(script('remember "b";'), input, { after: before.end });
    expect(after.actions).toEqual([
      { type: 'keep', line: 0, implicit: true, flags: ['a', 'b', 'forgotten'] },
    ]);
    expect(runNow(script('fileinto "x";'), input, { after: before.end }).actions).toMatchObject([
      { type: 'fileinto' },
    ]);
    // One end serves any number of scripts.
    expect(runNow(script(''), input, { after: before.end }).actions).toMatchObject([{ flags: ['a'] }]);
  });

  test('conflicts and limits count over both', () => {
    expect(runNow(script('reject "no";'), input, { after: first.end }).error?.text).toMatch(
      /cannot be combined/,
    );
    const limited = runNow(script('redirect "y@example.org";'), input, {
      after: first.end,
      limits: { redirects: 1 },
    });
    expect(limited.error?.text).toBe('too many redirect actions (at most 1)');
  });

  test('one that fails is as if it had not run', () => {
    const before = runNow(script('remember "a";'), input);
    const failed = runNow(script('remember "b"; discard; keep; reject "no";'), input, { after: before.end });
    expect(failed.actions).toEqual([{ type: 'keep', line: 0, implicit: true }]);
    expect(failed).toMatchObject({ implicitKeep: true, error: {} });
    expect(runNow(script(''), input, { after: failed.end }).actions).toMatchObject([{ flags: ['a'] }]);
    const alone = runNow(script('remember "b"; keep; reject "no";'), input);
    expect(runNow(script(''), input, { after: alone.end }).actions).toMatchObject([{ flags: [] }]);
  });
});

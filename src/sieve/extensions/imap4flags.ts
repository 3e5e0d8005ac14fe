import type { Call, StringList, StringValue } from '../call.ts';
import { constantString, stringList } from '../call.ts';
import type { Compiler } from '../compiler.ts';
import type { CommandDefinition, Extension, TagDefinition, TestDefinition } from '../definitions.ts';
import { flagsSet, isFlag, parseFlags, setFlags, splitFlags, withoutFlags } from '../flags.ts';
import { shorten } from '../lexer.ts';
import { mailboxTag } from '../mailbox-target.ts';
import { emitMatch } from '../matching/emit.ts';
import type { RunState } from '../state.ts';
import { interpolate, variableTarget } from '../variables.ts';

const FLAG_LIST = 'list of flags';

/** Where flags are kept: a variable of the script, or the internal one (RFC 5232 §3). */
interface Store {
  /** For the trace. */
  readonly name: string;
  get(state: RunState): readonly string[];
  set(state: RunState, flags: readonly string[]): void;
}

const internalStore: Store = {
  name: 'flags',
  get: (state) => flagsSet(state) ?? [],
  set: setFlags,
};

/** What a variable holds: flags with spaces between. Undefined when it cannot be one; this has been reported. */
function readVariable(
  name: StringValue,
  command: string,
  compiler: Compiler,
): ((state: RunState) => string) | undefined {
  if (!compiler.use('variables')) {
    compiler.diagnostics.error(name, `${command}: a variable needs require "variables"`);
    return undefined;
  }
  if (name.constant === undefined) {
    compiler.diagnostics.error(name, `${command}: name of a variable must be constant, without variables`);
    return undefined;
  }
  const read = interpolate(`\${${name.constant}}`, name, compiler);
  if (read === undefined)
    compiler.diagnostics.error(
      name,
      `${command}: ${JSON.stringify(shorten(name.constant))} is not the name of a variable`,
    );
  return read;
}

function storeOf(call: Call, compiler: Compiler): Store | undefined {
  if (!call.given('variable')) return internalStore;
  const name = call.string('variable');
  const { errors } = compiler.diagnostics;
  const read = readVariable(name, call.name, compiler);
  if (read === undefined || compiler.diagnostics.errors > errors) return undefined;
  const target = variableTarget(name, call.name, compiler);
  if (target === undefined) return undefined;
  return {
    name: target.name,
    get: (state) => parseFlags(state, [read(state)]),
    set: (state, flags) => target.set(state, flags.join(' ')),
  };
}

/** RFC 5232 §2: what is no flag is ignored, so that a script that misspells one had better be told. */
function checkFlags(list: StringList, command: string, compiler: Compiler): void {
  for (const item of list.items) {
    const wrong = splitFlags([item.constant ?? '']).find((flag) => !isFlag(flag));
    if (wrong !== undefined)
      compiler.diagnostics.warning(
        item,
        `${command}: ${JSON.stringify(shorten(wrong))} is not a flag and is ignored`,
      );
  }
}

/** A command that makes new flags of those that are and those it names. */
function flagCommand(
  name: string,
  change: (state: RunState, before: readonly string[], given: readonly string[]) => readonly string[],
): CommandDefinition {
  return {
    name,
    parameters: [
      { name: 'variable', type: 'string', optional: true },
      { name: FLAG_LIST, type: 'string-list' },
    ],
    compile(call, compiler) {
      const store = storeOf(call, compiler);
      const list = call.strings(FLAG_LIST);
      checkFlags(list, name, compiler);
      if (store === undefined) return;
      compiler.emit({
        op: 'do',
        line: call.line,
        run(state) {
          const flags = change(state, store.get(state), parseFlags(state, list.get(state)));
          store.set(state, flags);
          state.trace(() => `${name}: ${store.name} ${JSON.stringify(shorten(flags.join(' ')))}`);
        },
      });
    },
  };
}

const setflag = flagCommand('setflag', (_state, _before, given) => given); // RFC 5232 §3.1
const addflag = flagCommand('addflag', (state, before, given) => parseFlags(state, [...before, ...given])); // RFC 5232 §3.2
const removeflag = flagCommand('removeflag', (_state, before, given) => withoutFlags(before, given)); // RFC 5232 §3.3

/** Match types that compare a flag with a key; for others a key is no list of flags. */
const BY_FLAG = ['is', 'contains'];

/** The keys of `hasflag`: as with all lists of flags, one string may hold several (RFC 5232 §4). */
function flagKeys(keys: StringList): StringList {
  const { constant } = keys;
  if (constant !== undefined)
    return stringList(
      keys,
      keys.items.flatMap((item) =>
        splitFlags([item.constant ?? '']).map((flag) => constantString(item, flag)),
      ),
    );
  const { offset, line, items } = keys;
  return { offset, line, items, constant, get: (state) => splitFlags(keys.get(state)) };
}

/** RFC 5232 §4. */
const hasflag: TestDefinition = {
  name: 'hasflag',
  parameters: [
    { name: 'variables', type: 'string-list', optional: true },
    { name: FLAG_LIST, type: 'string-list' },
  ],
  matching: true,
  compile(call, compiler) {
    const names = call.given('variables') ? call.strings('variables').items : [];
    const reads = names.flatMap((name) => readVariable(name, call.name, compiler) ?? []);
    const list = call.strings(FLAG_LIST);
    const keys = BY_FLAG.includes(call.comparison.matchType.name) ? flagKeys(list) : list;
    const internal = !call.given('variables');
    emitMatch(compiler, call, keys, {
      values: (state) =>
        internal ? internalStore.get(state) : reads.flatMap((read) => parseFlags(state, [read(state)])),
    });
  },
};

/** RFC 5232 §5: the flags of this action, whatever the internal variable says. */
const flagsTag: TagDefinition = {
  name: 'flags',
  argument: 'string-list',
  bind(call, compiler) {
    const list = flagList(call, 'flags');
    checkFlags(list, `${call.name} :flags`, compiler);
    return {
      action: (state, { action }) => {
        if (action.type === 'keep' || action.type === 'fileinto')
          action.flags = parseFlags(state, list.get(state));
      },
    };
  },
};

function flagList(call: Call, tag: string): StringList {
  const argument = call.tags.get(tag)?.argument;
  if (argument?.type !== 'string-list') throw new Error(`${call.name} has no list :${tag}`);
  return argument.value;
}

/** RFC 5232. */
export const imap4flags: Extension = {
  capability: 'imap4flags',
  commands: [setflag, addflag, removeflag],
  tests: [hasflag],
  tags: {
    keep: [flagsTag],
    fileinto: [flagsTag],
    // RFC 8580: of the copy that :fcc files.
    ...mailboxTag(
      {
        name: 'flags',
        argument: 'string-list',
        check(call, compiler) {
          checkFlags(flagList(call, 'flags'), `${call.name} :flags`, compiler);
          return undefined;
        },
        set(target, { argument }, state) {
          if (argument?.type === 'string-list') target.flags = parseFlags(state, argument.value.get(state));
        },
      },
      ['vacation', 'notify'],
    ),
  },
};

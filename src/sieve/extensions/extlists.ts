import { parseSieveAddress } from '../address.ts';
import type { Asking, CommandDefinition, Extension, MatchType, TestDefinition } from '../definitions.ts';
import { shorten } from '../lexer.ts';
import type { RunState } from '../state.ts';

/** A question to the host, in units of `SieveLimits.steps`: it may have to read a file or to ask a directory. */
const LOOKUP_COST = 500;

/** RFC 6134 §2.5: names that begin with a colon stand for URIs of this namespace. */
const SIEVE_NAMESPACE = 'urn:ietf:params:sieve';

function listName(written: string): string {
  return written.startsWith(':') ? `${SIEVE_NAMESPACE}${written}` : written;
}

/** RFC 6134 §2.2: a list that is not known is an error; scripts can ask before. */
function unknownList(state: RunState, name: string): never {
  return state.fail(`external list ${JSON.stringify(shorten(name))} is not known here`);
}

/** Asks whether a list holds a value; fails when there is no such list. */
export function* inExternalList(state: RunState, name: string, value: string): Asking<boolean> {
  state.spend(LOOKUP_COST);
  const found = yield { ask: 'list-contains', list: listName(name), value };
  return found === undefined ? unknownList(state, listName(name)) : found === true;
}

/** RFC 6134 §2.2: `:list`, with the names of lists as keys. What it means to be in a list is the list's business. */
const listMatch: MatchType = {
  name: 'list',
  substring: false,
  compile: ({ keys, captures }) => ({
    *ask(state, values): Asking<boolean> {
      for (const list of keys.get(state))
        for (const value of values) {
          if (!(yield* inExternalList(state, list, value))) continue;
          // RFC 6134 §2.2: the value that was found is what the match stands for.
          if (captures) state.captures = [value];
          return true;
        }
      return false;
    },
  }),
};

/** RFC 6134 §2.7: all of the lists are known. */
const validExtList: TestDefinition = {
  name: 'valid_ext_list',
  parameters: [{ name: 'list names', type: 'string-list' }],
  compile(call, compiler) {
    const names = call.strings('list names');
    compiler.emit({
      op: 'ask-test',
      line: call.line,
      *run(state): Asking<boolean> {
        for (const name of names.get(state)) {
          state.spend(LOOKUP_COST);
          if ((yield { ask: 'list-known', list: listName(name) }) === true) continue;
          state.trace(() => `valid_ext_list: ${JSON.stringify(shorten(name))} is not known: false`);
          return false;
        }
        state.trace(() => 'valid_ext_list: true');
        return true;
      },
    });
  },
};

/**
 * RFC 6134 §2.3: `redirect :list` sends to each member of a list. Members that are no addresses are left out; those of
 * an empty list are none, and then the message is kept.
 */
const redirectToList: CommandDefinition['compile'] = (call, compiler) => {
  const name = call.string('address');
  compiler.emit({
    op: 'ask',
    line: call.line,
    *run(state): Asking<void> {
      const list = listName(name.get(state));
      state.spend(LOOKUP_COST);
      const members = yield { ask: 'list-members', list };
      if (!Array.isArray(members)) return unknownList(state, list);
      for (const member of members as readonly string[]) {
        const address = parseSieveAddress(member);
        if (address === undefined) continue;
        state.result.add(state, { type: 'redirect', line: call.line, address, list }, call.modifiers);
      }
    },
  });
};

/** RFC 6134. */
export const extlists: Extension = {
  capability: 'extlists',
  matchTypes: [listMatch],
  tests: [validExtList],
  tags: { redirect: [{ name: 'list', compile: redirectToList }] },
};

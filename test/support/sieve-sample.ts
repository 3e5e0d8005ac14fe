/** An extension that uses everything an extension may bring, and scripts that require it. */
import { compileWith } from '../../src/sieve/compiler.ts';
import { core } from '../../src/sieve/core.ts';
import type { Asking, Extension } from '../../src/sieve/definitions.ts';
import { extensions } from '../../src/sieve/extensions/index.ts';
import { emitMatch } from '../../src/sieve/matching/emit.ts';
import { Label } from '../../src/sieve/program.ts';
import { Registry } from '../../src/sieve/registry.ts';
import { Slot } from '../../src/sieve/slot.ts';
import type { RunState } from '../../src/sieve/state.ts';
import type { Script } from '../../src/sieve/types.ts';
import { mail, runInput } from './sieve.ts';

const counted = new Slot(() => ({ rounds: 0 }));
/** Ends of the loops around what is compiled. */
const loops = new Slot((): Label[] => []);
const colors = new Slot((): string[] => []);

export const other = runInput(mail('Subject: other', '', ''));

/** One capability that uses every seam the registry has. */
const sample: Extension = {
  capability: 'vnd.example.sample',
  captures: true,
  implies: ['fileinto'],
  commands: [
    {
      name: 'repeat',
      block: true,
      parameters: [{ name: 'times', type: 'number' }],
      compile(call, compiler, place) {
        const [start, end] = [new Label(), new Label()];
        compiler.emit({
          op: 'do',
          line: call.line,
          run: (state) => void (state.slots.get(counted).rounds = 0),
        });
        compiler.mark(start);
        const more = call.number('times');
        compiler.emit({
          op: 'test',
          line: call.line,
          run: (state) => state.slots.get(counted).rounds++ < more,
        });
        compiler.emit({ op: 'jump-if', when: false, to: end });
        compiler.slots.get(loops).push(end);
        compiler.block(place.block, place.depth + 1);
        compiler.slots.get(loops).pop();
        compiler.emit({ op: 'jump', to: start });
        compiler.mark(end);
      },
    },
    {
      name: 'leave',
      compile(call, compiler) {
        const to = compiler.slots.get(loops).at(-1);
        if (to === undefined) compiler.diagnostics.error(call, 'leave: stands in no loop');
        else compiler.emit({ op: 'jump', to });
        return true;
      },
    },
    {
      name: 'color',
      parameters: [{ name: 'flag', type: 'string' }],
      compile(call, compiler) {
        const flag = call.string('flag');
        const run = (state: RunState): void => void state.slots.get(colors).push(flag.get(state));
        compiler.emit({ op: 'do', line: call.line, run });
      },
    },
    {
      name: 'swap',
      compile: ({ line }, compiler) =>
        compiler.emit({
          op: 'do',
          line,
          run: (state) => state.change({ message: other.message, recipient: 'x@y' }),
        }),
    },
    {
      name: 'ensure',
      parameters: [
        { name: 'note', type: 'string', optional: true },
        { name: 'mailbox', type: 'string' },
      ],
      compile(call, compiler) {
        const mailbox = call.string('mailbox');
        compiler.emit({
          op: 'ask',
          line: call.line,
          *run(state): Asking<void> {
            const there = yield { ask: 'mailbox-exists', mailbox: mailbox.get(state) };
            if (there !== true)
              state.fail(`no ${call.given('note') ? call.string('note').get(state) : 'mailbox'}`);
          },
        });
      },
    },
  ],
  tests: [
    {
      name: 'allthere',
      parameters: [{ name: 'mailboxes', type: 'string-list' }],
      compile(call, compiler) {
        compiler.emit({
          op: 'ask-test',
          line: call.line,
          *run(state): Asking<boolean> {
            for (const mailbox of call.strings('mailboxes').get(state))
              if ((yield { ask: 'mailbox-exists', mailbox }) !== true) return false;
            return true;
          },
        });
      },
    },
    {
      name: 'asked',
      matching: true,
      parameters: [{ name: 'keys', type: 'string-list' }],
      compile: (call, compiler) =>
        emitMatch(compiler, call, 'keys', {
          *ask(): Asking<readonly string[]> {
            return [(yield { ask: 'mailbox-exists', mailbox: 'value' }) === true ? 'true' : 'false'];
          },
        }),
    },
  ],
  tags: {
    set: [{ name: 'twice', bind: () => ({ value: { precedence: 35, apply: (value) => value + value } }) }],
    fileinto: [
      {
        name: 'twin',
        bind: () => ({ action: (_state, pending) => void (pending.cancelsImplicitKeep = false) }),
      },
    ],
    header: [
      {
        name: 'nth',
        argument: 'number',
        bind(call, compiler) {
          const argument = call.tags.get('nth')?.argument;
          if (argument?.type !== 'number' || argument.value === 0) {
            compiler.diagnostics.error(call, 'header: :nth counts from 1');
            return undefined;
          }
          const at = argument.value - 1;
          return { query: (query) => ({ ...query, pick: (fields) => query.pick(fields).slice(at, at + 1) }) };
        },
      },
    ],
  },
  matchTypes: [
    {
      name: 'listed',
      substring: false,
      argument: true,
      compile: ({ argument, keys }) => ({
        *ask(state, values): Asking<boolean> {
          for (const key of keys.get(state))
            for (const value of values)
              if (
                (yield { ask: 'mailbox-exists', mailbox: `${argument?.get(state)}/${key}/${value}` }) === true
              )
                return true;
          return false;
        },
      }),
    },
  ],
  addressParts: [{ name: 'initial', extract: (address) => address[0] }],
  namespaces: [
    {
      name: 'sample',
      variable: (name) =>
        name === 'rounds'
          ? {
              get: (state) => String(state.slots.get(counted).rounds),
              set: (state, value) => void (state.slots.get(counted).rounds = value.length),
            }
          : name === 'fixed.one'
            ? { get: () => 'one' }
            : undefined,
    },
  ],
  envelopeParts: [
    { name: 'length', address: false, values: (state) => [String(state.envelope.sender.length)] },
  ],
  decorate(state, { action }) {
    const flags = state.slots.get(colors);
    if (flags.length > 0 && (action.type === 'keep' || action.type === 'fileinto')) action.flags = [...flags];
  },
  strings: {
    interpolate: (text) =>
      text.includes('${')
        ? (state) => text.replace(/\$\{(\d)\}/g, (_, digit: string) => state.captures[Number(digit)] ?? '')
        : undefined,
  },
};
export const sampleRegistry = new Registry(core, [...extensions, sample]);

export function sampleScript(source: string): Script {
  const result = compileWith(sampleRegistry, `require ["vnd.example.sample", "envelope"];\n${source}`);
  if (result.script === undefined) throw new Error(JSON.stringify(result.diagnostics));
  return result.script;
}

import { encodeCharset } from '../../message/charset.ts';
import type { Part } from '../../message/types.ts';
import type { Call } from '../call.ts';
import type { Compiler } from '../compiler.ts';
import type { Asking, CallDefinition, Extension } from '../definitions.ts';
import { shorten } from '../lexer.ts';
import { base64Lines, rewritePart } from '../mime/entity.ts';
import { currentPart, enclosingLoop, markReplaced, type PartLoop } from '../mime/part-loop.ts';
import type { RunState } from '../state.ts';

/** Parts converted in one run: each may take the server a second of work (RFC 6558 §2). */
const MAX_CONVERSIONS = 32;
/** Octets that may come of one: more than any mail takes, and of a picture that was made to grow. */
const MAX_CONVERTED = 64 * 1024 * 1024;

const TYPE = /^[!#$%&'*+\-.^_`{|}~\w]{1,127}\/[!#$%&'*+\-.^_`{|}~\w]{1,127}$/;
/** `<transcoding-param-name>=<transcoding-param-value>` (RFC 6558 §2). */
const PARAMETER = /^[!#$%&'*+\-.^_`{|}~\w]+=[^\0\r\n]*$/;

const badType = (text: string): string => `convert: ${JSON.stringify(shorten(text))} is not a media type`;
const badParameter = (text: string): string => `convert: ${JSON.stringify(shorten(text))} is not name=value`;

interface Conversion {
  readonly from: string;
  readonly to: string;
  /** Those that the host is asked with. */
  readonly parameters: readonly string[];
  /** Of text: the charset it is written in, and what stands for characters it lacks. */
  readonly charset: string;
  readonly replacement: string | undefined;
}

/** Octets of the replacement of a character: more would make the text grow. */
const MAX_REPLACEMENT = 16;
/** A charset as a parameter of Content-Type (RFC 2978 §2.3). */
const CHARSET = /^[!#$%&'+\-^_`{}~\w]{1,40}$/;

/** The charset of the text is made here, since hosts give UTF-8; the other parameters are theirs. */
function withCharset(from: string, to: string, parameters: readonly string[]): Conversion {
  const conversion = { from, to, charset: 'utf-8', replacement: undefined };
  if (!isText(to)) return { ...conversion, parameters };
  const valueOf = (name: string): string | undefined =>
    parameters.find((parameter) => nameOf(parameter) === name)?.slice(name.length + 1);
  return {
    ...conversion,
    charset: (valueOf('charset') ?? 'utf-8').replace(/^"(.*)"$/, '$1').toLowerCase(),
    replacement: valueOf('unknown-character-replacement'),
    parameters: parameters.filter(
      (parameter) => !['charset', 'unknown-character-replacement'].includes(nameOf(parameter)),
    ),
  };
}

const nameOf = (parameter: string): string => parameter.slice(0, parameter.indexOf('=')).toLowerCase();

/** What the host gave, in the charset that is wanted; undefined when that is none. */
function inCharset(content: Uint8Array, { to, charset, replacement }: Conversion): Uint8Array | undefined {
  if (!isText(to) || charset === 'utf-8') return content;
  if (!CHARSET.test(charset) || Buffer.byteLength(replacement ?? '') > MAX_REPLACEMENT) return undefined;
  return encodeCharset(Buffer.from(content).toString('utf8'), charset, replacement);
}

/** Reads the arguments of a call in each run, and checks what is known when it is compiled. */
function prepare(call: Call, compiler: Compiler): (state: RunState) => Conversion {
  const from = call.string('from');
  const to = call.string('to');
  const parameters = call.strings('parameters');
  for (const type of [from, to])
    if (type.constant !== undefined && !TYPE.test(type.constant))
      compiler.diagnostics.error(type, badType(type.constant));
  for (const parameter of parameters.items)
    if (parameter.constant !== undefined && !PARAMETER.test(parameter.constant))
      compiler.diagnostics.error(parameter, badParameter(parameter.constant));
  const typeOf = (state: RunState, text: string): string =>
    TYPE.test(text) ? text.toLowerCase() : state.fail(badType(text));
  return (state) => {
    const values = parameters.get(state);
    for (const value of values) if (!PARAMETER.test(value)) state.fail(badParameter(value));
    return withCharset(typeOf(state, from.get(state)), typeOf(state, to.get(state)), values);
  };
}

/** The parts it is about: the current one, or outside of a loop all of that type. */
function partsOf(state: RunState, loop: PartLoop | undefined, from: string): readonly Part[] {
  const part = loop === undefined ? undefined : currentPart(loop, state);
  const candidates = loop === undefined ? state.message.parts : part === undefined ? [] : [part];
  state.spend(candidates.length);
  return candidates.filter(({ type, children }) => type === from && children.length === 0);
}

/** Text is handed over in UTF-8, and said to be so. */
const isText = (type: string): boolean => type.startsWith('text/');

/** The part with its new content; what else is said of it (its name, how it is shown) stays. */
function rewritten(
  state: RunState,
  part: Part,
  { to, charset }: Conversion,
  content: Uint8Array,
): Uint8Array[] | undefined {
  const keeps = (key: string): boolean =>
    !/^content-(?:type|transfer-encoding|md5|length|features)$/.test(key);
  return rewritePart(
    state.message,
    part,
    { first: [], keeps: (key) => key !== 'mime-version' && keeps(key) },
    {
      fields: [
        ['MIME-Version', '1.0'],
        ['Content-Type', isText(to) ? `${to}; charset=${charset}` : to],
        ['Content-Transfer-Encoding', 'base64'],
      ],
      content: base64Lines(content),
    },
  );
}

/** All parts, or none when one cannot be converted (RFC 6558 §2). True when none failed. */
function* convertParts(state: RunState, loop: PartLoop | undefined, conversion: Conversion): Asking<boolean> {
  const { from, to, parameters } = conversion;
  const parts = partsOf(state, loop, from);
  if (parts.length === 0) return true;
  if (parts.length > MAX_CONVERSIONS) return false;
  const done: [Part, Uint8Array[]][] = [];
  for (const part of parts) {
    const content = isText(from) ? Buffer.from(part.text, 'utf8') : part.content;
    const answer = yield { ask: 'convert', from, to, parameters, content };
    if (!(answer instanceof Uint8Array) || answer.length > MAX_CONVERTED) return false;
    state.spend(1 + (answer.length >> 10));
    const encoded = inCharset(answer, conversion);
    const pieces = encoded === undefined ? undefined : rewritten(state, part, conversion, encoded);
    if (pieces === undefined) return false;
    done.push([part, pieces]);
  }
  const { raw } = state.message;
  const all: Uint8Array[] = [];
  let at = 0;
  for (const [part, pieces] of done) {
    all.push(raw.subarray(at, part.start), ...pieces);
    at = part.end;
  }
  all.push(raw.subarray(at));
  state.spend(raw.length >> 10);
  state.change({ edited: state.edited.withBytes(all) });
  markReplaced(loop, state);
  return true;
}

const definition: CallDefinition = {
  name: 'convert',
  parameters: [
    { name: 'from', type: 'string' },
    { name: 'to', type: 'string' },
    { name: 'parameters', type: 'string-list' },
  ],
};

function compileConvert(call: Call, compiler: Compiler): (state: RunState) => Asking<boolean> {
  const conversion = prepare(call, compiler);
  const loop = enclosingLoop(compiler);
  return function* (state) {
    const wanted = conversion(state);
    const done = yield* convertParts(state, loop, wanted);
    state.trace(() => `convert ${wanted.from} ${wanted.to}: ${done}`);
    return done;
  };
}

/** RFC 6558. A command that is a test as well (RFC 6558 §2.2). */
export const convert: Extension = {
  capability: 'convert',
  needs: 'no converters are set up',
  commands: [
    {
      ...definition,
      compile(call, compiler) {
        const perform = compileConvert(call, compiler);
        const run = function* (state: RunState): Asking<void> {
          yield* perform(state);
        };
        compiler.emit({ op: 'ask', line: call.line, run });
      },
    },
  ],
  tests: [
    {
      ...definition,
      compile(call, compiler) {
        compiler.emit({ op: 'ask-test', line: call.line, run: compileConvert(call, compiler) });
      },
    },
  ],
};

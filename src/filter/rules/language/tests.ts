/** The lines that say what a rule looks at: `header NAME …`, `body NAME …`, and so on. One function a kind. */
import { readDelimited } from '../regex/delimiters.ts';
import { PatternError } from '../regex/syntax.ts';
import type { EvalKind, Pattern, RuleTest, UriCondition } from '../types.ts';
import { parseMeta } from './meta.ts';

/** A line that makes no sense; the message says why. */
export class LineError extends Error {}

const MODIFIERS = /^(?:raw|addr|name|host|domain|ip|revip|first|last)$/;

/** Reads what stands behind `KIND NAME`. Throws {@link LineError}, `PatternError` or `ExpressionError`. */
export const ruleTests: ReadonlyMap<string, (text: string) => RuleTest> = new Map([
  ['header', headerTest],
  ['body', (text: string) => evalTest(text, 'body') ?? { kind: 'body', pattern: readDelimited(text) }],
  [
    'rawbody',
    (text: string) => evalTest(text, 'rawbody') ?? { kind: 'rawbody', pattern: readDelimited(text) },
  ],
  ['full', (text: string) => evalTest(text, 'full') ?? { kind: 'full', pattern: readDelimited(text) }],
  ['uri', (text: string): RuleTest => ({ kind: 'uri', pattern: readDelimited(text) })],
  ['meta', metaTest],
  ['mimeheader', mimeHeaderTest],
  ['uri_detail', uriDetailTest],
  ['askdns', (text: string): RuleTest => ({ kind: 'network', directive: 'askdns', args: text.split(/\s+/) })],
]);

function headerTest(text: string): RuleTest {
  const evaluated = evalTest(text, 'header');
  if (evaluated !== undefined) return evaluated;
  const existing = /^exists:(.*)$/.exec(text)?.[1];
  if (existing !== undefined) {
    if (!/^[\w.-]+:?$/.test(existing)) throw new LineError(`"${existing}" is no header field`);
    return { kind: 'exists', field: existing.replace(/:$/, ''), negated: false };
  }
  const { field, negated, pattern, ifUnset } = comparison(text);
  const modifiers = field.split(':').slice(1);
  const unknown = modifiers.find((modifier) => !MODIFIERS.test(modifier));
  if (unknown !== undefined) throw new LineError(`modifier ":${unknown}" is not known`);
  return { kind: 'header', field, negated, pattern, ...(ifUnset === undefined ? {} : { ifUnset }) };
}

/** `Field =~ /…/ [if-unset: text]`. */
function comparison(text: string): { field: string; negated: boolean; pattern: Pattern; ifUnset?: string } {
  const match = /^([\w.-]+(?::[a-z]*)*)\s*([=!]~)\s*(.+)$/s.exec(text);
  if (match === null) throw new LineError('not of the form "Field =~ /pattern/"');
  const [, field = '', operator, rest = ''] = match;
  const unset = /^(.*?)\s+\[if-unset:\s+(.+)\]$/s.exec(rest);
  return {
    field: field.replace(/:$/, ''),
    negated: operator === '!~',
    pattern: readDelimited((unset?.[1] ?? rest).trim()),
    ...(unset?.[2] === undefined ? {} : { ifUnset: unset[2] }),
  };
}

function mimeHeaderTest(text: string): RuleTest {
  const { field, ...rest } = comparison(text);
  const [name = '', ...modifiers] = field.split(':');
  const unknown = modifiers.find((modifier) => modifier !== 'raw');
  if (unknown !== undefined) throw new LineError(`modifier ":${unknown}" is not known`);
  return { kind: 'mimeheader', field: name, raw: modifiers.length > 0, ...rest };
}

/** Throws `ExpressionError` for what cannot be read; the names are looked up when all rules are known. */
function metaTest(text: string): RuleTest {
  parseMeta(text);
  return { kind: 'meta', expression: text };
}

function uriDetailTest(text: string): RuleTest {
  const conditions: UriCondition[] = [];
  const condition =
    /\b(\w+)\s*([=!]~)\s*((?:\/(?:\\.|[^/\\])*\/|m([^\w\s\\])(?:\\.|(?!\4)[^\\])*\4)[imsx]*)(?=\s|$)/gs;
  for (const [, key = '', operator, pattern = ''] of text.matchAll(condition)) {
    if (!isUriKey(key)) throw new LineError(`"${key}" is none of raw, type, cleaned, text, domain, host`);
    conditions.push({ key, negated: operator === '!~', pattern: readDelimited(pattern) });
  }
  if (conditions.length === 0) throw new LineError('not of the form "key =~ /pattern/"');
  return { kind: 'uri_detail', conditions };
}

const isUriKey = (key: string): key is UriCondition['key'] =>
  ['raw', 'type', 'cleaned', 'text', 'domain', 'host'].includes(key);

/** `eval:function('a', 2)`. */
function evalTest(text: string, on: EvalKind): RuleTest | undefined {
  if (!text.startsWith('eval:')) return undefined;
  const match = /^eval:\s*(\w+)\s*\((.*)\)$/s.exec(text);
  if (match === null) throw new LineError('not of the form eval:function(arguments)');
  const [, name = '', list = ''] = match;
  return { kind: 'eval', on, function: name, args: readArguments(list) };
}

function readArguments(list: string): string[] {
  const args: string[] = [];
  const argument = /\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|([^\s,'"]+))\s*(,|$)/y;
  while (argument.lastIndex < list.trimEnd().length) {
    const match = argument.exec(list);
    if (match === null) throw new LineError(`arguments (${list}) cannot be read`);
    const quoted = match[1] ?? match[2];
    args.push(quoted === undefined ? (match[3] ?? '') : quoted.replace(/\\(['"\\])/g, '$1'));
  }
  return args;
}

/** Whether an error is about the line, not about us. */
export const isLineError = (error: unknown): error is Error =>
  error instanceof LineError || error instanceof PatternError;

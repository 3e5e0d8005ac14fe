import { basename, dirname, join, resolve } from 'node:path';
import type { CallNode } from '../ast.ts';
import { Diagnostics, formatDiagnostic } from '../diagnostics.ts';
import { capabilities, compile } from '../index.ts';
import { completeLimits } from '../limits.ts';
import { parse } from '../parser.ts';
import { CompiledScript } from '../program.ts';
import { runToEnd } from '../runtime.ts';
import { readSource } from '../source.ts';
import type { CompileOptions, SieveDiagnostic } from '../types.ts';
import { Bench, type Compiled } from './bench.ts';
import type { Configured } from './configuration.ts';
import type { FileReport, TestReport } from './report.ts';

/** What the runner has from outside. */
export interface RunnerHost {
  /** The bytes of a file; undefined when it cannot be read. */
  read(path: string): Uint8Array | undefined;
  now(): Date;
}

/** A test of a file. */
export interface ListedTest {
  readonly name: string;
  readonly line: number;
}

/** A file of tests has more work to do than a script that files mail. */
const STEPS = 50_000_000;

/** What is told of a file's own errors. */
const SHOWN_ERRORS = 5;

/** The tests of a file in their order, found without running it. */
export function listTests(source: Uint8Array): readonly ListedTest[] {
  return commandsOf(source)
    .filter(({ name }) => name === 'test')
    .map(({ arguments: [first], line }) => ({ name: first?.kind === 'string' ? first.value : '', line }));
}

function commandsOf(source: Uint8Array): readonly CallNode[] {
  const { text } = readSource(source);
  return parse(text, new Diagnostics(text, Number.POSITIVE_INFINITY), completeLimits());
}

/** A capability that the file requires and that is none of ours. */
function missingCapability(source: Uint8Array): string | undefined {
  const known = new Set(capabilities());
  for (const {
    name,
    arguments: [first],
  } of commandsOf(source)) {
    if (name !== 'require') continue;
    const names = first?.kind === 'list' ? first.items : first?.kind === 'string' ? [first] : [];
    const missing = names.find(({ value }) => !known.has(value));
    if (missing !== undefined) return missing.value;
  }
  return undefined;
}

/** Runs a file of tests (`vnd.dovecot.testsuite`). Undefined when it cannot be read. */
export async function runTestFile(path: string, host: RunnerHost): Promise<FileReport | undefined> {
  const file = resolve(path);
  const source = host.read(file);
  if (source === undefined) return undefined;
  const listed = listTests(source);
  const missing = missingCapability(source);
  if (missing !== undefined) {
    const reason = `there is no capability "${missing}"`;
    const skipped = all(listed).map(
      (test): TestReport => ({ ...test, outcome: 'skipped', failures: [], reason }),
    );
    return { tests: skipped, printed: [] };
  }

  const folder = dirname(file);
  const bench = new Bench({
    folder,
    now: () => host.now(),
    compile(script, configured) {
      const bytes = host.read(resolve(folder, script));
      if (bytes === undefined) return { errors: [`script ${script} cannot be read`] };
      return compileForTest(bytes, optionsOf(configured, script));
    },
  });
  const optionsOf = ({ limits, settings }: Configured, script: string): CompileOptions => ({
    name: script,
    limits,
    settings,
    available: capabilities(),
    include: (location, included) =>
      host.read(join(folder, location === 'global' ? 'included-global' : 'included', `${included}.sieve`)),
  });
  const name = basename(file);
  const compiled = compile(source, optionsOf(bench.configuration.current, name));
  if (!(compiled.script instanceof CompiledScript)) {
    const errors = compiled.diagnostics.filter(isError).slice(0, SHOWN_ERRORS);
    const shown = errors.map((error) => formatDiagnostic(name, error)).join('; ');
    const tests = all(listed).map((test, index): TestReport => {
      // Once is enough.
      const reason = `the file does not compile${index === 0 ? `: ${shown}` : ''}`;
      return { ...test, outcome: 'failed', failures: [{ line: test.line, reason, values: [] }] };
    });
    return { tests, printed: [] };
  }
  const { input, after } = bench.start();
  const outcome = await runToEnd(compiled.script, input, bench.answer, {
    limits: { steps: STEPS },
    trace: true,
    after,
  });
  const { reporter } = bench;
  if (outcome.error !== undefined) {
    const { line, text } = outcome.error;
    reporter.fail([], { line, reason: `the file was aborted: ${text}` });
  }
  const reports = reporter.finish();
  // test_fail outside of tests leaves the file.
  const abortedAt = outcome.error?.line ?? reports.find(({ name }) => name === '')?.line;
  return { tests: withUnreached(reports, listed, abortedAt), printed: reporter.printed };
}

/** A file without tests is told of as one without a name. */
function all(listed: readonly ListedTest[]): readonly ListedTest[] {
  return listed.length === 0 ? [{ name: '', line: 1 }] : listed;
}

/** Tests that the file never came to: it was aborted, or has stopped of its own will. */
function withUnreached(
  tests: readonly TestReport[],
  listed: readonly ListedTest[],
  abortedAt: number | undefined,
): TestReport[] {
  const reached = new Set(tests.map(({ line }) => line));
  const unreached = listed
    .filter(({ line }) => !reached.has(line))
    .map(({ name, line }): TestReport => {
      if (abortedAt === undefined)
        return { name, line, outcome: 'skipped', failures: [], reason: 'the file stops before it' };
      const reason = `never run: the file was aborted in line ${abortedAt}`;
      return { name, line, outcome: 'failed', failures: [{ line, reason, values: [] }] };
    });
  return [...tests, ...unreached].sort((a, b) => a.line - b.line);
}

const isError = ({ severity }: SieveDiagnostic): boolean => severity === 'error';

/** Compiles in two steps as that tool does: what does not parse is not looked at for meaning. */
function compileForTest(source: Uint8Array, options: CompileOptions): Compiled {
  const { script, diagnostics } = compile(source, options);
  if (script instanceof CompiledScript) return { script };
  const { text } = readSource(source);
  const limits = completeLimits(options.limits);
  const parsing = new Diagnostics(text, limits.diagnostics);
  if (source.length <= limits.scriptBytes) parse(text, parsing, limits);
  const parsed = parsing.errors > 0;
  const errors = (parsed ? parsing.sorted() : diagnostics).filter(isError).map((error) => error.text);
  return { errors: [...errors, parsed ? 'parse failed.' : 'validation failed.'] };
}

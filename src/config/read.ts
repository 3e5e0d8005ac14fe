import { readFileSync } from 'node:fs';
import { isMap, isPair, isScalar, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { z } from 'zod';

/** A fault of a configuration file. Lines and columns count from 1; 0 when it has no place (a file that cannot be read). */
export interface ConfigFault {
  line: number;
  column: number;
  /** `filter.pool.workers`, or '' for the file as a whole. */
  path: string;
  text: string;
}

/** Configuration is text that a person writes; more than this is a mistake (a log file, a database). */
const MAX_BYTES = 4 * 1024 * 1024;

/** Every fault of a configuration file, at once. `message` has a line for each. */
export class ConfigError extends Error {
  readonly file: string;
  readonly faults: readonly ConfigFault[];

  constructor(file: string, faults: readonly ConfigFault[]) {
    super(faults.map((fault) => formatFault(file, fault)).join('\n'));
    this.file = file;
    this.faults = faults;
  }
}

/** `tamis.yaml:3:5: filter.pool.workers: expected a number`. */
export function formatFault(file: string, fault: ConfigFault): string {
  const place = fault.line > 0 ? `${file}:${fault.line}:${fault.column}` : file;
  return fault.path === '' ? `${place}: ${fault.text}` : `${place}: ${fault.path}: ${fault.text}`;
}

export function readConfigText(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(file, [
      { line: 0, column: 0, path: '', text: `cannot be read: ${(error as Error).message}` },
    ]);
  }
  if (text.length > MAX_BYTES)
    throw new ConfigError(file, [
      { line: 0, column: 0, path: '', text: `is larger than ${MAX_BYTES} bytes` },
    ]);
  return text;
}

/** A contradiction between settings that each are well formed. */
export interface Contradiction {
  /** Keys as in the file. */
  path: (string | number)[];
  text: string;
}

/**
 * Parses YAML text, checks it against a schema and then for contradictions; throws {@link ConfigError} with every
 * fault and its place.
 */
export function parseConfig<T extends z.ZodType>(
  file: string,
  text: string,
  schema: T,
  contradictions: (config: z.output<T>) => Contradiction[] = () => [],
): z.output<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number | undefined): { line: number; column: number } => {
    if (offset === undefined) return { line: 0, column: 0 };
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const fail = (faults: Described[]): never => {
    const placed = faults.map(({ path, text: fault, key }) => ({
      ...at(offsetOf(document, path, key)),
      path: path.join('.'),
      text: fault,
    }));
    throw new ConfigError(
      file,
      placed.sort((one, other) => one.line - other.line || one.column - other.column),
    );
  };
  if (document.errors.length > 0)
    throw new ConfigError(
      file,
      document.errors.map((error) => ({ ...at(error.pos[0]), path: '', text: error.message })),
    );
  let value: unknown;
  try {
    // maxAliasCount bounds the "billion laughs" of nested aliases; it and an unknown alias are reported by an exception.
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new ConfigError(file, [{ line: 1, column: 1, path: '', text: (error as Error).message }]);
  }
  const parsed = schema.safeParse(value ?? {});
  if (!parsed.success) return fail(parsed.error.issues.flatMap((issue) => describeIssue(issue)));
  const found = contradictions(parsed.data);
  return found.length > 0 ? fail(found) : parsed.data;
}

interface Described {
  path: (string | number)[];
  /** The fault is the key itself, not its value. */
  key?: boolean;
  text: string;
}

function describeIssue(issue: z.core.$ZodIssue): Described[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], key: true, text: 'there is no such setting' }));
  if (issue.code === 'invalid_union') {
    const nested = issue.errors.flat();
    const deepest = nested.sort((one, other) => other.path.length - one.path.length)[0];
    if (deepest !== undefined && deepest.path.length > 0)
      return describeIssue({ ...deepest, path: [...issue.path, ...deepest.path] });
  }
  return [{ path, text: issue.message.replace(/^Invalid (?:input|option): /, '') }];
}

function offsetOf(
  document: Document.Parsed,
  path: readonly (string | number)[],
  key = false,
): number | undefined {
  // The deepest node on the way that exists: a missing key is reported at the mapping it is missing from.
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    if (!isMap(parent)) {
      const node = document.getIn(path.slice(0, length), true) as Node | undefined;
      if (node?.range) return node.range[0];
      continue;
    }
    const pair = parent.items.find(
      (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(path[length - 1]),
    );
    if (pair === undefined) continue;
    const place = (key && length === path.length ? pair.key : (pair.value ?? pair.key)) as Node | null;
    if (place?.range) return place.range[0];
  }
  return document.contents?.range[0];
}

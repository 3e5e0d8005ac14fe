import { z } from 'zod';
import { networkFault } from '../net/networks.ts';

/**
 * A room states its settings as an interface and its defaults as a constant; here each gets its meaning and bounds for
 * the person who writes the configuration file. {@link Described} has a member for every setting, so that a new one
 * without a description does not compile.
 */
export type Leaf<T> = (byDefault: T) => z.ZodType<T>;

type Plain<T> = Exclude<T, undefined>;

export type Described<T> = {
  readonly [K in keyof T]-?: Plain<T[K]> extends readonly unknown[] | string | number | boolean | null
    ? Leaf<T[K]>
    : Leaf<T[K]> | Described<Plain<T[K]>>;
};

const snakeKey = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/**
 * The schema of a section: snake_case keys as admins write them, camelCase for the code; unknown keys are faults; what
 * is left out has the room's default.
 */
export function settings<T extends object>(defaults: T, described: Described<T>, what = ''): z.ZodType<T> {
  const shape: Record<string, z.ZodType> = {};
  const names = new Map<string, string>();
  for (const [name, description] of Object.entries(described) as [keyof T & string, unknown][]) {
    const byDefault = defaults[name];
    names.set(snakeKey(name), name);
    shape[snakeKey(name)] =
      typeof description === 'function'
        ? (description as Leaf<unknown>)(byDefault)
        : settings(byDefault as object, description as Described<object>);
  }
  const object = what === '' ? z.strictObject(shape) : z.strictObject(shape).describe(what);
  return object
    .transform((value) => {
      const renamed: Record<string, unknown> = {};
      for (const [key, member] of Object.entries(value)) renamed[names.get(key) ?? key] = member;
      return renamed as T;
    })
    .prefault({}) as unknown as z.ZodType<T>;
}

/** Settings as an admin would write them: keys back in snake_case. Keys of tables (symbols, domains) are left alone. */
export function toSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toSnakeCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => [/^[a-z][A-Za-z0-9]*$/.test(key) ? snakeKey(key) : key, toSnakeCase(member)]),
  );
}

// An absent default means that the setting may be absent.
const withDefault = <T>(schema: z.ZodType<Plain<T>>, byDefault: T, what: string): z.ZodType<T> =>
  (byDefault === undefined
    ? schema.optional().describe(what)
    : schema.default(byDefault as never).describe(what)) as z.ZodType<T>;

/** A whole number within bounds. */
export const whole =
  (low: number, high: number, what: string): Leaf<number> =>
  (byDefault) =>
    withDefault(z.number().int().min(low).max(high), byDefault, what);

/** A number within bounds. */
export const real =
  (low: number, high: number, what: string): Leaf<number> =>
  (byDefault) =>
    withDefault(z.number().min(low).max(high), byDefault, what);

/** A number within bounds, or null for "never". */
export const realOrNull =
  (low: number, high: number, what: string): Leaf<number | null> =>
  (byDefault) =>
    withDefault(z.number().min(low).max(high).nullable(), byDefault, what);

export const flag =
  (what: string): Leaf<boolean> =>
  (byDefault) =>
    withDefault(z.boolean(), byDefault, what);

/** Text of one line. */
export const text =
  <T extends string | undefined>(what: string, longest = 1000): Leaf<T> =>
  (byDefault) =>
    withDefault(
      // oxlint-disable-next-line no-control-regex
      z
        .string()
        .max(longest)
        .regex(/^[^\u0000-\u001f\u007f]*$/, 'control characters are not allowed'),
      byDefault as string,
      what,
    ) as unknown as z.ZodType<T>;

export const choice =
  <T extends string>(values: readonly T[], what: string): Leaf<T> =>
  (byDefault) =>
    withDefault(z.enum(values as readonly [T, ...T[]]) as unknown as z.ZodType<Plain<T>>, byDefault, what);

/** A list of lines of text. */
export const texts =
  (what: string): Leaf<string[]> =>
  (byDefault) =>
    withDefault(z.array(z.string().max(1000)).max(10_000), byDefault, what);

/** Addresses and ranges: `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/32`. */
export const networks =
  (what: string): Leaf<string[]> =>
  (byDefault) =>
    withDefault(
      z
        .array(
          z.string().superRefine((entry, context) => {
            const fault = networkFault(entry);
            if (fault !== undefined) context.addIssue(fault);
          }),
        )
        .max(10_000),
      byDefault,
      what,
    );

/** Domain names, lower-cased. */
export const domains =
  (what: string): Leaf<string[]> =>
  (byDefault) =>
    withDefault(z.array(domainName).max(100_000), byDefault, what);

export const domainName = z
  .string()
  .max(253)
  .regex(/^[\p{L}\p{N}_-]+(\.[\p{L}\p{N}_-]+)*\.?$/u, 'this is no domain name')
  .transform((name) => name.toLowerCase().replace(/\.$/, ''));

/** Any schema of its own. */
export const custom =
  <T>(schema: z.ZodType, what: string): Leaf<T> =>
  (byDefault) =>
    withDefault(schema as z.ZodType<Plain<T>>, byDefault, what);

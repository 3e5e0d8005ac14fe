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
  const keys = new Map([...names].map(([key, name]) => [name, key]));
  const rename = (value: object, to: ReadonlyMap<string, string>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(value).map(([key, member]) => [to.get(key) ?? key, member]));
  return z
    .codec(object, z.custom<T>(), {
      decode: (value) => rename(value, names) as T & Record<string, unknown>,
      encode: (value) => rename(value as object, keys) as z.input<typeof object>,
    })
    .prefault({});
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
  <T extends readonly string[]>(what: string): Leaf<T> =>
  (byDefault) =>
    withDefault<readonly string[]>(
      z.array(z.string().max(1000)).max(10_000),
      byDefault,
      what,
    ) as unknown as z.ZodType<T>;

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
  .overwrite((name) => name.toLowerCase().replace(/\.$/, ''));

/** Any schema of its own. */
export const custom =
  <T>(schema: z.ZodType, what: string): Leaf<T> =>
  (byDefault) =>
    withDefault(schema as z.ZodType<Plain<T>>, byDefault, what);

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function parseDuration(text: string | number): number | undefined {
  const [, amount = '', unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(String(text)) ?? [];
  return amount === '' ? undefined : Number(amount) * (UNITS[unit] ?? 1000);
}

function formatDuration(milliseconds: number): string {
  const [unit = 'ms', size = 1] =
    Object.entries(UNITS).findLast(([, length]) => milliseconds >= length && milliseconds % length === 0) ??
    [];
  return `${milliseconds / size}${unit}`;
}

/**
 * A time: `500ms`, `30s`, `5m`, `4h`, `5d`; a bare number is seconds. Bounds are written the same way. The room gets it
 * in the unit its setting has.
 */
export const duration =
  (roomUnit: 'ms' | 's' | 'h' | 'd', low: string, high: string, what: string): Leaf<number> =>
  (byDefault) => {
    const size = UNITS[roomUnit] ?? 1;
    const [least, most] = [parseDuration(low) ?? 0, parseDuration(high) ?? Infinity];
    const written = z.union([z.string().max(40), z.number()]).superRefine((value, context) => {
      const milliseconds = parseDuration(value);
      if (milliseconds === undefined) context.addIssue('this is no time such as 500ms, 30s, 5m, 4h or 5d');
      else if (milliseconds < least || milliseconds > most)
        context.addIssue(`must be between ${low} and ${high}`);
    });
    return z
      .codec(written, z.number(), {
        decode: (value) => (parseDuration(value) ?? 0) / size,
        encode: (value) => formatDuration(value * size),
      })
      .prefault(formatDuration(byDefault * size))
      .describe(`${what} (${low} to ${high})`);
  };

const SIZES: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

function parseSize(text: string | number): number | undefined {
  const [, amount = '', unit = ''] = /^(\d+)([KMG]?)$/.exec(String(text)) ?? [];
  return amount === '' ? undefined : Number(amount) * (SIZES[unit] ?? 1);
}

function formatSize(octets: number): string {
  const [unit = '', size = 1] =
    Object.entries(SIZES).findLast(([, length]) => octets >= length && octets % length === 0) ?? [];
  return `${octets / size}${unit}`;
}

/** A number of octets: `65536`, `64K`, `50M`, `1G`. Bounds are written the same way. */
export const size =
  (low: string, high: string, what: string): Leaf<number> =>
  (byDefault) => {
    const [least, most] = [parseSize(low) ?? 0, parseSize(high) ?? Infinity];
    const written = z.union([z.string().max(40), z.number()]).superRefine((value, context) => {
      const octets = parseSize(value);
      if (octets === undefined) context.addIssue('this is no size such as 65536, 64K, 50M or 1G');
      else if (octets < least || octets > most) context.addIssue(`must be between ${low} and ${high}`);
    });
    return z
      .codec(written, z.number(), { decode: (value) => parseSize(value) ?? 0, encode: formatSize })
      .prefault(formatSize(byDefault))
      .describe(`${what} (${low} to ${high})`);
  };

/** Like {@link networks}, and `unix` for every peer of a unix socket. */
export const peers =
  (what: string): Leaf<string[]> =>
  (byDefault) =>
    withDefault(
      z
        .array(
          z.string().superRefine((entry, context) => {
            const fault = entry === 'unix' ? undefined : networkFault(entry);
            if (fault !== undefined) context.addIssue(fault);
          }),
        )
        .max(10_000),
      byDefault,
      what,
    );

import { z } from 'zod';
import type { LoadedConfig } from './load.ts';
import { configSchema } from './schema.ts';

/** JSON Schema of the configuration file. */
export function configJsonSchema(): object {
  return {
    title: 'Tamis configuration',
    ...z.toJSONSchema(configSchema, { io: 'input', target: 'draft-2020-12', unrepresentable: 'any' }),
  };
}

/** The settings in force as an admin would write them. Secrets (passwords in URLs) are masked. */
export function printableConfig({ config }: LoadedConfig): unknown {
  return mask(z.encode(configSchema, config));
}

function mask(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/^(rediss?:\/\/)[^@/]*@/, '$1***@');
  if (Array.isArray(value)) return value.map(mask);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      /password|secret/.test(key) && typeof member === 'string' && member !== '' ? '***' : mask(member),
    ]),
  );
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/**
 * npm running on an older Node installs older releases without a word: mailauth 4, say, whose DMARC alignment can be
 * bypassed. These majors matter.
 */
it.each([
  ['mailauth', 7],
  ['smtp-server', 3],
  ['piscina', 5],
  ['ioredis', 6],
  ['parse5', 8],
  ['zod', 4],
  ['node', 24],
])('%s is of major version %i', (name, major) => {
  const manifest = join(import.meta.dirname, '../../node_modules', name, 'package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  expect(Number(version.split('.')[0])).toBe(major);
});

it('runs on Node 24 or newer', () => {
  expect(Number(process.versions.node.split('.')[0])).toBeGreaterThanOrEqual(24);
});

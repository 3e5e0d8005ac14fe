/**
 * Proves that imports run downwards: each room of src/ may import from the rooms in its row of the table and from
 * itself. Tests (`*.test.ts`, `test/`) may import anything. Exits 1 with a line per fault; also when it saw no module.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

const leaves = ['log', 'message', 'net', 'state'];
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  log: [],
  message: [],
  net: ['log'],
  state: ['log'],
  authentication: ['log', 'message', 'net', 'state'],
  filter: [...leaves, 'authentication'],
  policy: [...leaves, 'authentication'],
  sieve: ['message'],
  store: ['log', 'message', 'state'],
  delivery: ['log', 'message', 'net', 'state', 'policy', 'sieve', 'store'],
  transaction: [...leaves, 'authentication', 'filter', 'policy'],
  servers: [...leaves, 'filter', 'policy', 'sieve', 'store', 'delivery', 'transaction'],
  config: ['*'],
  daemon: ['*'],
  cli: ['*'],
};
/** Rooms nobody but these may import: configuration is handed down as settings, never reached for. */
const ONLY_FROM: Readonly<Record<string, readonly string[]>> = {
  config: ['daemon', 'cli'],
  daemon: ['cli'],
  cli: [],
};

const root = join(import.meta.dirname, '..', 'src');
const room = (file: string): string => (relative(root, file).split(sep)[0] ?? '').replace(/\.ts$/, '');

let modules = 0;
let imports = 0;
const faults: string[] = [];
for (const name of globSync('**/*.ts', { cwd: root })) {
  if (name.endsWith('.test.ts')) continue;
  modules++;
  const file = join(root, name);
  const from = room(file);
  const allowed = ROOMS[from];
  if (allowed === undefined) {
    faults.push(`src/${name}: the room "${from}" is not in the table of scripts/layers.ts`);
    continue;
  }
  for (const match of readFileSync(file, 'utf8').matchAll(
    /(?:\bfrom|\bimport|\bimport\(|new URL\()\s*\(?\s*'(\.[^']+\.ts)'/g,
  )) {
    const target = join(dirname(file), match[1] ?? '');
    const to = room(target);
    imports++;
    if (relative(root, target).startsWith('..'))
      faults.push(`src/${name}: imports ${match[1]}, outside src/`);
    else if (
      to !== from &&
      !allowed.includes(to) &&
      (!allowed.includes('*') || !(ONLY_FROM[to]?.includes(from) ?? true))
    )
      faults.push(`src/${name}: ${from} may not import ${to} (${match[1]})`);
  }
}
if (modules === 0 || imports === 0)
  faults.push(`looked at ${modules} modules and ${imports} imports: that cannot be all`);
for (const fault of faults) console.error(fault);
console.log(`layers: ${modules} modules, ${imports} imports, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;

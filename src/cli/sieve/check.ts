import { basename } from 'node:path';
import { compile } from '../../sieve/index.ts';
import { EXIT } from '../io.ts';
import { countDiagnostics, printDiagnostics } from './diagnostics.ts';
import { readFile, type SieveIo } from './read.ts';

/** `tamis sieve check FILE`: compiles a script and tells what is wrong with it. 1 when it cannot be used. */
export function sieveCheck(file: string, io: SieveIo): number {
  const source = readFile(file, io);
  if (source === undefined) return EXIT.input;
  const name = file === '-' ? 'script' : basename(file, '.sieve');
  const { script, diagnostics } = compile(source, { name });
  printDiagnostics(name, diagnostics, source, io);
  const count = countDiagnostics(diagnostics);
  io.stdout(`${file}: ${count === '' ? 'fine' : count}\n`);
  return script === undefined ? EXIT.input : EXIT.ok;
}

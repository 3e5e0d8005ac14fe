import { basename } from 'node:path';
import { compile } from '../../sieve/index.ts';
import { EXIT } from '../io.ts';
import { countDiagnostics, printDiagnostics } from './diagnostics.ts';
import { readFile, refuseTwoInputs, type SieveIo } from './read.ts';
import { TRIAL_CAPABILITIES } from './trial.ts';

/**
 * `tamis sieve check FILE…`: compiles scripts and tells what is wrong with them; with `json` one object a script and
 * line. 1 when one of them cannot be used.
 */
export function sieveCheck(files: readonly string[], json: boolean, io: SieveIo): number {
  const usage = refuseTwoInputs(files, io);
  if (usage !== undefined) return usage;
  const usable = files.map((file) => checkOne(file, json, io));
  return usable.every(Boolean) ? EXIT.ok : EXIT.input;
}

function checkOne(file: string, json: boolean, io: SieveIo): boolean {
  const source = readFile(file, io);
  if (source === undefined) return false;
  const name = file === '-' ? 'script' : basename(file, '.sieve');
  const { script, diagnostics } = compile(source, { name, available: TRIAL_CAPABILITIES });
  const usable = script !== undefined;
  if (json) {
    const requires = script?.requires ?? [];
    io.stdout(`${JSON.stringify({ file, usable, requires, diagnostics })}\n`);
    return usable;
  }
  printDiagnostics(name, diagnostics, source, io);
  const count = countDiagnostics(diagnostics);
  io.stdout(`${file}: ${count === '' ? 'fine' : count}\n`);
  return usable;
}

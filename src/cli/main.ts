import { Command, CommanderError } from 'commander';
import { commands } from './commands.ts';
import { EXIT, processIo } from './io.ts';
import { version } from '../daemon/version.ts';

const io = processIo();
const program = new Command('tamis')
  .description('Mail filter, Sieve engine and mail store between the network and the mailbox.')
  .version(version())
  .showHelpAfterError('(--help shows what there is)')
  .exitOverride()
  .configureOutput({ writeOut: (text) => io.stdout(text), writeErr: (text) => io.stderr(text) });
// Only the command that is called is loaded; all of them for the help.
const called = process.argv[2] ?? '';
const wanted = Object.hasOwn(commands, called) ? [called] : Object.keys(commands);
for (const name of wanted)
  (await commands[name]?.())?.(program, io, (code) => void (process.exitCode = code));

// A reader that went away (`tamis scan … | head`) ends us quietly.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.ok);
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else {
    // What reaches this is a fault of ours or of the machine (a full disk): say it whole.
    io.stderr(`tamis: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = EXIT.input;
  }
}

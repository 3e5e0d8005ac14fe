import { Command, CommanderError } from 'commander';
import { commands } from '../../src/cli/commands.ts';
import { EXIT, type Io } from '../../src/cli/io.ts';

export interface CommandRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of `tamis` in this process, as `main.ts` does, with a configuration. */
export async function runCommand(config: string, ...args: readonly string[]): Promise<CommandRun> {
  let [code, stdout, stderr]: [number, string, string] = [EXIT.ok, '', ''];
  const io: Io = {
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
    color: false,
    interactive: false,
  };
  const program = new Command('tamis')
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout(text), writeErr: (text) => io.stderr(text) });
  const [name = '', sub = '', ...rest] = args;
  (await commands[name]?.())?.(program, io, (exit) => void (code = exit));
  try {
    await program.parseAsync([name, sub, '--config', config, ...rest], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    code = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  return { code, stdout, stderr };
}

import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { UsageFault } from '../mail/open.ts';

export interface PasswordOptions {
  readonly passwordFile?: string;
  readonly passwordEnv?: string;
}

/** A password from a file, the environment, or the terminal: as an argument everybody on the machine could read it. */
export async function readPassword(
  { passwordFile, passwordEnv }: PasswordOptions,
  prompt: string,
): Promise<string> {
  if (passwordFile !== undefined) {
    const text = await readFile(passwordFile, 'utf8').catch((error: unknown) => {
      throw new UsageFault((error as Error).message);
    });
    return text.split('\n')[0]?.replace(/\r$/, '') ?? '';
  }
  if (passwordEnv !== undefined) {
    const value = process.env[passwordEnv];
    if (value === undefined) throw new UsageFault(`there is no ${passwordEnv} in the environment`);
    return value;
  }
  if (!process.stdin.isTTY) throw new UsageFault('no terminal to ask for the password: use --password-file');
  process.stderr.write(prompt);
  // What is typed is not shown.
  const silent = new Writable({ write: (_, __, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}

import type { Command } from 'commander';
import { addConfigCommand } from './config.ts';
import type { Io } from './io.ts';
import { addScanCommand } from './scan.ts';
import { addSendCommand } from './send.ts';
import { addServeCommand } from './serve.ts';
import { addSieveCommand } from './sieve.ts';
import { addUserCommand } from './user.ts';

/** Adds a command to the program; `exit` sets the exit code (see `EXIT`). */
export type AddCommand = (program: Command, io: Io, exit: (code: number) => void) => void;

/** The commands of `tamis`, in the order of `--help`. */
export const commands: readonly AddCommand[] = [
  addServeCommand,
  addScanCommand,
  addSendCommand,
  addSieveCommand,
  addUserCommand,
  addConfigCommand,
];

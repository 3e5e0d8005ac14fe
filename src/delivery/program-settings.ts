/** Programs that scripts may run (`vnd.dovecot.pipe`, `vnd.dovecot.filter`, `vnd.dovecot.execute`). */
export interface ProgramSettings {
  /** Folder of the programs; '' for none. Nobody but the admin may be able to write to it. */
  folder: string;
  /** Names of the programs that each command may run: names of files in the folder. */
  pipe: readonly string[];
  filter: readonly string[];
  execute: readonly string[];
  /** Seconds a program may take. */
  timeout: number;
  /** Octets a program may write to its standard output. */
  outputBytes: number;
  /** Programs that run at the same time; others wait. */
  concurrency: number;
}

/** A program that makes one media type of another (RFC 6558). */
export interface Converter {
  /** Media types, `image/tiff`; of text the program gets UTF-8 and gives UTF-8. */
  from: string;
  to: string;
  /** Name of a file in the folder of the programs. */
  program: string;
}

export const defaultProgramSettings: ProgramSettings = {
  folder: '',
  // A program does whatever its author did not think of: the admin names each one.
  pipe: [],
  filter: [],
  execute: [],
  // The client waits for its answer meanwhile, and one mail may run several.
  timeout: 10,
  // A message of the greatest usual size, encoded.
  outputBytes: 64 * 1024 * 1024,
  // Each is a process of its own: a flood of mail must not become a flood of processes.
  concurrency: 4,
};

/** What a document of Office can do besides being read. */
export interface DocumentFacts {
  /** Holds macros (VBA, Basic, or sheets of Excel 4 macros). */
  macros: boolean;
  /** Has sheets of Excel 4 macros. */
  macroSheets: boolean;
  /** Names of procedures that run by themselves. */
  autoRun: string[];
  /** Words of macros that start, fetch or write programs. */
  suspicious: string[];
  isMalicious: boolean;
  downloadsProgram: boolean;
  /** Macros are there, but only in compiled form: their source was taken away. */
  withoutSource: boolean;
  /** Needs a password, which readers without one cannot look behind. */
  encrypted: boolean;
  /** Addresses of templates, frames and objects loaded when the document is opened. */
  external: string[];
  /** Fields that start programs. */
  dde: boolean;
  /** Objects of the equation editor, whose faults are used to run code. */
  equation: boolean;
  /** Names of files packed inside as objects. */
  embedded: string[];
  /** Objects in RTF that are updated, and so run, as soon as the document is opened. */
  updatedObject: boolean;
  /** Addresses a reader can click on. */
  links: string[];
}

export const noFacts = (): DocumentFacts => ({
  macros: false,
  macroSheets: false,
  autoRun: [],
  suspicious: [],
  isMalicious: false,
  downloadsProgram: false,
  withoutSource: false,
  encrypted: false,
  external: [],
  dde: false,
  equation: false,
  embedded: [],
  updatedObject: false,
  links: [],
});

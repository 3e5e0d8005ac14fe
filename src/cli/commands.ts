import type { Command } from 'commander';
import type { Io } from './io.ts';

/** Adds a command to the program; `exit` sets the exit code (see `EXIT`). */
export type AddCommand = (program: Command, io: Io, exit: (code: number) => void) => void;

/**
 * The commands of `tamis`, in the order of `--help`. Each is loaded when it is used: all of them together take half a
 * second, which nobody wants to wait for a `config check`.
 */
export const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  serve: async () => (await import('./serve.ts')).addServeCommand,
  scan: async () => (await import('./scan.ts')).addScanCommand,
  send: async () => (await import('./send.ts')).addSendCommand,
  learn: async () => (await import('./learn.ts')).addLearnCommand,
  forget: async () => (await import('./learn.ts')).addForgetCommand,
  reputation: async () => (await import('./reputation.ts')).addReputationCommand,
  bayes: async () => (await import('./bayes.ts')).addBayesCommand,
  sieve: async () => (await import('./sieve.ts')).addSieveCommand,
  user: async () => (await import('./user.ts')).addUserCommand,
  mailbox: async () => (await import('./mailbox.ts')).addMailboxCommand,
  quota: async () => (await import('./quota.ts')).addQuotaCommand,
  import: async () => (await import('./import.ts')).addImportCommand,
  export: async () => (await import('./export.ts')).addExportCommand,
  store: async () => (await import('./store.ts')).addStoreCommand,
  acl: async () => (await import('./acl.ts')).addAclCommand,
  dkim: async () => (await import('./dkim.ts')).addDkimCommand,
  dmarc: async () => (await import('./dmarc.ts')).addDmarcCommand,
  eval: async () => (await import('./eval.ts')).addEvalCommand,
  scores: async () => (await import('./scores.ts')).addScoresCommand,
  model: async () => (await import('./model.ts')).addModelCommand,
  rules: async () => (await import('./rules.ts')).addRulesCommand,
  config: async () => (await import('./config.ts')).addConfigCommand,
};

import { ConfigError } from '../../config/read.ts';
import { loadConfig } from '../../config/load.ts';
import { openAccounts, openConfiguredState } from '../../daemon/accounts.ts';
import { createScriptLog, type ScriptLogEntry } from '../../delivery/script-log.ts';
import { silentLog } from '../../log.ts';
import { StateError } from '../../state/types.ts';
import { EXIT, type Io, paint } from '../io.ts';
import { printable } from './trace.ts';

/**
 * `tamis sieve log ACCOUNT`: what the scripts of an account decided lately, and their errors, the newest first; with
 * `json` one object a mail and line. 1 when there is no such account.
 */
export async function sieveLog(
  address: string,
  options: { config?: string; json: boolean },
  io: Io,
): Promise<number> {
  try {
    const { config } = loadConfig(options.config, process.env);
    const state = await openConfiguredState(config, silentLog);
    try {
      const account = await openAccounts(config, state).resolve(address);
      if (account === undefined) {
        io.stderr(`tamis: there is no account ${address}\n`);
        return EXIT.input;
      }
      const entries = await createScriptLog(state, Date.now, silentLog).read(account);
      for (const entry of entries)
        io.stdout(options.json ? `${JSON.stringify(entry)}\n` : entryText(entry, io));
      return EXIT.ok;
    } finally {
      await state.close();
    }
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof StateError)) throw error;
    io.stderr(`${paint(io, 'red', `tamis: ${error.message}`)}\n`);
    return EXIT.input;
  }
}

function entryText({ time, sender, subject, actions, errors }: ScriptLogEntry, io: Io): string {
  const when = paint(io, 'dim', `${time.slice(0, 19).replace('T', ' ')}Z`);
  let text = `${when}  ${printable(`<${sender}>  ${subject}`)}\n`;
  for (const action of actions) text += `    ${paint(io, 'cyan', printable(action))}\n`;
  for (const error of errors) text += `    ${paint(io, 'red', printable(error))}\n`;
  return text;
}

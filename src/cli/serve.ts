import { resolve } from 'node:path';
import { CONFIG_OPTION, loadConfig, type LoadedConfig } from '../config/load.ts';
import { ConfigError } from '../config/read.ts';
import { Daemon } from '../daemon/daemon.ts';
import { addDemoAccount, demoConfig, demoText } from '../daemon/demo.ts';
import { createLog, type DaemonLog } from '../daemon/log.ts';
import { notifySystemd } from '../daemon/notify.ts';
import type { AddCommand } from './commands.ts';
import { EXIT, paint, type Io } from './io.ts';

interface Options {
  config?: string;
  demo?: true;
  data: string;
}

/** `tamis serve`: the servers, until a signal ends them. */
export const addServeCommand: AddCommand = (program, io, exit) => {
  program
    .command('serve')
    .description('run the servers; SIGHUP reloads the configuration, SIGTERM and Ctrl-C drain and stop')
    .option('--config <file>', CONFIG_OPTION)
    .option(
      '--demo',
      'first steps: a configuration and an account made in the data folder, free ports when taken',
    )
    .option('--data <folder>', 'data folder of --demo', 'data')
    .action(async (options: Options) => exit(await serve(options, io)));
};

async function serve(options: Options, io: Io): Promise<number> {
  const file = options.demo ? demoConfig(resolve(options.data)) : options.config;
  let loaded: LoadedConfig;
  try {
    loaded = loadConfig(file, process.env, { keys: true });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const line of error.message.split('\n')) io.stderr(`${paint(io, 'red', line)}\n`);
    return EXIT.input;
  }
  const log = createLog(loaded.config.log, (line) => io.stdout(line));
  let daemon: Daemon;
  try {
    const password = options.demo ? await addDemoAccount(loaded) : undefined;
    daemon = await Daemon.start(loaded, log, { portFallback: options.demo ?? false });
    if (options.demo) io.stdout(demoText(loaded, daemon.listening, password));
  } catch (error) {
    log.error({ err: error }, 'cannot start');
    io.stderr(`${paint(io, 'red', `tamis: ${(error as Error).message}`)}\n`);
    return EXIT.input;
  }
  const notify = (...states: string[]): void =>
    notifySystemd(states, process.env, (reason) => log.warn({ reason }, 'systemd was not notified'));
  notify('READY=1', `STATUS=listening at ${daemon.listening.map(({ address }) => address).join(', ')}`);
  return untilStopped(daemon, loaded.file, log, notify);
}

/** Reloads on SIGHUP; resolves with the exit code when SIGTERM, SIGINT or a fault of ours has stopped the daemon. */
function untilStopped(
  daemon: Daemon,
  file: string | undefined,
  log: DaemonLog,
  notify: (...states: string[]) => void,
): Promise<number> {
  let reloads = Promise.resolve();
  const reload = async (): Promise<void> => {
    try {
      await daemon.reload(loadConfig(file, process.env, { keys: true }));
    } catch (error) {
      if (error instanceof ConfigError)
        for (const fault of error.message.split('\n')) log.error({ fault }, 'configuration not reloaded');
      else log.error({ err: error }, 'configuration not reloaded');
    }
    notify('READY=1');
  };
  process.on('SIGHUP', () => {
    reloads = reloads.then(reload);
  });

  return new Promise((resolve) => {
    let stopping = false;
    const stop = (reason: string, code: number): void => {
      if (stopping) {
        log.warn({ reason }, 'stopped at once');
        process.exit(code);
      }
      stopping = true;
      log.info({ reason }, 'stopping: what is under way ends first');
      notify('STOPPING=1');
      void reloads
        .then(() => daemon.stop())
        .then(() => {
          log.info({}, 'stopped');
          resolve(code);
          // Nothing of ours is left; a handle of a library must not keep us.
          setTimeout(() => process.exit(code), 2000).unref();
        });
    };
    process.on('SIGTERM', () => stop('SIGTERM', EXIT.ok));
    process.on('SIGINT', () => stop('SIGINT', EXIT.ok));
    // A fault of ours: what is under way gets its chance, and the service manager starts us anew. Unanswered mail is
    // tried again by its sender.
    process.on('uncaughtException', (err) => {
      log.error({ err }, 'fault');
      stop('fault', EXIT.input);
    });
  });
}

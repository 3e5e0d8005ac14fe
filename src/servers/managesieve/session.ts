import type { Log } from '../../log.ts';
import type { Channel } from '../../policy/sasl/types.ts';
import { ScriptStoreError, type ScriptStoreReason } from '../../store/script-types.ts';
import { Arguments, ArgumentError } from './arguments.ts';
import { capabilities } from './capabilities.ts';
import { commands } from './commands/index.ts';
import type { CommandResult } from './commands/command.ts';
import type { SessionOptions } from './options.ts';
import type { Line, Response, ResponseCode } from './wire/types.ts';
import { writeCapabilities, writeResponse } from './wire/writer.ts';

/** What comes of a line: octets for the client, and what the connection does then. */
export interface Reply {
  readonly output: Buffer;
  readonly next?: 'close' | 'starttls';
}

/** The connection of a session. */
export interface Link {
  /** Whether TLS could be begun. */
  readonly startTls: boolean;
  /** Sends a challenge and gives the client's next line; undefined when the client is gone. */
  ask(challenge: Uint8Array): Promise<Line | undefined>;
}

/** One client, from its greeting to its end. Knows no socket. Commands run one after another. */
export class Session {
  readonly options: SessionOptions;
  readonly link: Link;
  channel: Channel;
  /** Whose scripts they are, once somebody has logged in. */
  account: string | undefined;
  failedLogins = 0;
  #errors = 0;

  constructor(options: SessionOptions, channel: Channel, link: Link) {
    this.options = options;
    this.channel = channel;
    this.link = link;
  }

  get log(): Log {
    return this.options.log;
  }

  /** RFC 5804 §1.7: the capabilities and OK, when the client has connected and again when TLS is up. */
  greeting(): Buffer {
    const text = this.channel.tls === undefined ? 'Tamis ManageSieve' : 'TLS is up';
    return Buffer.concat([writeCapabilities(capabilities(this)), writeResponse({ status: 'OK', text })]);
  }

  /** TLS is up: what was said before does not count (RFC 5804 §2.2). */
  secured(channel: Channel): void {
    this.channel = channel;
    this.account = undefined;
  }

  /** Never rejects. */
  async execute(line: Line): Promise<Reply> {
    const { response, data, next } = await this.#run(line);
    this.#errors = response.status === 'OK' || isAboutScript(response) ? 0 : this.#errors + 1;
    const last = writeResponse(response);
    const output = data === undefined ? last : Buffer.concat([data, last]);
    if (response.status === 'BYE' || next === 'close') return { output, next: 'close' };
    if (this.#errors >= this.options.settings.errors) {
      const bye = writeResponse({ status: 'BYE', text: 'Too many errors' });
      return { output: Buffer.concat([output, bye]), next: 'close' };
    }
    return next === undefined ? { output } : { output, next };
  }

  async #run(line: Line): Promise<CommandResult> {
    if (line.type === 'malformed') return no(line.fault);
    if (line.type === 'response') return no('A command is expected');
    const command = commands.get(line.name);
    if (command === undefined) return no('There is no such command');
    if (command.state === 'logged-in' && this.account === undefined) return no('Log in first');
    if (command.state === 'logged-out' && this.account !== undefined) return no('You have logged in already');
    const [least, most] = command.arguments;
    const args = new Arguments(line.arguments);
    if (args.count < least || args.count > most)
      return no(`${command.name} takes ${least === most ? least : `${least} to ${most}`} arguments`);
    try {
      return await command.run(this, args);
    } catch (error) {
      return { response: this.#failure(error, command.name) };
    }
  }

  #failure(error: unknown, command: string): Response {
    if (error instanceof ArgumentError)
      return {
        status: 'NO',
        text: error.message,
        ...(error.code === undefined ? {} : { code: error.code }),
      };
    if (error instanceof ScriptStoreError && error.reason !== 'io' && error.reason !== 'full') {
      const code = CODES[error.reason];
      return { status: 'NO', text: error.message, ...(code === undefined ? {} : { code: { name: code } }) };
    }
    this.log.error({ err: error, account: this.account, command }, 'command failed');
    return { status: 'NO', code: { name: 'TRYLATER' }, text: 'It did not work, try again later' };
  }
}

const no = (text: string): CommandResult => ({ response: { status: 'NO', text } });

/** RFC 5804 §1.3. */
const CODES: Readonly<Partial<Record<ScriptStoreReason, Exclude<ResponseCode['name'], 'SASL' | 'TAG'>>>> = {
  'not-found': 'NONEXISTENT',
  exists: 'ALREADYEXISTS',
  active: 'ACTIVE',
  scripts: 'QUOTA/MAXSCRIPTS',
  size: 'QUOTA/MAXSIZE',
  storage: 'QUOTA/MAXSTORAGE',
};

/** A script that has errors, or is not there, is no misuse of the protocol. */
const isAboutScript = ({ code, text }: Response): boolean =>
  (code !== undefined && code.name !== 'ENCRYPT-NEEDED') || text?.includes(': error: ') === true;

import type { Channel } from '../../policy/sasl/types.ts';
import { StoreError } from '../../store/types.ts';
import type { UserCounts } from '../lines/user-counts.ts';
import { commands } from './commands/index.ts';
import type { LoginTimes } from './login-times.ts';
import { Maildrop } from './maildrop.ts';
import type { Pop3Options } from './options.ts';
import {
  type Afterwards,
  ClientGone,
  type Command,
  type Link,
  type Reply,
  type Session,
  type State,
} from './types.ts';

/** Octets that are gathered before they are sent. */
const FLUSH_OCTETS = 32 * 1024;

/** One client, from its greeting to its end. Knows no socket. Commands run one after another. */
export class Pop3Session implements Session {
  readonly options: Pop3Options;
  readonly link: Link;
  channel: Channel;
  userName: string | undefined;
  afterwards: Afterwards | undefined;
  readonly #users: UserCounts;
  readonly #loginTimes: LoginTimes;
  #waiting: Buffer[] = [];
  #waitingOctets = 0;
  #account: string | undefined;
  #maildrop: Maildrop | undefined;
  #failedLogins = 0;
  #errors = 0;

  constructor(
    options: Pop3Options,
    channel: Channel,
    link: Link,
    shared: { readonly users: UserCounts; readonly loginTimes: LoginTimes },
  ) {
    this.options = options;
    this.channel = channel;
    this.link = link;
    this.#users = shared.users;
    this.#loginTimes = shared.loginTimes;
  }

  get state(): State {
    return this.#maildrop === undefined ? 'authorization' : 'transaction';
  }

  get maildrop(): Maildrop {
    if (this.#maildrop === undefined) throw new Error('nobody has logged in');
    return this.#maildrop;
  }

  /** RFC 1939 §4. Without a timestamp: there is no APOP, which wants passwords that can be read. */
  greet(): void {
    this.send('+OK Tamis');
  }

  /** TLS is up: what was said before does not count (RFC 2595 §4). */
  secured(channel: Channel): void {
    this.channel = channel;
    this.userName = undefined;
  }

  /** Never rejects but with {@link ClientGone}. Gives what the connection does then. */
  async execute(line: string): Promise<Afterwards | undefined> {
    this.afterwards = undefined;
    const { reply, misuse } = await this.#run(line);
    this.#errors = misuse ? this.#errors + 1 : 0;
    if (reply !== undefined) this.send(replyText(reply));
    if (this.#errors >= this.options.settings.errors) this.afterwards = 'close';
    // In clear for the last time: the connection sends it when it has thrown away what came behind the command.
    const { afterwards } = this as { afterwards: Afterwards | undefined };
    if (afterwards !== 'stls') await this.flush();
    return afterwards;
  }

  /** What waits to be sent. */
  takeOutput(): Buffer {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingOctets = 0;
    return waiting.length === 1 ? (waiting[0] ?? Buffer.alloc(0)) : Buffer.concat(waiting);
  }

  /** The connection has ended. Nothing is removed (RFC 1939 §6). */
  end(): void {
    this.#maildrop = undefined;
    if (this.#account !== undefined) this.#users.leave(this.#account);
    this.#account = undefined;
  }

  send(line: string): void {
    this.sendOctets(Buffer.from(`${line}\r\n`));
  }

  sendOctets(octets: Buffer): void {
    this.#waiting.push(octets);
    this.#waitingOctets += octets.length;
  }

  async flush(): Promise<void> {
    if (this.#waitingOctets >= FLUSH_OCTETS) await this.sendNow();
  }

  async sendNow(): Promise<void> {
    if (this.#waitingOctets === 0) return;
    // Messages are not copied; small answers go out together.
    const large = this.#waiting.some(({ length }) => length >= FLUSH_OCTETS);
    if (!large) return this.link.write(this.takeOutput());
    const pieces = this.#waiting;
    this.#waiting = [];
    this.#waitingOctets = 0;
    for (const piece of pieces) await this.link.write(piece);
  }

  async login(account: string): Promise<Reply> {
    const { settings, now, store } = this.options;
    if (!this.#loginTimes.admit(account, now(), settings.loginDelay))
      return { ok: false, code: 'LOGIN-DELAY', text: `Wait ${settings.loginDelay} seconds between logins` };
    if (!this.#users.enter(account))
      return { ok: false, code: 'IN-USE', text: 'This account has too many sessions' };
    try {
      const inbox = await (await store.account(account)).mailbox('INBOX');
      if (inbox === undefined) throw new StoreError('not-found', `${account} has no INBOX`);
      this.#maildrop = await Maildrop.open(inbox);
    } catch (error) {
      this.#users.leave(account);
      this.options.log.error({ err: error, account }, 'maildrop cannot be opened');
      return { ok: false, code: 'SYS/TEMP', text: 'The mail cannot be read now, try again later' };
    }
    this.#account = account;
    const { messages, octets } = this.#maildrop;
    return { ok: true, text: `${messages} messages (${octets} octets)` };
  }

  loginFailed(reply: Reply): Reply {
    this.userName = undefined;
    if (++this.#failedLogins >= this.options.settings.loginAttempts) this.afterwards = 'close';
    return reply;
  }

  async #run(line: string): Promise<{ reply: Reply | undefined; misuse: boolean }> {
    const [, name = '', rest] = /^([A-Za-z0-9]+)(?: ([^]*))?$/.exec(line) ?? [];
    const command = commands.get(name.toUpperCase());
    if (command === undefined) return misuse('There is no such command');
    if (!command.states.includes(this.state))
      return misuse(this.state === 'authorization' ? 'Log in first' : 'You have logged in already');
    const args = argumentsOf(command, rest);
    if (args === undefined) return misuse(`${command.name}: wrong arguments`);
    try {
      return { reply: await command.run(this, args), misuse: false };
    } catch (error) {
      if (error instanceof ClientGone) throw error;
      this.options.log.error({ err: error, account: this.#account, command: command.name }, 'command failed');
      return {
        reply: { ok: false, code: 'SYS/TEMP', text: 'It did not work, try again later' },
        misuse: false,
      };
    }
  }
}

const misuse = (text: string): { reply: Reply; misuse: true } => ({
  reply: { ok: false, text },
  misuse: true,
});

/** Undefined when they are not what the command takes. */
function argumentsOf(command: Command, rest = ''): readonly string[] | undefined {
  if (command.arguments === 'text') return rest === '' ? undefined : [rest];
  const args = rest.split(' ').filter((one) => one !== '');
  const [least, most] = command.arguments;
  return args.length < least || args.length > most ? undefined : args;
}

const replyText = ({ ok, code, text }: Reply): string =>
  `${ok ? '+OK' : '-ERR'} ${code === undefined ? '' : `[${code}] `}${text}`;

import type { Log } from '../../log.ts';
import type { Channel } from '../../policy/sasl/types.ts';
import { StoreError } from '../../store/types.ts';
import type { MailboxRef, MailUser, MessageFacts, Right } from '../../store/mail/types.ts';
import type { UserCounts } from '../lines/user-counts.ts';
import { capabilities } from './capabilities.ts';
import { commands } from './commands/index.ts';
import { NotifyWatch } from './notify/watch.ts';
import type { ImapOptions } from './options.ts';
import { Output } from './output.ts';
import { resolveSet } from './resolve.ts';
import { storeFailure } from './store-errors.ts';
import type {
  Afterwards,
  Command,
  Extension,
  Link,
  Result,
  Selected,
  SessionControl,
  State,
  ViewListener,
} from './types.ts';
import { takesUtf8 } from './text.ts';
import { View } from './view.ts';
import { ArgumentCursor } from './wire/cursor.ts';
import { BadArgument, ClientGone, Refusal } from './wire/errors.ts';
import { type Input, TAG } from './wire/reader.ts';
import type { Piece, SequenceSet } from './wire/types.ts';
import { humanText } from './wire/writer.ts';

/** Octets that are gathered before they are sent. */
const FLUSH_OCTETS = 32 * 1024;
/** A name of a command, with `UID` before it where it stands there (RFC 9051 §6.4.9). */
const NAME = / ((?:uid )?[a-z][a-z0-9-]{0,30})(?= |$)/iy;

/** One client, from its greeting to its end. Knows no socket. Commands run one after another. */
export class ImapSession implements SessionControl {
  readonly options: ImapOptions;
  readonly link: Link;
  readonly notify: NotifyWatch;
  channel: Channel;
  afterwards: Afterwards | undefined;
  readonly #users: UserCounts;
  readonly #output = new Output();
  readonly #enabled = new Set<Extension>();
  #user: MailUser | undefined;
  #view: View | undefined;
  #failedLogins = 0;
  #errors = 0;

  constructor(options: ImapOptions, channel: Channel, link: Link, users: UserCounts) {
    this.options = options;
    this.channel = channel;
    this.link = link;
    this.#users = users;
    this.notify = new NotifyWatch(this);
  }

  get log(): Log {
    return this.options.log;
  }

  get state(): State {
    if (this.#user === undefined) return 'not-authenticated';
    return this.#view === undefined ? 'authenticated' : 'selected';
  }

  get enabled(): ReadonlySet<Extension> {
    return this.#enabled;
  }

  get user(): MailUser {
    if (this.#user === undefined) throw new Error('nobody has logged in');
    return this.#user;
  }

  get selected(): Selected {
    return this.view;
  }

  get isOpen(): boolean {
    return this.#view !== undefined;
  }

  get view(): View {
    if (this.#view === undefined) throw new Error('no mailbox is open');
    return this.#view;
  }

  /** RFC 9051 §7.1.5: the greeting, with the capabilities. */
  greet(): Promise<void> {
    this.send(`OK [CAPABILITY ${capabilities(this).join(' ')}] Tamis`);
    return this.#write();
  }

  async bye(text: string, code = ''): Promise<void> {
    this.send(`BYE ${code === '' ? '' : `[${code}] `}${text}`);
    await this.#write();
  }

  /** TLS is up: what was said before does not count (RFC 9051 §6.2.1). */
  secured(channel: Channel): void {
    this.channel = channel;
  }

  /** Never rejects but with `ClientGone`. Gives what the connection does then. */
  async execute(input: Exclude<Input, { type: 'continue' }>): Promise<Afterwards | undefined> {
    this.afterwards = undefined;
    const { tag, result } = await this.#run(input);
    this.#errors = result.status === 'BAD' ? this.#errors + 1 : 0;
    this.sendRaw(`${tag ?? '*'} ${resultText(result)}`);
    if (this.#errors >= this.options.settings.errors) {
      this.send('BYE Too many errors');
      this.afterwards = 'close';
    }
    // In clear for the last time: the connection sends it when it has thrown away what came behind the command.
    const { afterwards } = this as { afterwards: Afterwards | undefined };
    if (afterwards !== 'starttls') await this.#write();
    return afterwards;
  }

  /** What waits to be sent. */
  takeOutput(): Buffer {
    return this.#output.take();
  }

  /** What watched mailboxes had to say while no command was running. */
  async tellNews(): Promise<void> {
    try {
      await this.notify.tell();
    } catch (error) {
      if (error instanceof ClientGone) throw error;
      this.#lost(error);
    }
    await this.#write();
  }

  /** The connection has ended. */
  end(): void {
    this.#forget();
  }

  enable(extension: Extension): void {
    this.#enabled.add(extension);
    // RFC 7162 §3.2.3: who resynchronises knows of modification sequences.
    if (extension === 'QRESYNC') this.#enabled.add('CONDSTORE');
  }

  send(...pieces: readonly Piece[]): void {
    this.#output.add('* ');
    for (const piece of pieces) this.#output.add(piece);
    this.#output.add('\r\n');
  }

  write(...pieces: readonly Piece[]): void {
    for (const piece of pieces) this.#output.add(piece);
  }

  sendRaw(line: string): void {
    this.#output.add(`${line}\r\n`);
  }

  async flush(): Promise<void> {
    if (this.#output.size >= FLUSH_OCTETS) await this.#write();
  }

  /** Sends what waits. */
  async sendNow(): Promise<void> {
    await this.#write();
  }

  async mailbox(name: string, ...rights: readonly Right[]): Promise<MailboxRef> {
    const ref = await this.user.mailbox(name);
    if (ref === undefined) {
      const code = /^$|\/\/|^\/|\/$/.test(name) ? 'CANNOT' : 'NONEXISTENT';
      throw new Refusal('There is no such mailbox', code);
    }
    demand(ref, rights);
    return ref;
  }

  require(...rights: readonly Right[]): void {
    if (this.view.readOnly) throw new Refusal('The mailbox is open for reading only', 'READ-ONLY');
    demand(this.view.ref, rights);
  }

  resolve(set: SequenceSet, by: 'uid' | 'sequence'): readonly number[] {
    if (by === 'sequence' && this.#enabled.has('UIDONLY'))
      throw new Refusal('Messages are named by their UIDs only', 'UIDREQUIRED', 'BAD');
    return resolveSet(this.view, set, by);
  }

  silence(changed: readonly { readonly uid: number; readonly modseq: number }[], whole: boolean): void {
    this.view.silence(changed, whole);
  }

  announceKeywords(used: readonly MessageFacts[]): void {
    this.view.tellKeywords(this, used);
  }

  async checkRights(): Promise<void> {
    const [user, view] = [this.#user, this.#view];
    if (user === undefined || view === undefined || view.mailbox.account === user.account) return;
    const { account, name, mailboxId } = view.mailbox;
    const ref = await user.mailbox(user.nameOf?.(account, name) ?? view.ref.name);
    if (ref?.mailbox.mailboxId !== mailboxId || !ref.rights.has('r'))
      throw new StoreError('not-found', 'there is no such mailbox any more');
    view.setRights(ref.rights);
  }

  listen(listener: ViewListener): () => void {
    return this.view.listen(listener);
  }

  label(uid: number): number {
    return this.#enabled.has('UIDONLY') ? uid : this.view.uids.sequence(uid);
  }

  async login(account: string): Promise<void> {
    if (!this.#users.enter(account)) throw new Refusal('This account has too many sessions', 'LIMIT');
    try {
      this.#user = await this.options.store.user(account);
    } catch (error) {
      this.#users.leave(account);
      throw error;
    }
    this.#failedLogins = 0;
  }

  loginFailed(): boolean {
    this.#failedLogins++;
    return this.#failedLogins >= this.options.settings.loginAttempts;
  }

  unauthenticate(): void {
    this.#forget();
    this.#enabled.clear();
  }

  async open(ref: MailboxRef, readOnly: boolean): Promise<View> {
    this.close();
    const view = await View.open(ref, readOnly);
    this.#view = view;
    this.options.search?.notice(ref.mailbox.account, ref.mailbox.name);
    this.notify.opened();
    return view;
  }

  close(): void {
    this.#view = undefined;
    this.notify.closed();
  }

  async tell(options: { readonly expunges: boolean; readonly look?: boolean }): Promise<void> {
    const view = this.#view;
    if (view !== undefined) {
      if (options.look === true) await view.mailbox.sync();
      await view.tell(this, options);
    }
  }

  async #run(
    input: Exclude<Input, { type: 'continue' }>,
  ): Promise<{ tag: string | undefined; result: Result }> {
    if (input.type === 'refused') {
      const { tag, status, text, code } = input;
      return { tag, result: { status, text, ...(code === undefined ? {} : { code }) } };
    }
    const tag = TAG.exec(input.text)?.[0];
    if (tag === undefined) return { tag, result: bad('A command begins with a tag') };
    NAME.lastIndex = tag.length;
    const name = NAME.exec(input.text)?.[1]?.toUpperCase();
    const command = name === undefined ? undefined : commands.get(name);
    if (command === undefined) return { tag, result: bad('There is no such command') };
    if (!command.states.includes(this.state)) return { tag, result: bad(WRONG_STATE[this.state]) };
    const args = new ArgumentCursor(input.text, input.literals, takesUtf8(this), NAME.lastIndex);
    const open = this.#view;
    let result: Result;
    try {
      if (!LEAVING.has(command.name)) await this.checkRights();
      result = await command.run(this, args, tag);
    } catch (error) {
      result = this.#failure(error, command.name);
    }
    return { tag, result: await this.#afterCommand(command, open, result) };
  }

  /** Tells what has happened meanwhile; the result with what that adds to it. */
  async #afterCommand(command: Command, open: View | undefined, result: Result): Promise<Result> {
    const view = this.#view;
    if (view === undefined || view !== open || command.tells === false) return result;
    const { status, code } = result;
    try {
      // A command that was not done tells nothing, unless that is just what the client has to know (RFC 5530 §3).
      if (status !== 'OK' && code !== 'EXPUNGEISSUED') {
        // Both throw when the mailbox is gone.
        await this.checkRights();
        view.mailbox.status();
        return result;
      }
      const withUid = command.name.startsWith('UID ');
      if (command.expunges) await view.mailbox.sync();
      const change = await view.tell(this, { expunges: command.expunges, withUid });
      // Who resynchronises knows everything up to here (RFC 7162 §3.2.7), also when it has heard of later changes.
      const waits = view.complete < view.modseq;
      if (code === undefined && (waits || (change?.removed.length ?? 0) > 0) && this.#enabled.has('QRESYNC'))
        return { ...result, code: `HIGHESTMODSEQ ${view.complete}` };
    } catch (error) {
      if (error instanceof ClientGone) throw error;
      this.#lost(error);
    }
    return result;
  }

  /** The open mailbox cannot be read any more. */
  #lost(error: unknown): void {
    if (!(error instanceof StoreError && error.reason === 'not-found'))
      this.log.error({ err: error, account: this.#user?.account }, 'mailbox cannot be read');
    this.close();
    this.send('BYE [UNAVAILABLE] The open mailbox is gone');
    this.afterwards = 'close';
  }

  #failure(error: unknown, command: string): Result {
    if (error instanceof ClientGone) throw error;
    if (error instanceof BadArgument) return bad(`${command}: ${error.message}`);
    if (error instanceof Refusal) {
      const { status, code, message } = error;
      return { status, text: message, ...(code === undefined ? {} : { code }) };
    }
    if (error instanceof StoreError && error.reason !== 'io') return storeFailure(error);
    this.log.error({ err: error, account: this.#user?.account, command }, 'command failed');
    return { status: 'NO', code: 'SERVERBUG', text: 'It did not work, try again later' };
  }

  #forget(): void {
    this.close();
    this.notify.clear();
    if (this.#user !== undefined) this.#users.leave(this.#user.account);
    this.#user = undefined;
  }

  async #write(): Promise<void> {
    if (this.#output.size > 0) await this.link.write(this.#output.take());
  }
}

function demand(ref: MailboxRef, rights: readonly Right[]): void {
  const missing = rights.find((right) => !ref.rights.has(right));
  if (missing === undefined) return;
  // Who may not even list it must not learn from the answer that it is there (RFC 4314 §6).
  if (!ref.rights.has('l')) throw new Refusal('There is no such mailbox', 'NONEXISTENT');
  throw new Refusal('You may not do that to this mailbox', 'NOPERM');
}

/** They need nothing of the open mailbox. */
const LEAVING: ReadonlySet<string> = new Set(['SELECT', 'EXAMINE', 'UNSELECT', 'UNAUTHENTICATE', 'LOGOUT']);

const WRONG_STATE: Readonly<Record<State, string>> = {
  'not-authenticated': 'Log in first',
  authenticated: 'Not now: either you have logged in already, or a mailbox has to be open',
  selected: 'Not while a mailbox is open',
};

const bad = (text: string): Result => ({ status: 'BAD', text });

const resultText = ({ status, code, text }: Result): string =>
  `${status} ${code === undefined ? '' : `[${code}] `}${humanText(text)}`;

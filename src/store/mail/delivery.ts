import { dirname, join } from 'node:path';
import { errorCode } from '../durable.ts';
import { uidOfName } from '../index/messages.ts';
import { MailboxChange } from '../index/change.ts';
import { type MailboxFacts, readFacts, SERVER_FACTS_FILE } from '../mailbox-facts.ts';
import { canonicalMailbox } from '../mailbox-name.ts';
import { specialUses, usualNames } from '../special-use.ts';
import {
  type AccountStore,
  type Delivered,
  type DeliverOptions,
  type MoveOptions,
  type StagedMessage,
  StoreError,
} from '../types.ts';
import type { IndexedAccount } from './account.ts';
import { checkQuota, commitIncoming } from './append.ts';
import { type StoreContext, tracked } from './context.ts';
import { knownFlags, readMailbox } from './core.ts';
import { storeError } from './errors.ts';
import { flagsFrom } from './flag-names.ts';
import { type Incoming, prepareIncoming, writeIncoming } from './incoming.ts';
import type { IndexedMailbox } from './mailbox.ts';

/** What delivery asks of an account: mail is staged, and then comes into the mailboxes and the index. */
export class AccountDelivery implements AccountStore {
  readonly account: string;
  readonly #mail: IndexedAccount;
  readonly #context: StoreContext;

  constructor(mail: IndexedAccount) {
    this.account = mail.account;
    this.#mail = mail;
    this.#context = mail.context;
  }

  async deliver(
    mailbox: string,
    pieces: readonly Uint8Array[],
    options?: DeliverOptions,
  ): Promise<Delivered> {
    return (await this.stage(mailbox, pieces, options)).commit();
  }

  stage(
    mailbox: string,
    pieces: readonly Uint8Array[],
    options: DeliverOptions = {},
  ): Promise<StagedMessage> {
    return this.#run(`deliver to ${mailbox}`, async () => {
      const name = canonicalMailbox(mailbox, this.#context.settings);
      try {
        return await this.#stage(name, pieces, options);
      } catch (error) {
        if (errorCode(error) !== 'ENOENT') throw error;
        // Somebody removed the mailbox, or the whole account, since we looked; once more, from the beginning.
        this.#mail.folders.forget();
        await this.#mail.refresh();
        return this.#stage(name, pieces, options);
      }
    });
  }

  async #stage(name: string, pieces: readonly Uint8Array[], options: DeliverOptions): Promise<StagedMessage> {
    await this.#mail.refresh();
    const folder = await this.#mail.folders.usable(name, options.create ?? false, options.specialUse);
    const mailbox = await this.#mailbox(name);
    const { flags, names } = await knownFlags(mailbox, flagsFrom(options.flags ?? []));
    const now = this.#context.now();
    const incoming = prepareIncoming(this.#context, { pieces, flags, internalDate: now }, names);
    await checkQuota(mailbox, [incoming]);
    await writeIncoming(this.#context, folder, incoming, pieces);
    return new Staging(this.#mail, name, mailbox, incoming);
  }

  async #mailbox(name: string): Promise<IndexedMailbox> {
    const mailbox = await this.#mail.mailbox(name);
    if (mailbox === undefined) throw new StoreError('not-found', `${this.account} has no mailbox ${name}`);
    return mailbox;
  }

  move(name: string, from: string, to: string, options: MoveOptions = {}): Promise<Delivered | undefined> {
    return this.#run(`move a message to ${to}`, async () => {
      const { settings } = this.#context;
      const { folders } = this.#mail;
      const source = canonicalMailbox(from, settings);
      const target = canonicalMailbox(to, settings);
      if (!(await folders.exists(source))) return undefined;
      await folders.usable(source, false);
      await folders.usable(target, options.create ?? false);
      const [here, there] = [await this.#mailbox(source), await this.#mailbox(target)];
      const uidIn = (mailbox: IndexedMailbox): number | undefined =>
        readMailbox(mailbox, (db, row) => uidOfName(db, row.id, name));
      // What other programs have done to it comes first.
      await here.sync();
      const uid = uidIn(here);
      if (uid === undefined) return undefined;
      const change = { add: flagsFrom(options.addFlags ?? []), remove: flagsFrom(options.removeFlags ?? []) };
      const pair = (await here.copy([uid], there, { move: true, ...change })).pairs[0];
      if (pair === undefined) return undefined;
      const place = readMailbox(there, (db, row) =>
        db.get<[number, string, string]>(
          'SELECT cur, info, name FROM message WHERE mailbox = ? AND uid = ?',
          row.id,
          pair[1],
        ),
      );
      if (place === undefined) return undefined;
      const path = there.files.path(place[2], { cur: place[0] === 1, info: place[1] });
      return { mailbox: target, path };
    });
  }

  exists(mailbox: string): Promise<boolean> {
    return this.#run(`look for ${mailbox}`, async () =>
      this.#mail.folders.exists(canonicalMailbox(mailbox, this.#context.settings)),
    );
  }

  create(mailbox: string, options: { specialUse?: string } = {}): Promise<void> {
    return this.#run(`create ${mailbox}`, async () => {
      const name = canonicalMailbox(mailbox, this.#context.settings);
      if (await this.#mail.folders.exists(name)) return;
      const { specialUse } = options;
      try {
        await this.#mail.create(name, specialUse === undefined ? {} : { specialUse: [specialUse] });
      } catch (error) {
        if (!(error instanceof StoreError) || error.reason !== 'exists') throw error;
      }
    });
  }

  mailboxes(): Promise<string[]> {
    return this.#run('list the mailboxes', () => this.#mail.folders.list());
  }

  mailboxById(id: string): Promise<string | undefined> {
    return this.#run('look for a mailbox by its id', () => this.#find((facts) => facts.id === id));
  }

  specialUse(attribute: string): Promise<string | undefined> {
    return this.#run(
      `look for the mailbox of ${attribute}`,
      async () => [...(await this.#uses())].find(([, uses]) => hasAttribute(uses, attribute))?.[0],
    );
  }

  hasSpecialUse(mailbox: string, attribute: string, given?: readonly string[]): Promise<boolean> {
    return this.#run(`look for ${attribute} of ${mailbox}`, async () => {
      const { settings } = this.#context;
      const name = canonicalMailbox(mailbox, settings);
      const uses = given ?? (await this.#mail.mailbox(name))?.specialUse;
      if (uses === undefined) return false;
      if (hasAttribute(uses, attribute)) return true;
      // Who has not been given it has it by a usual name, which few mailboxes have.
      const usual = settings.specialUse.filter((use) => hasAttribute([use.attribute], attribute));
      if (!usual.some((use) => usualNames(use).includes(name))) return false;
      return hasAttribute((await this.#uses()).get(name) ?? [], attribute);
    });
  }

  annotation(mailbox: string | undefined, name: string): Promise<string | undefined> {
    return this.#run('read an annotation', async () => {
      const { folders } = this.#mail;
      const valueIn = ({ metadata }: MailboxFacts): string | undefined =>
        Object.entries(metadata).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
      if (mailbox !== undefined)
        return valueIn(await folders.facts(folders.path(canonicalMailbox(mailbox, this.#context.settings))));
      // What the admin says of the server stands beside the accounts.
      const ofServer = await readFacts(dirname(folders.home), SERVER_FACTS_FILE).catch(() => undefined);
      const shared =
        name.toLowerCase().startsWith('/shared/') && ofServer !== undefined ? valueIn(ofServer) : undefined;
      return shared ?? valueIn(await folders.facts(folders.home));
    });
  }

  async #find(wanted: (facts: MailboxFacts) => boolean): Promise<string | undefined> {
    const { folders } = this.#mail;
    for (const name of await folders.list()) if (wanted(await folders.facts(folders.path(name)))) return name;
    return undefined;
  }

  async #uses(): Promise<ReadonlyMap<string, readonly string[]>> {
    const mailboxes = (await this.#mail.mailboxes()).map(({ name, specialUse }) => ({
      name,
      given: specialUse,
    }));
    return specialUses(mailboxes, this.#context.settings.specialUse);
  }

  /** Turns every failure into a {@link StoreError}, and lets `close` know that something is under way. */
  #run<T>(what: string, work: () => Promise<T>): Promise<T> {
    return tracked(this.#context, async () => {
      try {
        return await work();
      } catch (error) {
        throw storeError(error, `${this.account}: cannot ${what}`);
      }
    });
  }
}

/** A message in `tmp/`, and then in its mailbox. */
class Staging implements StagedMessage {
  readonly name: string;
  readonly mailbox: string;
  readonly #mail: IndexedAccount;
  readonly #incoming: Incoming;
  #target: IndexedMailbox;
  #committed: string | undefined;

  constructor(mail: IndexedAccount, mailbox: string, target: IndexedMailbox, incoming: Incoming) {
    this.#mail = mail;
    this.mailbox = mailbox;
    this.#target = target;
    this.#incoming = incoming;
    this.name = incoming.name;
  }

  get #temporary(): string {
    return join(this.#target.files.folder, 'tmp', this.name);
  }

  commit(): Promise<Delivered> {
    const incoming = this.#incoming;
    return tracked(this.#mail.context, async () => {
      try {
        await this.#current();
        this.#target.files.hold([this.name]);
        try {
          await commitIncoming(this.#target, [incoming], [this.#temporary]);
        } finally {
          this.#target.files.release([this.name]);
        }
        const path = this.#target.files.path(this.name, incoming);
        this.#committed = path;
        return { mailbox: this.mailbox, path };
      } catch (error) {
        await this.abort();
        throw storeError(error, `${this.#mail.account}: cannot deliver to ${this.mailbox}`);
      }
    });
  }

  /** The index may have been made anew since the message was staged. */
  async #current(): Promise<void> {
    await this.#mail.refresh();
    this.#target = (await this.#mail.mailbox(this.mailbox)) ?? this.#target;
  }

  async abort(): Promise<boolean> {
    const { context } = this.#mail;
    const path = this.#committed ?? this.#temporary;
    try {
      const gone = await context.disk.remove(path);
      if (this.#committed === undefined || !gone) return gone;
      const { index, mailboxId } = this.#target;
      await context.disk.syncFolder(join(path, '..'));
      await index.write((db) => {
        const change = new MailboxChange(db, mailboxId);
        const uid = uidOfName(db, change.row.id, this.name);
        if (uid !== undefined) change.remove(uid, false);
        change.finish(context.settings.index.expungedRanges);
      });
      this.#target.touched();
      this.#target.tell('messages');
      return true;
    } catch (err) {
      context.log.error({ account: this.#mail.account, path, err }, 'could not take a file back');
      return false;
    }
  }
}

/** Attributes are compared without regard to case (RFC 3501 §7.2.2). */
const hasAttribute = (attributes: readonly string[], attribute: string): boolean =>
  attributes.some((one) => one.toLowerCase() === attribute.toLowerCase());

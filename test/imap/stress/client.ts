import { setTimeout as sleep } from 'node:timers/promises';
import type { ImapClient, ImapReply } from '../../support/imap-client.ts';
import type { Ledger } from './ledger.ts';
import { makeMessage } from './messages.ts';
import type { Random } from './random.ts';
import { readSet } from './responses.ts';
import { ClientView, type Dialect, type During, type KnownMessage } from './view.ts';

/** Where clients work, and how much is there. */
export interface Plan {
  readonly mailbox: string;
  readonly other: string;
  /** Messages below which none are removed, and above which none are copied or appended. */
  readonly keep: number;
  readonly most: number;
  readonly connect: (client: string) => Promise<ImapClient>;
}

/** Searches, and the flags that what they find has. */
const CHECKED: Readonly<Record<string, string>> = {
  SEEN: '\\seen',
  DELETED: '\\deleted',
  FLAGGED: '\\flagged',
  'KEYWORD k1': 'k1',
  'KEYWORD $junk': '$junk',
};

/** Milliseconds in which every command is answered, however much the others do. */
const PATIENCE = 15_000;

/** Messages that a command names. */
export interface Named {
  /** `FETCH 1:3` */
  readonly text: string;
  readonly uids: readonly number[];
  readonly during: During;
}

export type Kind = 'rev1' | 'rev2' | 'condstore' | 'qresync' | 'uidonly' | 'notify';

export const DIALECTS: Readonly<Record<Kind, Dialect>> = {
  rev1: { rev2: false, condstore: false, qresync: false, uidOnly: false, notify: false },
  rev2: { rev2: true, condstore: false, qresync: false, uidOnly: false, notify: false },
  condstore: { rev2: false, condstore: true, qresync: false, uidOnly: false, notify: false },
  qresync: { rev2: true, condstore: true, qresync: true, uidOnly: false, notify: false },
  uidonly: { rev2: true, condstore: false, qresync: false, uidOnly: true, notify: false },
  notify: { rev2: true, condstore: false, qresync: false, uidOnly: false, notify: true },
};
const ENABLE: Readonly<Record<Kind, string>> = {
  rev1: '',
  rev2: 'IMAP4rev2',
  condstore: 'CONDSTORE',
  qresync: 'IMAP4rev2 QRESYNC',
  uidonly: 'IMAP4rev2 UIDONLY',
  notify: 'IMAP4rev2',
};

/** A client with one mailbox open that believes what it is told, and notices when that cannot be. */
export class StressClient {
  readonly name: string;
  readonly plan: Plan;
  readonly ledger: Ledger;
  readonly kind: Kind;
  view: ClientView;
  commands = 0;
  #client: ImapClient | undefined;
  /** The last lines, for whoever has to find out why. */
  readonly #trace: string[] = [];
  #messages = 0;

  constructor(name: string, kind: Kind, plan: Plan, ledger: Ledger) {
    this.name = name;
    this.kind = kind;
    this.plan = plan;
    this.ledger = ledger;
    this.view = new ClientView(ledger, DIALECTS[kind]);
  }

  get dialect(): Dialect {
    return DIALECTS[this.kind];
  }

  /** Whether it uses no sequence numbers. */
  get #onlyUids(): boolean {
    return this.dialect.uidOnly || this.dialect.notify;
  }

  get #imap(): ImapClient {
    if (this.#client === undefined) throw new Error('not connected');
    return this.#client;
  }

  async login(): Promise<void> {
    this.#client = await this.plan.connect(this.name);
    if (ENABLE[this.kind] !== '') await this.#client.ok(`ENABLE ${ENABLE[this.kind]}`);
  }

  async open(known?: { readonly messages: readonly KnownMessage[]; readonly modseq: number }): Promise<void> {
    this.view = new ClientView(this.ledger, this.dialect, known?.messages);
    const { uidValidity } = this.ledger;
    const parameters =
      known === undefined || uidValidity === undefined ? '' : ` (QRESYNC (${uidValidity} ${known.modseq}))`;
    const { highest } = this.ledger;
    const { uidNext, modseq } = { ...this.ledger.figures };
    const reply = await this.#ok(`SELECT ${this.plan.mailbox}${parameters}`);
    // What comes before CLOSED is about the mailbox that was open (RFC 7162 §3.2.11).
    const closed = reply.untagged.findIndex((line) => line.startsWith('OK [CLOSED]'));
    const untagged = reply.untagged.slice(closed + 1);
    // What has vanished is told after how many there are now.
    const gone = untagged.filter((line) => line.startsWith('VANISHED'));
    this.#hear(gone, { expunges: false, earlier: true });
    this.#hear(
      untagged.filter((line) => !gone.includes(line)),
      { expunges: false },
    );
    const sequence = reply.untagged
      .map((line) => /^OK \[HIGHESTMODSEQ (\d+)\]/.exec(line)?.[1])
      .find(Boolean);
    this.#check(() => {
      this.ledger.figure('uidNext', this.view.uidNext, Math.max(uidNext, highest + 1));
      this.ledger.figure('modseq', Number(sequence), modseq);
    });
    if (known !== undefined && this.view.unknown > 0)
      throw this.#fault(new Error('new messages were not told of by SELECT with QRESYNC'));
    if (this.dialect.notify)
      await this.run('NOTIFY SET (selected (MessageNew (UID FLAGS) MessageExpunge FlagChange))', {
        expunges: true,
      });
    await this.learn();
  }

  /** Runs a command that must be OK, hears what is said, and asks for the UIDs of what is new. */
  async run(command: string, during: During): Promise<ImapReply> {
    const reply = await this.#ok(command);
    this.#hear(reply.untagged, during);
    await this.learn();
    return reply;
  }

  /** UIDs of messages that are new. */
  async learn(): Promise<void> {
    while (this.view.unknown > 0) {
      const known = this.view.messages.findIndex(({ uid }) => uid === 0);
      const command = this.#onlyUids
        ? 'UID FETCH 1:* (FLAGS EMAILID)'
        : `FETCH ${known + 1}:* (UID FLAGS EMAILID)`;
      const before = this.view.unknown;
      const { untagged, code } = await this.#ok(command);
      this.#hear(untagged, { expunges: this.#onlyUids });
      // Of what has gone meanwhile the numbers stay until we may be told (RFC 5530 §3).
      if (code === 'EXPUNGEISSUED') this.#hear((await this.#ok('NOOP')).untagged, { expunges: true });
      else if (this.view.unknown >= before && !untagged.some((line) => /EXISTS/.test(line)))
        throw this.#fault(new Error(`${before} messages are announced, and have no UIDs`));
    }
  }

  /** Some of the messages, by numbers or by UIDs; undefined when there are none. */
  some(random: Random, command: string, most = 6): Named | undefined {
    const { messages } = this.view;
    if (messages.length === 0) return undefined;
    const from = random.below(messages.length);
    const to = Math.min(messages.length - 1, from + random.below(most));
    const uids = messages.slice(from, to + 1).map(({ uid }) => uid);
    if (this.#onlyUids || random.chance(0.5)) {
      const text = `UID ${command} ${uids[0]}:${uids.at(-1)}`;
      return { text, uids, during: { expunges: true, withUid: true } };
    }
    const text = `${command} ${from + 1}:${to + 1}`;
    return { text, uids, during: { expunges: command === 'COPY' || command === 'MOVE' } };
  }

  /** STORE; with .SILENT the client believes that what it wanted is so. */
  async store(
    named: Named,
    since: string,
    mode: string,
    silent: boolean,
    flags: readonly string[],
  ): Promise<void> {
    const name = `${named.text}${since} ${mode}FLAGS${silent ? '.SILENT' : ''} (${flags.join(' ')})`;
    const reply = await this.#ok(name);
    if (silent) {
      const left = new Set(
        /^MODIFIED (\S+)/.test(reply.code) ? readSet(reply.code.slice('MODIFIED '.length)) : [],
      );
      for (const [index, message] of this.view.messages.entries()) {
        const label = named.text.startsWith('UID ') ? message.uid : index + 1;
        if (!named.uids.includes(message.uid) || left.has(label) || message.flags === undefined) continue;
        const wanted = flags.map((flag) => flag.toLowerCase());
        const had = message.flags === '' ? [] : message.flags.split(' ');
        const now =
          mode === '+'
            ? [...had, ...wanted]
            : mode === '-'
              ? had.filter((flag) => !wanted.includes(flag))
              : wanted;
        message.flags = [...new Set(now)].sort().join(' ');
      }
    }
    // What is told after it is newer than what we have made of it.
    this.#hear(reply.untagged, named.during);
    await this.learn();
  }

  async append(random: Random): Promise<void> {
    if (this.view.messages.length > this.plan.most) return;
    const number = `${this.name}.${++this.#messages}`;
    const octets = makeMessage(number, random);
    const flags = random.pick(['', '(\\Seen) ', '(\\Flagged k1) ', '(k5 $Junk) ', '']);
    const date = random.chance(0.3) ? '"17-Jul-2021 02:44:25 -0700" ' : '';
    const highest = this.ledger.highest;
    const start = `APPEND ${this.plan.mailbox} ${flags}${date}{${octets.length}${random.chance(0.5) ? '+' : ''}}`;
    const reply = start.endsWith('+}')
      ? await this.#ok(Buffer.concat([Buffer.from(`${start}\r\n`), octets]))
      : await this.#ok(start, octets);
    const [, , uid = ''] = /^APPENDUID (\d+) (\d+)/.exec(reply.code) ?? [];
    this.ledger.new([Number(uid)], Math.min(highest, Number(uid) - 1), number);
    this.ledger.fixed(Number(uid), 'BODY[]', octets.toString('latin1'));
    this.#hear(reply.untagged, { expunges: true });
    await this.learn();
  }

  async replace(random: Random): Promise<void> {
    const named = this.some(random, 'REPLACE', 1);
    const [uid] = named?.uids ?? [];
    if (uid === undefined) return;
    this.ledger.doomed.add(uid);
    const number = `${this.name}.${++this.#messages}`;
    const octets = makeMessage(number, random);
    const reply = await this.#answer(`UID REPLACE ${uid} ${this.plan.mailbox} {${octets.length}}`, octets);
    this.#hear(reply.untagged, { expunges: true });
    const codes = [...reply.untagged, reply.raw].map((line) => /\[APPENDUID \d+ (\d+)\]/.exec(line)?.[1]);
    const made = codes.find((code) => code !== undefined);
    if (made !== undefined) this.ledger.new([Number(made)], 0, number);
    else if (reply.status === 'OK') throw this.#fault(new Error('REPLACE without APPENDUID'));
    await this.learn();
  }

  async copy(named: Named, target: string): Promise<void> {
    const { highest } = this.ledger;
    const reply = await this.#answer(`${named.text} ${target}`);
    // Of what has gone meanwhile a client need not know.
    if (reply.status !== 'OK' && !/^(?:EXPUNGEISSUED|NONEXISTENT|)$/.test(reply.code))
      throw this.#fault(new Error(reply.raw));
    const codes = [...reply.untagged, reply.raw].map((line) => /\[COPYUID \d+ (\S+) (\S+)\]/.exec(line));
    const [, from, to] = codes.find((code) => code !== null) ?? [];
    if (from !== undefined && to !== undefined) {
      const [sources, copies] = [readSet(from), readSet(to)];
      if (sources.length !== copies.length) throw this.#fault(new Error(`COPYUID ${from} ${to}`));
      if (sources.some((uid) => !named.uids.includes(uid)))
        throw this.#fault(new Error(`COPYUID names others than ${named.uids.join(' ')}: ${from}`));
      if (target === this.plan.mailbox) {
        this.ledger.new(copies, Math.min(highest, Math.min(...copies) - 1));
        for (const [index, uid] of copies.entries()) this.ledger.copied(sources[index] ?? 0, uid);
      }
    }
    this.#hear(reply.untagged, named.during);
    await this.learn();
  }

  async idle(random: Random): Promise<void> {
    const tag = this.#imap.tag();
    this.#note(`${tag} IDLE`);
    this.#imap.send(`${tag} IDLE\r\n`);
    for (;;) {
      const line = await this.#imap.line();
      this.#note(line);
      if (line.startsWith('+')) break;
      this.#hear([line.slice(2)], { expunges: true });
    }
    await sleep(random.below(150));
    this.#imap.send('DONE\r\n');
    const reply = await this.#inTime(this.#imap.reply(tag));
    this.#noteReply(reply);
    this.#hear(reply.untagged, { expunges: true });
    await this.learn();
  }

  /** Closes the mailbox and opens it, as one that comes back with what it knew where it can. */
  async reopen(random: Random): Promise<void> {
    const again = this.dialect.qresync && random.chance(0.8);
    if (again) this.#hear((await this.#ok('NOOP')).untagged, { expunges: true });
    // A sequence told of later may be greater than that of a message that has gone, which could not be told.
    const { modseq } = this.view;
    await this.learn();
    const { messages } = this.view;
    if (random.chance(0.3)) await this.loginAgain(again ? { messages, modseq } : undefined);
    else {
      await this.#ok(random.chance(0.5) ? 'UNSELECT' : 'EXAMINE Other');
      await this.open(again && modseq > 0 ? { messages, modseq } : undefined);
    }
  }

  async loginAgain(known?: {
    readonly messages: readonly KnownMessage[];
    readonly modseq: number;
  }): Promise<void> {
    await this.logout();
    await this.login();
    await this.open(known);
  }

  async logout(): Promise<void> {
    await this.#ok('LOGOUT');
    this.#imap.destroy();
    this.#client = undefined;
  }

  /** Nothing is under way: what it believes must be what is there. Gives UIDs with flags. */
  async settle(): Promise<readonly string[]> {
    await this.run('NOOP', { expunges: true });
    const before = this.view.messages.map(({ uid, flags }) => ({ uid, flags }));
    if (before.length > 0) await this.run('UID FETCH 1:* (FLAGS)', { expunges: true, withUid: true });
    const after = this.view.messages;
    if (after.length !== before.length)
      throw this.#fault(new Error(`${before.length} messages after NOOP, then ${after.length}`));
    for (const [index, { uid, flags }] of before.entries()) {
      const now = after[index];
      if (flags !== undefined && flags !== now?.flags)
        throw this.#fault(
          new Error(`flags of ${uid} were believed to be "${flags}" and are "${now?.flags}"`),
        );
    }
    await this.#checkCounts();
    return after.map(({ uid, flags }) => `${uid} ${flags}`);
  }

  /** Searches and STATUS say what the flags say. */
  async #checkCounts(): Promise<void> {
    const having = (flag: string): number[] =>
      this.view.messages.filter(({ flags = '' }) => flags.split(' ').includes(flag)).map(({ uid }) => uid);
    for (const [key, flag] of Object.entries(CHECKED)) {
      const { untagged } = await this.#ok(`UID SEARCH RETURN (ALL COUNT) ${key}`);
      const [, all = '', count] =
        /^ESEARCH \(TAG "[^"]*"\) UID(?: ALL (\S+))? COUNT (\d+)/.exec(untagged[0] ?? '') ?? [];
      const found = all === '' ? [] : readSet(all);
      if (found.join() !== having(flag).join() || Number(count) !== found.length)
        throw this.#fault(new Error(`${key} finds ${found.join()}, and ${having(flag).join()} have it`));
    }
    const { highest } = this.ledger;
    const { uidNext: known } = this.ledger.figures;
    const { untagged } = await this.#ok(`STATUS ${this.plan.mailbox} (MESSAGES UNSEEN DELETED UIDNEXT)`);
    const [, messages, unseen, deleted, uidNext = 0] =
      /\(MESSAGES (\d+) UNSEEN (\d+) DELETED (\d+) UIDNEXT (\d+)\)/.exec(untagged[0] ?? '')?.map(Number) ??
      [];
    this.#check(() => this.ledger.figure('uidNext', uidNext, Math.max(known, highest + 1)));
    const { withRecent } = this.view;
    if (withRecent !== undefined && withRecent !== this.view.recent)
      throw this.#fault(new Error(`${this.view.recent} RECENT, and ${withRecent} have \\Recent`));
    const { length } = this.view.messages;
    if (
      messages !== length ||
      unseen !== length - having('\\seen').length ||
      deleted !== having('\\deleted').length
    )
      throw this.#fault(new Error(`${untagged[0]} is not what the flags say`));
  }

  async #ok(...pieces: readonly (string | Buffer)[]): Promise<ImapReply> {
    const reply = await this.#answer(...pieces);
    if (reply.status !== 'OK')
      throw this.#fault(new Error(`${String(pieces[0]).slice(0, 200)}: ${reply.raw}`));
    return reply;
  }

  async #answer(...pieces: readonly (string | Buffer)[]): Promise<ImapReply> {
    this.#note(`> ${String(pieces[0]).slice(0, 300)}`);
    this.commands++;
    try {
      const reply = await this.#inTime(this.#imap.command(...pieces));
      this.#noteReply(reply);
      return reply;
    } catch (error) {
      throw this.#fault(error);
    }
  }

  /** No answer is waited for without an end. */
  async #inTime<T>(answer: Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(this.#fault(new Error(`no answer; unread: ${this.#imap.unread.slice(0, 1000)}`))),
      PATIENCE,
    );
    try {
      return await Promise.race([answer, promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  #check(work: () => void): void {
    try {
      work();
    } catch (error) {
      throw this.#fault(error);
    }
  }

  #hear(untagged: readonly string[], during: During): void {
    this.#check(() => {
      for (const line of untagged) this.view.hear(line, during);
    });
  }

  #noteReply({ untagged, raw }: ImapReply): void {
    for (const line of untagged) this.#note(`* ${line.slice(0, 300)}`);
    this.#note(raw);
  }

  #note(line: string): void {
    this.#trace.push(`${(performance.now() / 1000).toFixed(4)} ${line}`);
    if (this.#trace.length > 60) this.#trace.shift();
  }

  #fault(error: unknown): Error {
    const what = error instanceof Error ? error.message : String(error);
    return new Error(`${this.name} (${this.kind}): ${what}\n${this.#trace.join('\n')}`);
  }
}

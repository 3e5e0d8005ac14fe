import { setTimeout as sleep } from 'node:timers/promises';
import { ImapClient } from '../../support/imap-client.ts';
import { Canon } from './canon.ts';
import { PASSWORD, type TwoServers } from './two-servers.ts';

/** One line of a script. */
export interface Step {
  readonly session: string;
  readonly command: string;
  /** `~`: the servers differ, and that is accepted; `?`: what they say is not compared. */
  readonly mark: '' | '~' | '?';
}

/** What both said in one step, as far as it is to be compared. */
export interface Told {
  readonly step: Step;
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
}

/** Milliseconds in which Dovecot surely tells a client of what others did, and in which all of it comes. */
const NEWS = 3000;
const ALL_NEWS = 300;
/** Milliseconds in which every step is answered. */
const PATIENCE = 10_000;

/**
 * The steps of a script: a line each, the name of a session and its command. Besides IMAP's own commands:
 * `+MAILBOX arguments` appends a small message; `IDLE` lasts until `DONE`; `NEWS` waits for what comes unasked;
 * `| one | other` are sent in one write; `DROP` ends the connection, and the name stands for a new session then.
 * A `~` before the name: here the servers differ, and the comment above says why that is accepted; `?`: it depends on time,
 * or on something accepted before. `<validity>` and `<modseq>` are the session's last UIDVALIDITY and the greatest sequence that it has been told,
 * `<validity A>` those of another.
 */
export function steps(script: string): Step[] {
  return script
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, mark = '', session = '', command = ''] = /^(?:([~?]) )?(\S+) (.*)$/.exec(line) ?? [];
      return { session, command, mark: mark as Step['mark'] };
    });
}

/** Runs a script at both servers, step by step; everything that was told. */
export async function lockstep(servers: TwoServers, script: readonly Step[]): Promise<Told[]> {
  const account = await servers.account();
  const ours = new Side(servers.ours.port, account);
  const theirs = new Side(servers.theirs.port, account);
  try {
    const told: { step: Step; ours: string[]; theirs: string[] }[] = [];
    for (const step of script) {
      const both = await Promise.all([ours.take(step), theirs.take(step)]);
      told.push({ step, ours: both[0], theirs: both[1] });
    }
    return told.map((one) => ({
      step: one.step,
      ours: one.ours.map((line) => ours.canon.ranked(line)),
      theirs: one.theirs.map((line) => theirs.canon.ranked(line)),
    }));
  } finally {
    ours.end();
    theirs.end();
  }
}

/** A session with what it knows for commands to come. */
interface Running {
  readonly client: ImapClient;
  /** Of an IDLE under way. */
  idle: string | undefined;
  validity: string;
  modseq: number;
}

/** The sessions of a script at one server. */
class Side {
  readonly canon = new Canon();
  readonly #port: number;
  readonly #account: string;
  readonly #sessions = new Map<string, Running>();
  #messages = 0;

  constructor(port: number, account: string) {
    this.#port = port;
    this.#account = account;
  }

  end(): void {
    for (const { client } of this.#sessions.values()) client.destroy();
  }

  async take({ session: name, command }: Step): Promise<string[]> {
    const session = this.#sessions.get(name) ?? (await this.#login(name));
    const text = command.replaceAll(/<(validity|modseq)(?: (\w+))?>/g, (_, what: string, whose?: string) => {
      const of = whose === undefined ? session : this.#sessions.get(whose);
      return String(what === 'validity' ? of?.validity : of?.modseq);
    });
    const told = await this.#inTime(name, text, session);
    for (const line of told) this.#learn(session, line);
    return this.canon.lines(told);
  }

  async #inTime(name: string, text: string, session: Running): Promise<string[]> {
    const { promise, resolve } = Promise.withResolvers<string[]>();
    const timer = setTimeout(() => resolve([`no answer: ${session.client.unread}`]), PATIENCE);
    try {
      return await Promise.race([this.#run(name, text, session), promise]);
    } catch (error) {
      return [`ended: ${session.client.unread}`, ...(session.client.closed ? [] : [String(error)])];
    } finally {
      clearTimeout(timer);
    }
  }

  async #run(name: string, text: string, session: Running): Promise<string[]> {
    const { client } = session;
    if (text === 'DROP') {
      client.destroy();
      this.#sessions.delete(name);
      return [];
    }
    if (text === 'NEWS') {
      const end = performance.now() + NEWS;
      while (!client.unread.includes('\r\n') && performance.now() < end) await sleep(20);
      await sleep(ALL_NEWS);
      return complete(client);
    }
    if (text === 'IDLE') {
      session.idle = client.tag();
      client.send(`${session.idle} IDLE\r\n`);
      const before: string[] = [];
      for (let line = await client.line(); ; line = await client.line()) {
        before.push(line);
        if (!line.startsWith('* ')) break;
      }
      return before;
    }
    if (text === 'DONE') {
      client.send('DONE\r\n');
      return answer(client, session.idle ?? '');
    }
    if (text.startsWith('RAW ')) {
      client.send(unescaped(text.slice(4)));
      return [];
    }
    if (text.startsWith('+')) return this.#append(client, text);
    if (text.startsWith('| ')) return this.#pipelined(client, text.slice(2).split(' | '));
    const tag = client.tag();
    client.send(`${tag} ${unescaped(text)}\r\n`);
    return answer(client, tag);
  }

  /** Dovecot answers some of them in another order; here they are in the order of the commands, behind all the rest. */
  async #pipelined(client: ImapClient, commands: readonly string[]): Promise<string[]> {
    const tags = commands.map(() => client.tag());
    client.send(commands.map((command, at) => `${tags[at]} ${this.#expand(command)}\r\n`).join(''));
    const untagged: string[] = [];
    const tagged = new Map<string, string>();
    while (tagged.size < tags.length) {
      const line = await client.line();
      const tag = tags.find((one) => line.startsWith(`${one} `));
      if (tag === undefined) untagged.push(line);
      else tagged.set(tag, line.slice(tag.length + 1));
    }
    return [...untagged, ...tags.map((tag) => tagged.get(tag) ?? '')];
  }

  /** The literal waits until it is asked for: Dovecot takes one that does not for commands when it refuses the command. */
  async #append(client: ImapClient, command: string): Promise<string[]> {
    const [start, message] = this.#appended(command);
    const tag = client.tag();
    client.send(`${tag} ${start}{${message.length}}\r\n`);
    const told: string[] = [];
    for (;;) {
      const line = await client.line();
      if (line.startsWith(`${tag} `)) return [...told, line.slice(tag.length + 1)];
      if (line.startsWith('+')) client.send(`${message}\r\n`);
      else told.push(line);
    }
  }

  #appended(command: string): [start: string, message: string] {
    const [, mailbox = '', more = ''] = /^\+(\S+)(.*)$/.exec(command) ?? [];
    const number = ++this.#messages;
    const message = `From: a@example.org\r\nSubject: number ${number}\r\nMessage-ID: <${number}@example.org>\r\n\r\nText ${number}\r\n`;
    return [`APPEND ${mailbox}${more} `, message];
  }

  #expand(command: string): string {
    if (!command.startsWith('+')) return unescaped(command);
    const [start, message] = this.#appended(command);
    return `${start}{${message.length}+}\r\n${message}`;
  }

  #learn(session: Running, line: string): void {
    const validity = /\[UIDVALIDITY (\d+)\]/.exec(line)?.[1];
    if (validity !== undefined) session.validity = validity;
    for (const [, value] of line.matchAll(/(?:HIGHESTMODSEQ |MODSEQ \(?)(\d+)/g))
      session.modseq = Math.max(session.modseq, Number(value));
  }

  async #login(name: string): Promise<Running> {
    const client = await (await ImapClient.connect(this.#port)).greeted();
    await client.ok(`LOGIN "${this.#account}" "${PASSWORD}"`);
    const session = { client, idle: undefined, validity: '0', modseq: 0 };
    this.#sessions.set(name, session);
    return session;
  }
}

/** Line endings in a command, for literals. */
const unescaped = (text: string): string => text.replaceAll('<CRLF>', '\r\n');

/** All lines up to the tagged one, which is without its tag. */
async function answer(client: ImapClient, tag: string): Promise<string[]> {
  const told: string[] = [];
  for (;;) {
    const line = await client.line();
    if (line.startsWith(`${tag} `)) return [...told, line.slice(tag.length + 1)];
    told.push(line);
  }
}

/** The lines that have come whole. */
async function complete(client: ImapClient): Promise<string[]> {
  const lines: string[] = [];
  while (client.unread.includes('\r\n')) lines.push(await client.line());
  return lines;
}

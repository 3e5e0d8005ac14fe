import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { MemoryBudget } from '../../src/net/memory-budget.ts';
import type { ImapOptions } from '../../src/servers/imap/options.ts';
import { ImapSession } from '../../src/servers/imap/session.ts';
import { defaultImapSettings } from '../../src/servers/imap/settings.ts';
import { createMailStore, type OpenMailStore } from '../../src/store/mail/mail-store.ts';
import type { MailStore } from '../../src/store/mail/types.ts';
import { defaultStoreSettings } from '../../src/store/settings.ts';

export const ANNA = 'anna@example.org';
export const BERT = 'bert@example.org';

/** What a session answered to one command; octets are characters. */
export interface Answer {
  /** `OK [CODE] text`, without the tag. */
  readonly result: string;
  /** `OK`, `NO`, `BAD` and the response code. */
  readonly status: string;
  readonly code: string;
  /** Untagged responses without `* `, literals in them. */
  readonly untagged: readonly string[];
}

/** A literal among the pieces of a command. */
export class Literal {
  readonly octets: Buffer;
  readonly binary: boolean;
  constructor(octets: string | Buffer, binary = false) {
    this.octets = typeof octets === 'string' ? Buffer.from(octets) : octets;
    this.binary = binary;
  }
}

export const literal = (octets: string | Buffer): Literal => new Literal(octets);
export const literal8 = (octets: string | Buffer): Literal => new Literal(octets, true);

/** One IMAP session without a socket. */
export class TestSession {
  readonly session: ImapSession;
  readonly #written: Buffer[] = [];
  #tags = 0;

  constructor(options: ImapOptions) {
    this.session = new ImapSession(
      options,
      { address: '127.0.0.1' },
      {
        startTls: false,
        compressed: false,
        write: async (octets) => {
          this.#written.push(octets);
        },
        line: async () => '',
        wake: () => undefined,
      },
      { enter: () => true, leave: () => undefined },
    );
  }

  async command(...pieces: readonly (string | Literal)[]): Promise<Answer> {
    const tag = `T${++this.#tags}`;
    const literals: Buffer[] = [];
    const text = pieces
      .map((piece) => {
        if (typeof piece === 'string') return Buffer.from(piece).toString('latin1');
        literals.push(piece.octets);
        return `${piece.binary ? '~' : ''}{${piece.octets.length}}\n`;
      })
      .join('');
    await this.session.execute({ type: 'line', text: `${tag} ${text}`, literals });
    const lines = responses(Buffer.concat(this.#written.splice(0)));
    const tagged = lines.find((line) => line.startsWith(`${tag} `))?.slice(tag.length + 1) ?? '';
    const match = /^(OK|NO|BAD) (?:\[((?:"[^"]*"|[^\]"])*)\])?/.exec(tagged);
    return {
      result: tagged,
      status: match?.[1] ?? '',
      code: match?.[2] ?? '',
      untagged: lines.filter((line) => line.startsWith('* ')).map((line) => line.slice(2)),
    };
  }

  /** Throws unless it is OK; the untagged responses. */
  async ok(...pieces: readonly (string | Literal)[]): Promise<readonly string[]> {
    const answer = await this.command(...pieces);
    const [first] = pieces;
    if (answer.status !== 'OK')
      throw new Error(`${typeof first === 'string' ? first : 'literal'}: ${answer.result}`);
    return answer.untagged;
  }
}

/** Cuts octets at the ends of lines that are not in literals. */
function responses(octets: Buffer): string[] {
  const text = octets.toString('latin1');
  const lines: string[] = [];
  let from = 0;
  while (from < text.length) {
    let end = from;
    for (;;) {
      end = text.indexOf('\r\n', end);
      if (end < 0) throw new Error(`no end of line: ${text.slice(from, from + 200)}`);
      const announced = /\{(\d+)\}$/.exec(text.slice(Math.max(from, end - 24), end));
      if (announced === null) break;
      end += 2 + Number(announced[1]);
    }
    lines.push(text.slice(from, end));
    from = end + 2;
  }
  return lines;
}

/** A mail store in a folder of its own, and sessions of its users; gone after each test. */
export class SessionRig {
  folder = '';
  store!: OpenMailStore;
  time = 0;
  /** In place of some of the settings and of the store. */
  options: Partial<ImapOptions> = {};
  wrap: (store: MailStore) => MailStore = (store) => store;

  constructor() {
    beforeEach(() => {
      this.folder = mkdtempSync(join(tmpdir(), 'tamis-imap-'));
      this.options = {};
      this.wrap = (store) => store;
      this.store = createMailStore({ folder: this.folder, settings: defaultStoreSettings, log: silentLog });
    });
    afterEach(async () => {
      await this.store.close();
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  /** Logged in, with a mailbox open when one is named. */
  async session(mailbox?: string, account = ANNA): Promise<TestSession> {
    const test = this.greeted();
    await test.session.login(account);
    if (mailbox !== undefined) await test.ok(`SELECT ${mailbox}`);
    return test;
  }

  /** Nobody has logged in. */
  greeted(): TestSession {
    return new TestSession({
      settings: defaultImapSettings,
      sasl: { mechanisms: () => [], begin: () => undefined } as unknown as ImapOptions['sasl'],
      store: this.wrap(this.store),
      appendLimit: 10_000_000,
      memory: new MemoryBudget(1_000_000_000),
      now: () => this.time || Date.now(),
      log: silentLog,
      ...this.options,
    });
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { BenchClient } from './imap-client.ts';

/** What the clients do: a login for each session, one session as long as it lasts, or nothing but APPEND. */
export type Mix = 'sessions' | 'stay' | 'append';

export interface LoadOptions {
  readonly port: number;
  readonly users: readonly string[];
  readonly password: string;
  readonly clients: number;
  readonly seconds: number;
  readonly mix: Mix;
}

export interface LoadResult {
  /** Commands answered with OK or NO. */
  readonly operations: number;
  readonly perSecond: number;
  /** Of them, NO: what another client had removed before. */
  readonly refused: number;
  /** Milliseconds by command: median, 99 of 100, and the longest. */
  readonly latencies: Readonly<
    Record<string, readonly [count: number, median: number, most: number, longest: number]>
  >;
}

/** Messages a mailbox is held at: what is more is expunged. */
const MESSAGES = 30;

/** Ten-odd clients that do what imaptest does by default, and how often. Any answer BAD is an error. */
export async function runLoad(options: LoadOptions, messages: readonly Uint8Array[]): Promise<LoadResult> {
  const took = new Map<string, number[]>();
  let refused = 0;
  const started = performance.now();
  const end = started + options.seconds * 1000;
  const random = (below: number): number => Math.floor(Math.random() * below);
  const some = (share: number): boolean => Math.random() < share;
  const anyMessage = (): Uint8Array => messages[random(messages.length)] ?? new Uint8Array(0);

  const client = async (number: number): Promise<void> => {
    const user = options.users[number % options.users.length] ?? '';
    let connection: BenchClient | undefined;
    const does = async (line: string, literal?: Uint8Array): Promise<void> => {
      if (connection === undefined) return;
      const answer = await connection.send(line, literal);
      if (answer.status === 'NO') refused++;
      const name = /^(?:UID )?\w+/.exec(line)?.[0] ?? '';
      const known = took.get(name);
      if (known === undefined) took.set(name, [answer.took]);
      else known.push(answer.took);
    };
    const begin = async (): Promise<void> => {
      connection = await BenchClient.open(options.port);
      await does(`LOGIN "${user}" "${options.password}"`);
    };
    const steps = async (): Promise<void> => {
      const { exists = 0 } = connection ?? {};
      if (exists > 0) {
        await does('FETCH 1:* (UID FLAGS)');
        const one = (): number => 1 + random(Math.max(1, connection?.exists ?? 1));
        if (some(0.3)) await does(`FETCH ${one()} (BODY.PEEK[HEADER] BODYSTRUCTURE INTERNALDATE)`);
        if (some(0.3)) await does(`FETCH ${one()} (ENVELOPE BODY[])`);
        if (some(0.1)) await does('SEARCH UNSEEN SUBJECT "re"');
        if (some(0.05)) await does(`COPY ${one()} INBOX`);
        if (some(0.5)) await does(`STORE ${one()} ${some(0.5) ? '+' : '-'}FLAGS (\\Flagged $Label1)`);
        const surplus = (connection?.exists ?? 0) - MESSAGES;
        if (surplus > 0) await does(`STORE 1:${surplus} +FLAGS.SILENT (\\Deleted)`);
        await does('EXPUNGE');
      }
      await does('APPEND INBOX (\\Seen)', anyMessage());
      if ((connection?.exists ?? 0) < MESSAGES) await does('APPEND INBOX', anyMessage());
    };
    // Not all at the same moment.
    await sleep(random(100));
    if (options.mix !== 'sessions') {
      await begin();
      if (options.mix === 'stay') await does('SELECT INBOX');
    }
    while (performance.now() < end) {
      if (options.mix === 'append') await does('APPEND INBOX (\\Seen)', anyMessage());
      else if (options.mix === 'stay') await steps();
      else {
        await begin();
        if (some(0.5)) await does('LIST "" *');
        if (some(0.5)) await does('STATUS INBOX (MESSAGES UIDNEXT UNSEEN)');
        await does('SELECT INBOX');
        await steps();
        await does('LOGOUT');
        connection?.end();
      }
    }
    connection?.end();
  };

  await Promise.all(Array.from({ length: options.clients }, (_, number) => client(number)));
  const seconds = (performance.now() - started) / 1000;
  const operations = [...took.values()].reduce((sum, { length }) => sum + length, 0);
  return {
    operations,
    perSecond: operations / seconds,
    refused,
    latencies: Object.fromEntries(
      [...took].map(([name, times]) => {
        times.sort((one, other) => one - other);
        const at = (share: number): number => times[Math.floor((times.length - 1) * share)] ?? 0;
        return [name, [times.length, at(0.5), at(0.99), at(1)]] as const;
      }),
    ),
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { anyAction } from './actions.ts';
import { type Kind, type Plan, StressClient } from './client.ts';
import { Ledger } from './ledger.ts';
import { Random } from './random.ts';

export interface StressOptions {
  readonly plan: Plan;
  readonly kinds: readonly Kind[];
  readonly milliseconds: number;
  readonly seed: number;
  /** What another program does beside the clients, in each round. */
  readonly beside?: (round: number) => Promise<void>;
  /** Milliseconds after which everything that others did is surely noticed. */
  readonly pause?: number;
}

export interface StressResult {
  readonly commands: number;
  readonly rounds: number;
  /** UIDs and flags in the end. */
  readonly messages: readonly string[];
  readonly ledger: Ledger;
}

/** Commands of one client between two moments at which all stand still. */
const COMMANDS = 40;

/**
 * Clients of all kinds work on one mailbox. Between the rounds they stand still, and what each believes must be what all
 * others believe. Rejects with the first fault and what the client had heard before it.
 */
export async function stress({
  plan,
  kinds,
  milliseconds,
  seed,
  beside,
  pause = 0,
}: StressOptions): Promise<StressResult> {
  const ledger = new Ledger(beside === undefined);
  const clients = kinds.map((kind, index) => new StressClient(`client${index}`, kind, plan, ledger));
  for (const client of clients) {
    await client.login();
    await client.open();
  }
  const end = performance.now() + milliseconds;
  let rounds = 0;
  let messages: readonly string[] = [];
  do {
    const round = rounds++;
    await Promise.all([
      ...clients.map(async (client, index) => {
        const random = new Random(seed + round * 1009 + index);
        for (let n = 0; n < COMMANDS; n++) await anyAction(client, random);
      }),
      beside?.(round),
    ]);
    await sleep(pause);
    for (const client of clients) await client.run('NOOP', { expunges: true });
    messages = await compare(clients);
    ledger.check(messages.map((line) => Number.parseInt(line, 10)));
  } while (performance.now() < end);
  for (const client of clients) await client.logout();
  return { commands: clients.reduce((sum, client) => sum + client.commands, 0), rounds, messages, ledger };
}

async function compare(clients: readonly StressClient[]): Promise<readonly string[]> {
  let all: readonly string[] | undefined;
  for (const client of clients) {
    const believed = await client.settle();
    all ??= believed;
    const other = believed.find((line, index) => line !== all?.[index]) ?? all[believed.length];
    if (other !== undefined)
      throw new Error(
        `${client.name} (${client.kind}) sees ${other}, others ${all[believed.indexOf(other)]}`,
      );
  }
  return all ?? [];
}

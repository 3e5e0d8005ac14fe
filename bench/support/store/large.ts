import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchClient } from './imap-client.ts';
import { type MeasuredServer, PASSWORD, resources } from './servers.ts';

/** What was measured, in milliseconds. */
export interface LargeFigure {
  readonly task: string;
  readonly took: number;
  /** How long another user waited meanwhile for an answer to a small command, at most. */
  readonly others: number;
}

/** Milliseconds of a search that has an index, and how often one without is tried again. */
const QUICK = 300;
const INDEX_LOOKS = 150;
const INDEX_PAUSE = 2000;

const WORDS =
  'project budget meeting harbour lantern window river copper morning travel invoice garden'.split(' ');

/** A message of a kilobyte or so; one in a thousand has the words that are searched for. */
function text(number: number): string {
  const word = (step: number): string =>
    WORDS[(number * 7 + step * 5 + Math.floor(number / 12)) % WORDS.length] ?? '';
  const rare = number % 1000 === 500;
  const line = (at: number): string =>
    Array.from({ length: 9 }, (_, step) => word(at * 3 + step * step)).join(' ');
  return `Return-Path: <sender${number % 97}@example.net>
From: Sender ${number % 97} <sender${number % 97}@example.net>
To: Reader <reader@example.org>
Subject: ${rare ? 'Zanzibar' : word(1)} ${word(2)} ${number}
Date: ${new Date(1_600_000_000_000 + number * 60_000).toUTCString().replace('GMT', '+0000')}
Message-ID: <${number}@example.net>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

${Array.from({ length: 10 }, (_, at) => line(at)).join('\n')}
${rare ? 'The expedition to Timbuktu begins.' : 'The end.'}
`.replaceAll('\n', '\r\n');
}

/** Files as another program leaves them: half of them seen. */
export function fillMaildir(folder: string, messages: number): void {
  for (const part of ['', 'cur', 'new', 'tmp']) mkdirSync(join(folder, part), { recursive: true });
  for (let number = 0; number < messages; number++)
    writeFileSync(
      join(
        folder,
        'cur',
        `${1_600_000_000 + number * 60}.M${number}P1.bench:2,${number % 2 === 0 ? 'S' : ''}`,
      ),
      text(number),
    );
}

/** Runs something while another user's client asks again and again; how long that one waited at most. */
async function meanwhile<T>(
  port: number,
  user: string,
  work: () => Promise<T>,
): Promise<{ result: T; others: number }> {
  const other = await BenchClient.open(port);
  await other.ok(`LOGIN "${user}" "${PASSWORD}"`);
  await other.ok('SELECT INBOX');
  let running = true;
  let others = 0;
  const asking = (async () => {
    for (;;) {
      if (!running) return;
      others = Math.max(others, (await other.ok('NOOP')).took);
      await sleep(2);
    }
  })();
  try {
    return { result: await work(), others };
  } finally {
    running = false;
    await asking;
    other.end();
  }
}

/** Waits until a search for what nobody has written is quick twice: its index is made in the background. */
async function searchIsReady(login: () => Promise<BenchClient>, figures: LargeFigure[]): Promise<void> {
  const started = performance.now();
  const client = await login();
  await client.ok('SELECT INBOX');
  let quick = 0;
  for (let attempt = 0; attempt < INDEX_LOOKS && quick < 2; attempt++) {
    const { took } = await client.ok('SEARCH BODY qwertzuiop');
    quick = took < QUICK ? quick + 1 : 0;
    if (quick === 0 && attempt < INDEX_LOOKS - 1) await sleep(INDEX_PAUSE);
  }
  client.end();
  if (quick < 2) throw new Error('the text of the messages is not indexed');
  figures.push({ task: 'until the text is indexed', took: performance.now() - started, others: 0 });
}

/** What a mailbox of many messages costs. Its Maildir was filled before the server was started. */
export async function measureLarge(
  { port, pid, indexesText }: MeasuredServer,
  user: string,
  otherUser: string,
  repeats: number,
): Promise<{ figures: LargeFigure[]; megabytes: { before: number; ten: number } }> {
  const figures: LargeFigure[] = [];
  const login = async (): Promise<BenchClient> => {
    const client = await BenchClient.open(port);
    await client.ok(`LOGIN "${user}" "${PASSWORD}"`);
    return client;
  };
  const measure = async (task: string, line: string, times = repeats): Promise<string> => {
    const client = await login();
    if (!line.startsWith('SELECT')) await client.ok('SELECT INBOX');
    let text = '';
    const { result, others } = await meanwhile(port, otherUser, async () => {
      const took: number[] = [];
      for (let time = 0; time < times; time++) {
        const answer = await client.ok(line);
        took.push(answer.took);
        ({ text } = answer);
      }
      return took.sort((one, other) => one - other)[Math.floor(took.length / 2)] ?? 0;
    });
    client.end();
    figures.push({ task, took: result, others });
    return text;
  };
  const found = (text: string): number => {
    const line = /^\* SEARCH(.*)$/m.exec(text)?.[1]?.trim() ?? '';
    return line === '' ? 0 : line.split(' ').length;
  };
  await measure('first SELECT of a Maildir made by others', 'SELECT INBOX', 1);
  if (indexesText) await searchIsReady(login, figures);
  await measure('SELECT', 'SELECT INBOX');
  await measure('FETCH 1:* (FLAGS UID)', 'FETCH 1:* (FLAGS UID)');
  const wanted = found(await measure('SEARCH SUBJECT', 'SEARCH SUBJECT zanzibar'));
  await measure('SEARCH HEADER', 'SEARCH HEADER Message-ID "<500@example.net>"');
  await measure('SEARCH UNSEEN FROM', 'SEARCH UNSEEN FROM "sender 13"');
  const bodies = found(await measure('SEARCH BODY', 'SEARCH BODY timbuktu'));
  if (bodies !== wanted) throw new Error(`${bodies} found by their bodies, ${wanted} by their subjects`);
  await measure('FETCH 1:100 (ENVELOPE BODYSTRUCTURE)', 'FETCH 1:100 (ENVELOPE BODYSTRUCTURE)');
  await measure('STORE of 1000', 'STORE 1:1000 FLAGS (\\Seen)', 1);
  await measure('COPY of 1000', 'COPY 1:1000 INBOX', 1);
  const before = resources(pid).megabytes;
  const sessions: BenchClient[] = [];
  for (let number = 0; number < 10; number++) {
    const client = await login();
    await client.ok('SELECT INBOX');
    sessions.push(client);
  }
  const ten = resources(pid).megabytes;
  for (const client of sessions) client.end();
  return { figures, megabytes: { before, ten } };
}

/** Megabytes that many sessions take that have INBOX open and wait (RFC 2177 §3). */
export async function measureIdle(
  { port, pid }: MeasuredServer,
  user: string,
  sessions: number,
): Promise<number> {
  const before = resources(pid).megabytes;
  const clients: BenchClient[] = [];
  for (let number = 0; number < sessions; number++) {
    const client = await BenchClient.open(port);
    await client.ok(`LOGIN "${user}" "${PASSWORD}"`);
    await client.ok('SELECT INBOX');
    clients.push(client);
  }
  await sleep(1000);
  const after = resources(pid).megabytes;
  for (const client of clients) client.end();
  return after - before;
}

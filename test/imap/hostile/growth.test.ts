import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Literal, literal, SessionRig, type TestSession } from '../../support/imap-session.ts';
import { StepCounter } from '../../support/steps.ts';

/**
 * Twice as much of anything a client or a sender of mail can make large takes at most about twice the work: counted are
 * the steps of our code, which are the same on each run. What is looked at in windows that grow makes one of two
 * doublings dearer; work that grows with the square makes both so.
 */
const MOST = 2.3;
/**
 * What native code does in a step, processor time alone shows. Four times as much may take nine times as long, since other
 * programs slow single runs; work that grows with the square takes sixteen times as long. Less than some milliseconds is
 * quick however it grows.
 */
const MOST_TIME = 9;
const QUICK = 4;
const TRIES = 5;

const rig = new SessionRig();
let counter: StepCounter;
let runs = 0;

beforeAll(async () => {
  counter = await StepCounter.start();
});

afterAll(() => counter.stop());

type Command = readonly (string | Literal)[];

interface Case {
  /** Of the largest of three sizes, each twice the one before. */
  readonly size: number;
  /** What is in the mailbox. */
  readonly messages?: (size: number) => readonly string[];
  /** Taking them in is no part of it: what is looked at is how many there are. */
  readonly there?: true;
  /** What it is answered. */
  readonly status?: 'OK' | 'NO' | 'BAD';
  readonly before?: (session: TestSession, size: number) => Promise<unknown>;
  readonly command: (size: number) => Command;
}

const times = (count: number, text: (n: number) => string, separator = ''): string =>
  Array.from({ length: count }, (_, n) => text(n)).join(separator);
const mail = (header: string, body = 'x'): string => `${header}\r\n\r\n${body}\r\n`;
const one = (make: (size: number) => string) => (size: number) => [make(size)];

/** What clients send. */
const COMMANDS: Readonly<Record<string, Case>> = {
  'a set of many numbers': {
    size: 40_000,
    command: (size) => [`UID FETCH ${times(size, (n) => String(2 * n + 1), ',')} (FLAGS)`],
  },
  'a set of ranges one in the other': {
    size: 30_000,
    messages: () => Array.from({ length: 50 }, () => mail('Subject: x')),
    command: (size) => [`UID SEARCH UID ${times(size, (n) => `1:${n + 1}`, ',')}`],
  },
  'a set of UIDs in QRESYNC': {
    size: 30_000,
    before: (session) => session.ok('ENABLE QRESYNC'),
    command: (size) => [`SELECT INBOX (QRESYNC (1 1 ${times(size, (n) => String(2 * n + 1), ',')}))`],
  },
  'many keys': {
    size: 1000,
    messages: () => Array.from({ length: 300 }, () => mail('Subject: x')),
    command: (size) => [`SEARCH ${times(size - 1, () => 'UNSEEN', ' ')}`],
  },
  'many texts': {
    size: 96,
    messages: () => Array.from({ length: 100 }, (_, n) => mail(`Subject: ${n}`, 'lorem ipsum '.repeat(200))),
    command: (size) => [`SEARCH ${times(size, (n) => `NOT BODY word${n}`, ' ')}`],
  },
  'a long text that is nearly there': {
    size: 400_000,
    messages: () => [mail('Subject: x', 'a'.repeat(1_000_000))],
    command: (size) => ['SEARCH BODY ', literal(`b${'a'.repeat(size)}`)],
  },
  'a long text that begins everywhere': {
    size: 400_000,
    messages: () => [mail('Subject: x', 'a'.repeat(1_000_000))],
    command: (size) => ['SEARCH BODY ', literal(`${'a'.repeat(size)}b`)],
  },
  'wildcards of LIST': {
    size: 330,
    before: (session) => session.command(`CREATE ${'a'.repeat(150)}`),
    command: (size) => [`LIST "" "${'*a%'.repeat(size)}b"`],
  },
  'patterns of LIST': {
    size: 100,
    command: (size) => [`LIST "" (${times(size, (n) => `*%x${n}`, ' ')})`],
  },
  'items of FETCH': {
    size: 190,
    messages: () => [mail('Subject: x', 'y'.repeat(10_000))],
    command: (size) => [`FETCH 1 (${times(size, (n) => `BODY.PEEK[]<${n}.5000>`, ' ')})`],
  },
  'names of fields': {
    size: 200,
    messages: () => [mail(times(500, (n) => `X-${n}: y`, '\r\n'))],
    command: (size) => [`FETCH 1 BODY.PEEK[HEADER.FIELDS (${times(size, (n) => `X-${n}`, ' ')})]`],
  },
  'flags of STORE': {
    size: 100,
    messages: () => [mail('Subject: x')],
    command: (size) => [`STORE 1 FLAGS (${times(size, () => '$Same', ' ')})`],
  },
  'a name in modified UTF-7': {
    size: 100_000,
    status: 'NO',
    command: (size) => [`SELECT "${'&APw-'.repeat(size / 5)}"`],
  },
  'groups of NOTIFY': {
    size: 400,
    command: (size) => [`NOTIFY SET (mailboxes (${times(size, (n) => `a${n}`, ' ')}) (MailboxName))`],
  },
  'entries of METADATA': {
    size: 500,
    command: (size) => [`GETMETADATA INBOX (${times(size, (n) => `/private/x${n}`, ' ')})`],
  },
  quotes: {
    size: 200_000,
    status: 'BAD',
    command: (size) => [`SEARCH SUBJECT "${'\\"'.repeat(size / 2)}`],
  },
  parentheses: { size: 200_000, status: 'BAD', command: (size) => [`SEARCH ${'('.repeat(size)}`] },
};

/** What senders of mail send. */
const MAIL: Readonly<Record<string, Case>> = {
  'references of one message': {
    size: 40_000,
    messages: one((size) => mail(`References: ${times(size, (n) => `<${n}@x>`, '\r\n ')}`)),
    command: () => ['THREAD REFERENCES UTF-8 ALL'],
  },
  'a thread as deep as it has messages': {
    size: 2000,
    there: true,
    messages: (size) =>
      Array.from({ length: size }, (_, n) => mail(`Message-ID: <${n}@x>\r\nReferences: <${n - 1}@x>`)),
    command: () => ['THREAD REFERENCES UTF-8 ALL'],
  },
  'answers that name each other in a ring': {
    size: 2000,
    there: true,
    messages: (size) =>
      Array.from({ length: size }, (_, n) =>
        mail(`Message-ID: <${n}@x>\r\nReferences: <${(n * 7 + 1) % size}@x> <${(n + 1) % size}@x>`),
      ),
    command: () => ['THREAD REFS UTF-8 ALL'],
  },
  'many messages of one subject': {
    size: 2000,
    there: true,
    messages: (size) =>
      Array.from({ length: size }, (_, n) => mail(`Subject: ${n % 3 === 0 ? 'Re: ' : ''}x`)),
    command: () => ['THREAD ORDEREDSUBJECT UTF-8 ALL'],
  },
  'Re: Re: Re:': {
    size: 400_000,
    messages: one((size) => mail(`Subject: ${'Re: '.repeat(size / 4)}x`)),
    command: () => ['SORT (SUBJECT) UTF-8 ALL'],
  },
  '[a] [a] [a]': {
    size: 400_000,
    messages: one((size) => mail(`Subject: ${'[a] '.repeat(size / 4)}`)),
    command: () => ['SORT (SUBJECT) UTF-8 ALL'],
  },
  '(fwd) (fwd) (fwd)': {
    size: 400_000,
    messages: one((size) => mail(`Subject: x ${'(fwd) '.repeat(size / 6)}`)),
    command: () => ['SORT (SUBJECT) UTF-8 ALL'],
  },
  '[Fwd: [Fwd:': {
    size: 400_000,
    messages: one((size) => mail(`Subject: ${'[Fwd: '.repeat(size / 8)}${']'.repeat(size / 8)}`)),
    command: () => ['THREAD ORDEREDSUBJECT UTF-8 ALL'],
  },
  addresses: {
    size: 20_000,
    messages: one((size) => mail(`To: ${times(size, (n) => `"x" <${n}@example.org>`, ',\r\n ')}`)),
    command: () => ['FETCH 1 ENVELOPE'],
  },
  'comments in comments': {
    size: 200_000,
    messages: one((size) => mail(`To: ${'('.repeat(size)}`)),
    command: () => ['FETCH 1 ENVELOPE'],
  },
  'groups without an end': {
    size: 100_000,
    messages: one((size) => mail(`To: ${'a:'.repeat(size / 2)}`)),
    command: () => ['FETCH 1 ENVELOPE'],
  },
  'encoded words': {
    size: 20_000,
    messages: one((size) => mail(`Subject: ${times(size, () => '=?utf-8?q?=C3=BC?=', ' ')}`)),
    command: () => ['SORT (SUBJECT DISPLAYFROM) UTF-8 ALL'],
  },
  parts: {
    size: 4000,
    messages: one((size) =>
      mail('Content-Type: multipart/mixed; boundary=b', `${'--b\r\n\r\nx\r\n'.repeat(size)}--b--`),
    ),
    command: () => ['FETCH 1 (BODYSTRUCTURE BODY.PEEK[100])'],
  },
  parameters: {
    size: 20_000,
    messages: one((size) => mail(`Content-Type: text/plain${times(size, (n) => `;\r\n a${n}=b`)}`)),
    command: () => ['FETCH 1 BODYSTRUCTURE'],
  },
  'segments of one parameter': {
    size: 20_000,
    messages: one((size) => mail(`Content-Type: text/plain${times(size, (n) => `;\r\n a*${n}=b`)}`)),
    command: () => ['FETCH 1 BODYSTRUCTURE'],
  },
  'fields of a header': {
    size: 20_000,
    messages: one((size) => mail(times(size, (n) => `X-${n}: y`, '\r\n'))),
    command: () => ['FETCH 1 (BODY.PEEK[HEADER.FIELDS.NOT (Subject)] ENVELOPE)'],
  },
  'lines of a body': {
    size: 1_000_000,
    messages: one((size) => mail('Subject: x', 'x\r\n'.repeat(size / 3))),
    command: () => ['SEARCH BODY y'],
  },
  'elements of HTML': {
    size: 400_000,
    messages: one((size) => mail('Content-Type: text/html', '<b><i>'.repeat(size / 6))),
    command: () => ['FETCH 1 PREVIEW'],
  },
  'messages with one field': {
    size: 2000,
    there: true,
    messages: (size) => Array.from({ length: size }, (_, n) => mail(`Subject: ${n}`)),
    command: () => ['SORT (REVERSE SUBJECT) UTF-8 ALL'],
  },
};

interface Work {
  readonly steps: number;
  /** Milliseconds of processor time. */
  readonly time: number;
}

/** What a command takes that has just got what it asks about. */
async function measure(
  { messages, before, command, there, status = 'OK' }: Case,
  size: number,
): Promise<Work> {
  const session = await rig.session();
  const name = `run${++runs}`;
  await session.ok(`CREATE ${name}`);
  const box = await (await rig.store.account('anna@example.org')).mailbox(name);
  await before?.(session, size);
  if (before === undefined || messages !== undefined) await session.ok(`SELECT ${name}`);
  const all = messages?.(size) ?? [];
  const pieces = command(size);
  await counter.taken();
  let start = process.threadCpuUsage();
  // What a message costs it may cost when it is taken in, or when it is first asked for.
  for (let at = 0; at < all.length; at += 200)
    await box?.append(all.slice(at, at + 200).map((text) => ({ pieces: [Buffer.from(text, 'latin1')] })));
  if (all.length > 0) await session.command('NOOP');
  if (there === true) {
    await counter.taken();
    start = process.threadCpuUsage();
  }
  const answer = await session.command(...pieces);
  const { user, system } = process.threadCpuUsage(start);
  const steps = await counter.taken();
  expect(answer.status, answer.result.slice(0, 200)).toBe(status);
  await session.command('UNSELECT');
  await session.command(`DELETE ${name}`);
  return { steps, time: (user + system) / 1000 };
}

/** The least of some runs of each size: garbage and other threads make single ones slow. */
async function growth(one: Case): Promise<Work[]> {
  const sizes = [one.size / 4, one.size / 2, one.size].map(Math.floor);
  let least: Work[] = [];
  for (let attempt = 0; attempt < TRIES && (attempt === 0 || slower(least) > MOST_TIME); attempt++) {
    const seen: Work[] = [];
    for (const size of sizes) seen.push(await measure(one, size));
    least = seen.map(({ steps, time }, at) => ({
      steps: Math.min(steps, least[at]?.steps ?? Infinity),
      time: Math.min(time, least[at]?.time ?? Infinity),
    }));
  }
  return least;
}

/** How many times the processor time of the smallest size the largest takes. */
function slower(works: readonly Work[]): number {
  const [quarter, , whole] = works.map(({ time }) => time);
  return (whole ?? 0) <= QUICK ? 1 : (whole ?? 0) / Math.max(quarter ?? 0, QUICK / 4);
}

describe.each(Object.entries({ ...COMMANDS, ...MAIL }))('%s', (name, one) => {
  test('takes twice as much when there is twice as much', { timeout: 120_000 }, async () => {
    const works = await growth(one);
    const [quarter = 0, half = 0, whole = 0] = works.map(({ steps }) => steps);
    const figures = works.map(({ steps, time }) => `${steps} steps in ${time.toFixed(1)} ms`).join(', ');
    if (process.env['TAMIS_GROWTH'] !== undefined) console.log(`${name}: ${figures}`);
    expect(Math.min(half / quarter, whole / half), figures).toBeLessThanOrEqual(MOST);
    expect(slower(works), figures).toBeLessThanOrEqual(MOST_TIME);
    // Nothing of a size that fits into a command or a message keeps a core busy for seconds.
    expect(works.at(-1)?.time).toBeLessThan(4000);
  });
});

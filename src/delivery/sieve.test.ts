import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Log, silentLog } from '../log.ts';
import { replyLine } from '../policy/reply.ts';
import { openState } from '../state/open.ts';
import { defaultStateSettings } from '../state/settings.ts';
import { type State, StateError } from '../state/types.ts';
import { createMailStore } from '../store/mail/mail-store.ts';
import { createScriptFolder, type ScriptFolder } from '../store/script-folder.ts';
import { createScriptStore } from '../store/script-store.ts';
import { defaultStoreSettings } from '../store/settings.ts';
import { ScriptError } from '../store/types.ts';
import { createDelivery } from './delivery.ts';
import { createLists } from './host/lists.ts';
import { createMemory } from './memory.ts';
import type { ProgramJob } from './programs.ts';
import type { DeliveryContext } from './recipient.ts';
import { defaultDeliverySettings } from './settings.ts';
import type { Delivery, DeliveryRequest, Outbound, OutboundMail } from './types.ts';

const ANNA = 'anna@here.example';
let folder: string;
let state: State;
let sent: OutboundMail[];
let lines: { fields: Record<string, unknown>; text: string }[];
let now: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-sieve-'));
  state = await openState({
    settings: { ...defaultStateSettings, path: join(folder, 'state') },
    log: silentLog,
  });
  sent = [];
  lines = [];
  now = Date.UTC(2026, 0, 5, 12);
});
afterEach(async () => {
  await state.close();
  rmSync(folder, { recursive: true, force: true });
});

const recording: Log = {
  ...silentLog,
  warn: (fields, text) => void lines.push({ fields: { ...fields }, text }),
  error: (fields, text) => void lines.push({ fields: { ...fields }, text }),
  child: () => recording,
};

const outbound: Outbound = {
  enqueue: () => Promise.reject(new Error('not used')),
  stage: (mail) =>
    Promise.resolve({
      commit: () => {
        sent.push(mail);
        return Promise.resolve('id');
      },
      abort: () => Promise.resolve(true),
    }),
};

function make(more: Partial<DeliveryContext> = {}): Delivery {
  return createDelivery({
    store: createMailStore({
      folder: join(folder, 'mail'),
      settings: defaultStoreSettings,
      log: silentLog,
    }),
    scripts: createScriptStore({ folder: join(folder, 'sieve'), settings: defaultStoreSettings }),
    outbound,
    memory: createMemory(state, () => now),
    resolve: (address) => Promise.resolve(address.endsWith('@here.example') ? ANNA : undefined),
    subaddressSeparator: '+',
    hostname: 'mx.here.example',
    isOurs: (address) => address.endsWith('@here.example'),
    settings: defaultDeliverySettings,
    now: () => now,
    log: recording,
    ...more,
  });
}

function write(path: string, text: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
}
const script = (source: string): void => write(`sieve/${ANNA}/active.sieve`, source);
const folderOf = (name: string): ScriptFolder =>
  createScriptFolder({ folder: join(folder, name), maxScriptBytes: 10_000 });

async function deliver(delivery: Delivery, more: Partial<DeliveryRequest> = {}): Promise<string> {
  const raw = Buffer.from(
    `From: carl@there.example\r\nTo: ${ANNA}\r\nSubject: hello\r\nMessage-ID: <1@x>\r\n\r\nbody\r\n`,
  );
  const envelope = { client: {}, sender: 'carl@there.example', recipients: [{ address: ANNA }] };
  const [outcome] = await delivery.deliver({
    id: 'm1',
    raw,
    envelope,
    edits: [],
    spam: false,
    score: 0,
    ...more,
  });
  return outcome === undefined ? '' : replyLine(outcome.reply);
}

function stored(mailbox = ''): string[] {
  return ['new', 'cur'].flatMap((part) => {
    const path = join(folder, 'mail', ANNA, 'Maildir', mailbox, part);
    try {
      return readdirSync(path).map((name) => readFileSync(join(path, name), 'utf8'));
    } catch {
      return [];
    }
  });
}
const counts = (...mailboxes: string[]): number[] => mailboxes.map((mailbox) => stored(mailbox).length);

const OK = '250 2.0.0 Delivered';
const TEMPORARY = /^451 4\.3\.0/;
const failing: Outbound = {
  ...outbound,
  stage: () =>
    Promise.resolve({
      commit: () => Promise.reject(new Error('injected')),
      abort: () => Promise.resolve(true),
    }),
};

describe('what is remembered', () => {
  const DUPLICATE = 'require ["duplicate", "fileinto"]; if duplicate :seconds 60 { fileinto "Twice"; }';

  test('a mail that has to come again is not its own duplicate', async () => {
    script(`${DUPLICATE} else { redirect "x@there.example"; }`);
    expect(await deliver(make({ outbound: failing }))).toMatch(TEMPORARY);
    expect(await deliver(make())).toBe(OK);
    expect([sent.length, ...counts('.Twice')]).toEqual([1, 0]);
    expect(await deliver(make())).toBe(OK);
    expect([sent.length, ...counts('.Twice')]).toEqual([1, 1]);
  });

  test('for as long as was asked', async () => {
    script(DUPLICATE);
    await deliver(make());
    now += 59_000;
    await deliver(make());
    now += 2_000;
    await deliver(make());
    expect(counts('', '.Twice')).toEqual([2, 1]);
  });

  test('nothing of a script that fails', async () => {
    script(
      `${DUPLICATE} else { fileinto "A"; reject "no"; }`.replace('["duplicate"', '["reject", "duplicate"'),
    );
    await deliver(make());
    script(DUPLICATE);
    await deliver(make());
    expect(counts('', '.Twice')).toEqual([2, 0]);
  });

  test('a reply that could not be sent is sent with the next attempt, one that was is not', async () => {
    script('require "vacation"; vacation "away";');
    expect(await deliver(make({ outbound: failing }))).toMatch(TEMPORARY);
    expect(counts('')).toEqual([0]);
    await deliver(make());
    await deliver(make());
    expect(sent.map(({ kind, recipients }) => [kind, ...recipients])).toEqual([
      ['vacation', 'carl@there.example'],
    ]);
    now += 8 * 86_400_000;
    await deliver(make());
    expect(sent.length).toBe(2);
  });

  test('a state that is away keeps the mail, and loses none', async () => {
    const away = (): Promise<never> => Promise.reject(new StateError('away', true));
    script(DUPLICATE);
    await deliver(make({ memory: createMemory({ ...state, get: away }, () => now) }));
    expect(counts('')).toEqual([1]);
    const unwritable = createMemory({ ...state, get: (key) => state.get(key), put: away }, () => now);
    expect(await deliver(make({ memory: unwritable }))).toBe(OK);
    expect(counts('')).toEqual([2]);
    expect(lines.map(({ text }) => text)).toContain(
      'a mail cannot be remembered; copies of it will not be known',
    );
    // A reply that cannot be remembered would be sent again and again.
    script('require "vacation"; vacation "away";');
    expect(await deliver(make({ memory: unwritable }))).toMatch(TEMPORARY);
    expect([sent.length, ...counts('')]).toEqual([0, 2]);
  });
});

describe('global scripts', () => {
  test('a folder that is not there, and scripts with faults, stop nobody', async () => {
    write('before/a.sieve', 'nonsense');
    mkdirSync(join(folder, 'before/b.sieve'));
    script('require "fileinto"; fileinto "Own";');
    const global = { before: [folderOf('missing'), folderOf('before')], after: [] };
    expect(await deliver(make({ global }))).toBe(OK);
    expect(counts('.Own', '')).toEqual([1, 0]);
    expect(lines.map(({ text }) => text)).toEqual([
      'a folder of global scripts cannot be read',
      'the script has errors, the mail is kept',
      'a global script cannot be read',
    ]);
  });

  test.each(['all', 'one'])('what cannot be read just now is a 4xx: %s', async (which) => {
    const fault = new ScriptError('injected', true);
    const before: ScriptFolder = {
      all: () => (which === 'all' ? Promise.reject(fault) : Promise.resolve([{ name: 'a', fault }])),
      named: () => Promise.reject(fault),
    };
    expect(await deliver(make({ global: { before: [before], after: [] } }))).toMatch(TEMPORARY);
    expect(counts('')).toEqual([0]);
  });

  test('several folders after the owner’s, when he has no script', async () => {
    write('after1/a.sieve', 'require "imap4flags"; addflag "\\\\Seen";');
    write(
      'after2/a.sieve',
      'require ["fileinto", "imap4flags"]; if hasflag "\\\\Seen" { fileinto "After"; }',
    );
    await deliver(make({ global: { before: [], after: [folderOf('after1'), folderOf('after2')] } }));
    expect(counts('.After')).toEqual([1]);
  });

  test('actions of before that keep the implicit keep are done whatever the owner’s script does', async () => {
    write('before/a.sieve', 'require "copy"; redirect :copy "archive@there.example";');
    script('require ["fileinto", "reject"]; fileinto "A"; reject "no";');
    await deliver(make({ global: { before: [folderOf('before')], after: [] } }));
    expect([sent.length, ...counts('', '.A')]).toEqual([1, 1, 0]);
  });
});

describe('include', () => {
  test('a script of the owner’s that cannot be read just now is a 4xx', async () => {
    script('require "include"; include :global "ours";');
    const included: ScriptFolder = {
      all: () => Promise.resolve([]),
      named: () => Promise.reject(new ScriptError('injected', true)),
    };
    expect(await deliver(make({ global: { before: [], after: [], included } }))).toMatch(TEMPORARY);
  });
});

describe('lists', () => {
  const TEST =
    'require ["extlists", "envelope", "fileinto"]; if envelope :list "from" "tag:here.example,2026:friends" { fileinto "Friends"; }';

  test('of the configuration and of a file that changes', async () => {
    const file = join(folder, 'friends.txt');
    writeFileSync(file, '# friends\n dora@there.example \r\n\n');
    const lists = createLists([
      { name: 'tag:here.example,2026:friends', members: ['Emil@there.example'], file },
    ]);
    script(TEST);
    const delivery = make({ lists });
    const from = (sender: string): Promise<string> =>
      deliver(delivery, { envelope: { client: {}, sender, recipients: [{ address: ANNA }] } });
    for (const sender of ['DORA@there.example', 'emil@there.example', 'carl@there.example'])
      await from(sender);
    expect(counts('.Friends', '')).toEqual([2, 1]);
    writeFileSync(file, 'carl@there.example\nmore@there.example\n');
    await from('carl@there.example');
    expect(counts('.Friends')).toEqual([3]);
    rmSync(file);
    await from('carl@there.example');
    expect(counts('.Friends', '')).toEqual([3, 2]);
  });
});

describe('spamtest', () => {
  const TEST =
    'require ["spamtest", "fileinto", "relational", "comparator-i;ascii-numeric"]; if spamtest :value "ge" :comparator "i;ascii-numeric" "6" { fileinto "Likely"; }';

  test('by the score of the filter, or by what it wrote before', async () => {
    script(TEST);
    const delivery = make({ certainScore: 15 });
    await deliver(delivery, { score: 10, required: 6 });
    await deliver(delivery, { score: 2, required: 6 });
    expect(counts('.Likely', '')).toEqual([1, 1]);
    const edits = [
      { kind: 'add', name: 'X-Spam-Status', value: 'Yes, score=12.5 required=6.0 tests=A' },
    ] as const;
    await deliver(delivery, { edits });
    expect(counts('.Likely')).toEqual([2]);
    // Not tested.
    await deliver(delivery);
    expect(counts('.Likely', '')).toEqual([2, 2]);
  });
});

test('environment', async () => {
  script(`require ["environment", "fileinto"];
    if allof (environment "host" "mx.here.example", environment "domain" "here.example", environment "location" "MDA",
      environment "phase" "during", environment "name" "Tamis") { fileinto "Here"; }`);
  await deliver(make({ software: { name: 'Tamis', version: '1' } }));
  expect(counts('.Here')).toEqual([1]);
});

test('a notification by https is sent when the mail is safe, and its failure is a line in the log', async () => {
  const calls: string[] = [];
  script('require "enotify"; notify :message "new" "https://hook.example/x";');
  const notifier = {
    send: async (notification: { kind: string }): Promise<void> => {
      calls.push(`${notification.kind} ${stored().length}`);
      throw new Error('refused');
    },
  };
  const sieve = { settings: { notify: { httpsHosts: ['hook.example'] } } };
  expect(await deliver(make({ notifier, sieve }))).toBe(OK);
  expect(calls).toEqual(['https 1']);
  await Promise.resolve();
  expect(lines.map(({ text }) => text)).toContain('a notification could not be sent');
});

test('redirect with parameters for the next server', async () => {
  script(
    'require ["redirect-dsn", "redirect-deliverby"]; redirect :notify "NEVER" :ret "HDRS" :bytimerelative 3600 :bymode "return" "x@there.example";',
  );
  await deliver(make());
  expect(sent).toMatchObject([
    { kind: 'redirect', dsn: { notify: 'NEVER', ret: 'HDRS' }, deadline: now + 3_600_000 },
  ]);
});

describe('programs', () => {
  const pipe = (program: string, more = ''): void =>
    script(
      `require ["vnd.dovecot.pipe", "copy", "fileinto"]; fileinto "A"; pipe ${more} "${program}" ["x"];`,
    );
  const available = ['vnd.dovecot.pipe', 'vnd.dovecot.filter', 'vnd.dovecot.execute'];
  const jobs: string[] = [];
  const programs = {
    known: (_: string, program: string): boolean => program !== 'missing',
    run: (job: ProgramJob): Promise<Buffer | undefined> => {
      const input = Buffer.concat(job.input).toString();
      jobs.push(`${job.command} ${job.program} ${job.arguments.join()} ${job.sender} ${job.recipient}`);
      if (job.program === 'fails') return Promise.resolve(undefined);
      return Promise.resolve(Buffer.from(input.replace('hello', 'filtered')));
    },
    close: () => undefined,
  };
  beforeEach(() => jobs.splice(0));

  test('a pipe that works takes the place of the implicit keep', async () => {
    script('require "vnd.dovecot.pipe"; pipe "good" ["x"];');
    expect(await deliver(make({ programs, available }))).toBe(OK);
    expect(jobs).toEqual([`pipe good x carl@there.example ${ANNA}`]);
    expect(counts('')).toEqual([0]);
  });

  test('one that fails ends the script with the implicit keep', async () => {
    pipe('fails');
    expect(await deliver(make({ programs, available }))).toBe(OK);
    expect(counts('', '.A')).toEqual([1, 0]);
    expect(lines.map(({ text }) => text)).toContain('the script failed, the mail is kept');
  });

  test('with :try the mail is kept as well', async () => {
    pipe('fails', ':try');
    await deliver(make({ programs, available }));
    expect(counts('', '.A')).toEqual([1, 1]);
  });

  test('one that nobody listed fails the script, and the capability is refused where there are none', async () => {
    pipe('missing');
    await deliver(make({ programs, available }));
    script('require "vnd.dovecot.pipe"; pipe "good";');
    await deliver(make());
    expect([jobs.length, ...counts('', '.A')]).toEqual([0, 2, 0]);
    expect(lines.at(-1)?.fields['errors']).toContain(
      'active: line 1: error: capability "vnd.dovecot.pipe" cannot be used here: no programs are set up for it',
    );
  });

  test('what a filter makes of the mail is filed', async () => {
    script(
      'require ["vnd.dovecot.filter", "fileinto"]; filter "good"; if header "subject" "filtered" { fileinto "B"; }',
    );
    await deliver(make({ programs, available }));
    expect(stored('.B')[0]).toContain('Subject: filtered\r\n');
  });
});

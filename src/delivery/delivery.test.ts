import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Log } from '../log.ts';
import type { HeaderEdit } from '../message/types.ts';
import { replyLine } from '../policy/reply.ts';
import { type Disk, disk } from '../store/durable.ts';
import { createMaildirStore } from '../store/maildir-store.ts';
import { createScripts } from '../store/scripts.ts';
import { defaultStoreSettings } from '../store/settings.ts';
import { ScriptError, type Scripts } from '../store/types.ts';
import { createDelivery } from './delivery.ts';
import { defaultDeliverySettings, type DeliverySettings } from './settings.ts';
import type { Delivery, DeliveryRequest, Outbound, OutboundMail } from './types.ts';

let folder: string;
/** Redirects that were committed. */
let sent: OutboundMail[];
let lines: { level: string; fields: Record<string, unknown>; text: string }[];

const recording = (fields: Record<string, unknown> = {}): Log => {
  const at = (level: string) => (more: object, text: string) => {
    lines.push({ level, fields: { ...fields, ...more }, text });
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (more) => recording({ ...fields, ...more }),
  };
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-delivery-'));
  sent = [];
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ACCOUNTS: Readonly<Record<string, string>> = {
  'anna@here.example': 'anna@here.example',
  'postmaster@here.example': 'anna@here.example',
  postmaster: 'anna@here.example',
  'bob@here.example': 'bob@here.example',
};

const resolve = (address: string): Promise<string | undefined> =>
  address.startsWith('broken')
    ? Promise.reject(new Error('accounts are away'))
    : Promise.resolve(ACCOUNTS[address.toLowerCase().replace(/\+[^@]*/, '')]);

interface Overrides {
  settings?: Partial<DeliverySettings>;
  disk?: Partial<Disk>;
  outbound?: Partial<Outbound>;
  scripts?: Scripts;
}

function make({ settings, disk: faulty, outbound, scripts }: Overrides = {}): Delivery {
  const log = recording();
  const out: Outbound = {
    enqueue: (mail) => {
      sent.push(mail);
      return Promise.resolve('id');
    },
    stage: (mail) =>
      Promise.resolve({
        commit: () => {
          sent.push(mail);
          return Promise.resolve('id');
        },
        abort: () => {
          sent = sent.filter((other) => other !== mail);
          return Promise.resolve(true);
        },
      }),
    ...outbound,
  };
  return createDelivery({
    store: createMaildirStore({
      folder: join(folder, 'mail'),
      settings: defaultStoreSettings,
      log,
      disk: { ...disk, ...faulty },
    }),
    scripts: scripts ?? createScripts({ folder: join(folder, 'sieve'), settings: defaultStoreSettings }),
    outbound: out,
    resolve,
    subaddressSeparator: '+',
    hostname: 'us.example',
    isOurs: (address) => address.endsWith('@here.example'),
    settings: { ...defaultDeliverySettings, ...settings },
    log,
  });
}

function script(source: string, account = 'anna@here.example'): void {
  mkdirSync(join(folder, 'sieve', account), { recursive: true });
  writeFileSync(join(folder, 'sieve', account, 'active.sieve'), source);
}

const RAW = 'Received: one\r\nSubject: hello\r\n\r\nbody\r\n';
const request = (
  overrides: Partial<DeliveryRequest> & { to?: string[]; sender?: string; text?: string } = {},
): DeliveryRequest => {
  const { to = ['anna@here.example'], sender = 'carl@there.example', text = RAW, ...rest } = overrides;
  return {
    id: 'm1',
    raw: Buffer.from(text, 'latin1'),
    envelope: { client: {}, sender, recipients: to.map((address) => ({ address })) },
    edits: [],
    spam: false,
    score: 0,
    ...rest,
  };
};

const answers = async (delivery: Delivery, given: DeliveryRequest): Promise<string[]> =>
  (await delivery.deliver(given)).map(({ reply }) => replyLine(reply));

/** Messages of a mailbox folder, `''` the inbox, new and cur together. */
function stored(mailbox = '', account = 'anna@here.example'): string[] {
  return ['new', 'cur'].flatMap((name) => {
    const path = join(folder, 'mail', account, 'Maildir', mailbox, name);
    try {
      return readdirSync(path).map((file) => readFileSync(join(path, file), 'latin1'));
    } catch {
      return [];
    }
  });
}

const temporaries = (): string[] =>
  readdirSync(join(folder, 'mail'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\/tmp\/./.test(path),
  );

const OK = '250 2.0.0 Delivered';

describe('recipients that are not ours', () => {
  const to = ['anna@here.example', 'dora@there.example', 'nobody@here.example', 'emil@there.example'];
  const UNKNOWN = /^550 5\.1\.1 /;

  test('are unknown where nothing is relayed', async () => {
    const [anna, ...others] = await answers(make(), request({ to }));
    expect(anna).toBe(OK);
    for (const other of others) expect(other).toMatch(UNKNOWN);
    expect(sent).toEqual([]);
  });

  test('are sent on together, with the edits, where the client may relay', async () => {
    const edits: HeaderEdit[] = [{ kind: 'insert', position: 0, name: 'X-Spam-Score', value: '1.5' }];
    const [anna, dora, nobody, emil] = await answers(make(), request({ to, edits, relay: true }));
    expect([anna, dora, emil]).toEqual([
      OK,
      '250 2.0.0 Queued to be sent on',
      '250 2.0.0 Queued to be sent on',
    ]);
    expect(nobody).toMatch(UNKNOWN);
    expect(sent).toMatchObject([
      {
        kind: 'relay',
        sender: 'carl@there.example',
        recipients: ['dora@there.example', 'emil@there.example'],
      },
    ]);
    expect(Buffer.concat(sent[0]?.pieces ?? []).toString('latin1')).toBe(`X-Spam-Score: 1.5\r\n${RAW}`);
  });

  test('are refused when the mail goes in circles', async () => {
    const text = 'Received: x\r\n'.repeat(99) + RAW;
    const [anna, dora] = await answers(make(), request({ to: to.slice(0, 2), text, relay: true }));
    expect([anna, dora?.slice(0, 9)]).toEqual([OK, '554 5.4.6']);
    expect(sent).toEqual([]);
  });

  test('are to be tried again when the spool does not take them', async () => {
    const outbound = { enqueue: () => Promise.reject(new Error('no space')) };
    const [anna, dora] = await answers(make({ outbound }), request({ to: to.slice(0, 2), relay: true }));
    expect(anna).toBe(OK);
    expect(dora).toMatch(/^4\d\d /);
  });
});

describe('without a script', () => {
  test('the message with its edits, under Return-Path and Delivered-To', async () => {
    const edits: HeaderEdit[] = [{ kind: 'insert', position: 0, name: 'X-Spam-Score', value: '1.5' }];
    expect(await answers(make(), request({ edits }))).toEqual([OK]);
    expect(stored()).toEqual([
      `Return-Path: <carl@there.example>\r\nDelivered-To: anna@here.example\r\nX-Spam-Score: 1.5\r\n${RAW}`,
    ]);
  });

  test('with the line endings of the message, a null sender, and forged Return-Paths gone', async () => {
    const text = 'Return-Path: <forged@x>\nSubject: x\nreturn-path:\n <again@x>\n\nbody\n';
    await make().deliver(request({ text, sender: '' }));
    expect(stored()).toEqual(['Return-Path: <>\nDelivered-To: anna@here.example\nSubject: x\n\nbody\n']);
  });

  test('an envelope cannot write header fields', async () => {
    await make().deliver(request({ sender: 'a\r\nX-Evil: 1@x' }));
    expect(stored()[0]).toMatch(/^Return-Path: <a\?\?X-Evil: 1@x>\r\n/);
  });

  test('spam goes to Junk, unless there is none', async () => {
    await make().deliver(request({ spam: true }));
    expect([stored().length, stored('.Junk').length]).toEqual([0, 1]);
    await make({ settings: { junk: 'Spam/Sure', autocreate: false } }).deliver(request({ spam: true }));
    expect(stored('.Spam.Sure').length).toBe(1);
    await make({ settings: { junk: '' } }).deliver(request({ spam: true }));
    expect(stored().length).toBe(1);
    await make({ settings: { junk: 'not.possible' } }).deliver(request({ spam: true }));
    expect(stored().length).toBe(2);
  });

  test('a message without header, or without anything', async () => {
    for (const text of ['', '\r\nbody', 'x']) expect(await answers(make(), request({ text }))).toEqual([OK]);
    expect(stored().length).toBe(3);
  });
});

describe('recipients', () => {
  test('one answer each; one copy for each owner and detail', async () => {
    const to = [
      'anna@here.example',
      'nobody@here.example',
      'ANNA@here.example',
      'postmaster@here.example',
      'anna+lists@here.example',
      'bob@here.example',
      'broken@here.example',
    ];
    const outcomes = await make().deliver(request({ to }));
    expect(outcomes.map(({ recipient }) => recipient.address)).toEqual(to);
    expect(outcomes.map(({ reply }) => reply.code)).toEqual([250, 550, 250, 250, 250, 250, 451]);
    expect(
      stored()
        .map((text) => /Delivered-To: (.*)\r/.exec(text)?.[1] ?? '')
        .sort(),
    ).toEqual(['anna+lists@here.example', 'anna@here.example']);
    expect(stored('', 'bob@here.example').length).toBe(1);
  });

  test('a failure of one is not a failure of the others', async () => {
    const bobs = (path: string): boolean => path.includes('/bob@');
    const delivery = make({
      disk: {
        write: (path, pieces) =>
          bobs(path)
            ? Promise.reject(Object.assign(new Error('x'), { code: 'ENOSPC' }))
            : disk.write(path, pieces),
      },
    });
    expect(await answers(delivery, request({ to: ['bob@here.example', 'anna@here.example'] }))).toEqual([
      '452 4.3.1 Insufficient system storage',
      OK,
    ]);
  });
});

describe('what a script asks for', () => {
  test('fileinto makes the mailbox, or falls back to the inbox', async () => {
    script('require "fileinto"; fileinto "Lists/Tamis";');
    await make().deliver(request());
    expect([stored('.Lists.Tamis').length, stored().length]).toEqual([1, 0]);
    script('require "fileinto"; fileinto "Other";');
    await make({ settings: { autocreate: false } }).deliver(request());
    expect([stored('.Other').length, stored().length]).toEqual([0, 1]);
    expect(lines.some(({ level, text }) => level === 'warn' && text.startsWith('no such mailbox'))).toBe(
      true,
    );
  });

  test('a mailbox that cannot be is the implicit keep: Junk for spam', async () => {
    script('require "fileinto"; fileinto "../../bob@here.example/Maildir";');
    await make().deliver(request());
    await make().deliver(request({ spam: true }));
    expect([stored().length, stored('.Junk').length, stored('', 'bob@here.example').length]).toEqual([
      1, 1, 0,
    ]);
  });

  test('fileinto and keep win over Junk, the implicit keep does not', async () => {
    const delivery = make();
    script('require "fileinto"; fileinto "Good";');
    await delivery.deliver(request({ spam: true }));
    script('keep;');
    await delivery.deliver(request({ spam: true }));
    script('if header "subject" "other" { discard; }');
    await delivery.deliver(request({ spam: true }));
    expect([stored('.Good').length, stored().length, stored('.Junk').length]).toEqual([1, 1, 1]);
  });

  test('one copy a mailbox', async () => {
    script('require "fileinto"; fileinto "INBOX"; keep; fileinto "A"; fileinto "A"; fileinto "inbox";');
    await make().deliver(request());
    expect([stored().length, stored('.A').length]).toEqual([1, 1]);
  });

  test('it sees what the filter wrote', async () => {
    script('require "fileinto"; if header "x-spam-flag" "YES" { fileinto "Seen"; }');
    await make().deliver(request({ edits: [{ kind: 'add', name: 'X-Spam-Flag', value: 'YES' }] }));
    expect(stored('.Seen').length).toBe(1);
  });

  test('discard takes the mail and keeps nothing', async () => {
    script('discard;');
    expect(await answers(make(), request())).toEqual([OK]);
    expect(stored()).toEqual([]);
  });

  test('reject refuses this recipient, in one line or more', async () => {
    script('require "reject"; reject "go away\r\nJörg\r\n\r\n does not want it";');
    const outcomes = await make().deliver(request({ to: ['anna@here.example', 'bob@here.example'] }));
    expect(outcomes.map(({ reply }) => reply)).toMatchObject([
      { code: 550, enhanced: '5.7.1', text: ['go away', 'J?rg', 'does not want it'] },
      { code: 250 },
    ]);
    script('require "ereject"; ereject "\r\n";');
    expect(await answers(make(), request())).toEqual(['550 5.7.1 Message refused by its recipient']);
    expect(stored()).toEqual([]);
  });
});

describe('scripts that fail keep the mail', () => {
  test.each([
    ['does not compile', 'this is not sieve'],
    ['asks for what is not there', 'require "no-such-thing"; discard;'],
    ['contradicts itself', 'require ["fileinto", "reject"]; fileinto "A"; reject "no";'],
    ['is too large', `discard; # ${'x'.repeat(2 * 1024 * 1024)}`],
  ])('%s', async (_, source) => {
    script(source);
    expect(await answers(make(), request())).toEqual([OK]);
    expect(stored().length).toBe(1);
    expect(
      lines.some(({ level, fields }) => ['warn', 'error'].includes(level) && fields['id'] === 'm1'),
    ).toBe(true);
  });

  test('a script that cannot be read just now is asked for again', async () => {
    let temporary = true;
    const scripts: Scripts = {
      activeScript: () => Promise.reject(new ScriptError('injected', temporary)),
    };
    const delivery = make({ scripts });
    expect(await answers(delivery, request())).toEqual(['451 4.3.0 Temporary failure, try again later']);
    expect(stored()).toEqual([]);
    temporary = false;
    expect(await answers(delivery, request())).toEqual([OK]);
    expect(stored().length).toBe(1);
  });
});

describe('redirect', () => {
  test('the message with its edits and our mark, in the name of who redirects', async () => {
    script('redirect "x@away.example"; redirect "X@away.example";');
    await make().deliver(
      request({ edits: [{ kind: 'add', name: 'X-New', value: 'y' }], text: `Return-Path: <f@x>\r\n${RAW}` }),
    );
    expect(stored()).toEqual([]);
    expect(sent[0]).toMatchObject({
      cause: 'm1',
      sender: 'anna@here.example',
      recipients: ['x@away.example'],
      kind: 'redirect',
    });
    expect(Buffer.concat(sent[0]?.pieces ?? []).toString()).toMatch(
      /^X-Tamis-Redirected: [\w-]{22}\r\nReceived: one\r\nSubject: hello\r\nX-New: y\r\n\r\nbody\r\n$/,
    );
  });

  test('the null sender stays, and the original one where the admin wants it', async () => {
    script('redirect "x@away.example";');
    await make().deliver(request({ sender: '' }));
    await make({ settings: { redirectSender: 'original' } }).deliver(request());
    expect(sent.map(({ sender }) => sender)).toEqual(['', 'carl@there.example']);
  });

  test('with a copy, and to more than one', async () => {
    script('keep; redirect "x@away.example"; redirect "bob@here.example";');
    await make().deliver(request());
    expect(stored().length).toBe(1);
    expect(sent.map(({ recipients }) => recipients)).toEqual([['x@away.example'], ['bob@here.example']]);
  });

  test('a mail that comes back is kept, by whoever it was redirected to', async () => {
    script('redirect "bob@here.example";');
    script('redirect "anna@here.example";', 'bob@here.example');
    const delivery = make();
    await delivery.deliver(request());
    const again = Buffer.concat(sent[0]?.pieces ?? []).toString();
    await delivery.deliver(request({ to: ['bob@here.example'], text: again }));
    const third = Buffer.concat(sent[1]?.pieces ?? []).toString();
    await delivery.deliver(request({ text: third }));
    expect(sent.length).toBe(2);
    expect(stored().length).toBe(1);
    expect(lines.some(({ text }) => text === 'mail is kept instead of redirected')).toBe(true);
  });

  test('a mail that comes back is kept, though scripts took the marks away', async () => {
    const unmarked = 'require "editheader"; deleteheader "X-Tamis-Redirected"; ';
    script(`${unmarked} redirect "bob@here.example";`);
    script(`${unmarked} redirect "anna@here.example";`, 'bob@here.example');
    const delivery = make();
    let text = RAW;
    for (let turn = 0; turn < 6 && sent.length === turn; turn++) {
      await delivery.deliver(
        request({ to: [turn % 2 === 0 ? 'anna@here.example' : 'bob@here.example'], text }),
      );
      text = Buffer.concat(sent.at(-1)?.pieces ?? []).toString();
    }
    expect([sent.length, stored().length]).toEqual([2, 1]);
  });

  test('in the name of the account when the recipient has no domain', async () => {
    script('redirect "x@away.example";');
    await make().deliver(request({ to: ['postmaster'] }));
    expect(sent[0]?.sender).toBe('anna@here.example');
  });

  test('to oneself, by any name, is keeping', async () => {
    script('redirect "Postmaster@here.example";');
    await make().deliver(request());
    expect([sent.length, stored().length]).toEqual([0, 1]);
  });

  test('a hundred Received fields are a loop', async () => {
    script('redirect "x@away.example";');
    await make().deliver(request({ text: 'Received: x\r\n'.repeat(99) + RAW }));
    expect([sent.length, stored().length]).toEqual([0, 1]);
    await make().deliver(request({ text: 'Received: x\r\n'.repeat(98) + RAW }));
    expect(sent.length).toBe(1);
  });
});

describe('all or nothing', () => {
  const SCRIPT = 'require "fileinto"; fileinto "A"; fileinto "B"; redirect "x@away.example";';
  const TEMPORARY = '451 4.3.0 Temporary failure, try again later';
  const nothing = (): void => {
    expect([stored('.A'), stored('.B'), stored(), sent, temporaries()]).toEqual([[], [], [], [], []]);
  };

  test.each([
    ['the second file cannot be written', { disk: { write: failAt('/.B/tmp/') } }],
    ['the second file cannot be renamed', { disk: { rename: failRename('/.B/tmp/') } }],
    ['the redirect cannot be staged', { outbound: { stage: () => Promise.reject(new Error('injected')) } }],
    [
      'the redirect cannot be committed',
      {
        outbound: {
          stage: () =>
            Promise.resolve({
              commit: () => Promise.reject(new Error('injected')),
              abort: () => Promise.resolve(true),
            }),
        },
      },
    ],
  ] as [string, Overrides][])('%s', async (_, overrides) => {
    script(SCRIPT);
    expect(await answers(make(overrides), request())).toEqual([TEMPORARY]);
    nothing();
    expect(await answers(make(), request())).toEqual([OK]);
    expect([stored('.A').length, stored('.B').length, sent.length]).toEqual([1, 1, 1]);
  });

  test('what somebody has read meanwhile cannot be taken back, and the log says so', async () => {
    script(SCRIPT);
    const delivery = make({
      outbound: {
        stage: () =>
          Promise.resolve({
            commit: () => {
              const maildir = join(folder, 'mail/anna@here.example/Maildir/.A');
              for (const name of readdirSync(join(maildir, 'new'))) {
                renameSync(join(maildir, 'new', name), join(maildir, 'cur', `${name}:2,S`));
              }
              return Promise.reject(new Error('injected'));
            },
            abort: () => Promise.resolve(true),
          }),
      },
    });
    expect(await answers(delivery, request())).toEqual([TEMPORARY]);
    expect([stored('.A').length, stored('.B').length]).toEqual([1, 0]);
    expect(lines.find(({ text }) => text.includes('doubles'))).toMatchObject({
      level: 'error',
      fields: { copies: 1 },
    });
  });
});

function failAt(part: string): Disk['write'] {
  return (path, pieces) =>
    path.includes(part) ? Promise.reject(new Error('injected')) : disk.write(path, pieces);
}

function failRename(part: string): Disk['rename'] {
  return (from, to) => (from.includes(part) ? Promise.reject(new Error('injected')) : disk.rename(from, to));
}

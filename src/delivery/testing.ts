/** A delivery with a store and scripts in a folder of its own, for tests. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../log.ts';
import { replyLine } from '../policy/reply.ts';
import { type Disk, disk } from '../store/durable.ts';
import { createMailStore } from '../store/mail/mail-store.ts';
import { createScripts } from '../store/scripts.ts';
import { defaultStoreSettings } from '../store/settings.ts';
import type { Scripts } from '../store/types.ts';
import { createDelivery } from './delivery.ts';
import { defaultDeliverySettings, type DeliverySettings } from './settings.ts';
import type { Delivery, DeliveryRequest, Outbound, OutboundMail } from './types.ts';

export let folder: string;
/** Redirects that were committed. */
export let sent: OutboundMail[];
/** What was logged. */
export let lines: { level: string; fields: Record<string, unknown>; text: string }[];

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

/** Before each test. */
export function begin(): void {
  folder = mkdtempSync(join(tmpdir(), 'tamis-delivery-'));
  sent = [];
  lines = [];
}

/** After each test. */
export function end(): void {
  rmSync(folder, { recursive: true, force: true });
}

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

export interface Overrides {
  settings?: Partial<DeliverySettings>;
  disk?: Partial<Disk>;
  outbound?: Partial<Outbound>;
  scripts?: Scripts;
}

export function make({ settings, disk: faulty, outbound, scripts }: Overrides = {}): Delivery {
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
    store: createMailStore({
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

/** Becomes the account's active script. */
export function script(source: string, account = 'anna@here.example'): void {
  mkdirSync(join(folder, 'sieve', account), { recursive: true });
  writeFileSync(join(folder, 'sieve', account, 'active.sieve'), source);
}

export const RAW = 'Received: one\r\nSubject: hello\r\n\r\nbody\r\n';
export const request = (
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

/** Replies, by recipient. */
export const answers = async (delivery: Delivery, given: DeliveryRequest): Promise<string[]> =>
  (await delivery.deliver(given)).map(({ reply }) => replyLine(reply));

/** Messages of a mailbox folder, `''` the inbox, new and cur together. */
export function stored(mailbox = '', account = 'anna@here.example'): string[] {
  return ['new', 'cur'].flatMap((name) => {
    const path = join(folder, 'mail', account, 'Maildir', mailbox, name);
    try {
      return readdirSync(path).map((file) => readFileSync(join(path, file), 'latin1'));
    } catch {
      return [];
    }
  });
}

/** Files that are not in a mailbox yet. */
export const temporaries = (): string[] =>
  readdirSync(join(folder, 'mail'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\/tmp\/./.test(path),
  );

export const OK = '250 2.0.0 Delivered';

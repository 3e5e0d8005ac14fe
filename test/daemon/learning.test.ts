import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { createMailStore } from '../../src/store/mail/mail-store.ts';
import { defaultStoreSettings } from '../../src/store/settings.ts';
import { ImapClient } from '../support/imap-client.ts';
import { tamis, TamisServer } from '../support/tamis.ts';

const USER = 'demo@tamis.test';
const SECRET = 'correct horse battery';
const TEXTS = [
  'parcel customs invoice deliver reschedule unpaid courier window',
  'meeting agenda minutes quarterly budget review attached slides',
  'lottery winner claim prize transfer beneficiary urgent account',
  'garden tomatoes seedlings compost weekend harvest watering sunlight',
];
const mail = (number: number): string =>
  `From: writer${number}@other.example\r\nDate: Tue, 10 Mar 2026 12:00:0${number} +0000\r\nSubject: letter ${number}\r\n` +
  `Message-ID: <${number}@other.example>\r\n\r\n${TEXTS[number % TEXTS.length]} number${number}\r\n`;

interface Stats {
  learned: { spam: number; ham: number };
  waiting: number;
}

describe('tamis serve learns from what users do with their mail', () => {
  let server: TamisServer;
  const configure = (more = ''): void =>
    server.configure(`hostname: mx.tamis.test
policy: { domains: [tamis.test], logins: { clear_on_loopback: true } }
filter: { model: { enabled: false }, pool: { workers: 1 }, bayes: { minimum_learned: 1 } }
servers: { http: { listen: [] }, imap: { listen: ['127.0.0.1:0'] } }
${more}`);
  const stats = async (): Promise<Stats> =>
    JSON.parse((await tamis(['bayes', 'stats', '--json', '--config', server.configFile])).stdout) as Stats;
  const learned = async (): Promise<string> => {
    const { learned: counts, waiting } = await stats();
    return `${counts.spam} spam, ${counts.ham} ham, ${waiting} waiting`;
  };
  const client = async (): Promise<ImapClient> => {
    const one = await (await ImapClient.connect(server.port('imap'))).greeted();
    await one.ok(`LOGIN ${USER} "${SECRET}"`);
    return one;
  };
  /** A client with so many letters in its INBOX, open. */
  const withLetters = async (count: number): Promise<ImapClient> => {
    const one = await client();
    for (const name of ['Junk', 'Trash', 'Work']) await one.ok(`CREATE ${name}`);
    for (let number = 1; number <= count; number++) {
      const text = mail(number);
      await one.ok(`APPEND INBOX {${text.length}}`, text);
    }
    await one.ok('SELECT INBOX');
    return one;
  };
  /** When nothing waits in the index any more and the classifier has it all. */
  const settled = async (wanted: string): Promise<void> => {
    await expect.poll(learned, { timeout: 60_000, interval: 500 }).toBe(wanted);
  };

  beforeEach(async () => {
    server = new TamisServer();
    configure();
    await tamis(['user', 'add', USER, '--password-stdin', '--config', server.configFile], `${SECRET}\n`);
  });
  afterEach(() => server.dispose());

  test('spam and ham, each once, and the other way when it is moved back', { timeout: 120_000 }, async () => {
    await server.start();
    const one = await withLetters(4);
    await one.ok('COPY 1:2 Junk');
    await one.ok('SELECT Junk');
    await one.ok('COPY 2 Work');
    // The last word counts: letter 2 is ham.
    await settled('1 spam, 1 ham, 0 waiting');
    await one.ok('SELECT INBOX');
    // Known already, whatever copy it is.
    await one.ok('MOVE 1 Junk');
    await one.ok('STORE 2 +FLAGS ($Junk)');
    await settled('2 spam, 1 ham, 0 waiting');
    await one.ok('SELECT Junk');
    await one.ok('MOVE 1:* Trash');
    await one.ok('SELECT Trash');
    await one.ok('STORE 1 +FLAGS ($NotJunk)');
    await settled('1 spam, 2 ham, 0 waiting');
    const text = mail(7);
    await one.ok(`APPEND Junk {${text.length}}`, text);
    await settled('2 spam, 2 ham, 0 waiting');
    one.destroy();
  });

  /** Puts a letter into a mailbox as a server without a filter does. */
  const note = async (number: number, mailbox: string, kind: 'spam' | 'ham'): Promise<void> => {
    const store = createMailStore({
      folder: join(server.data, 'mail'),
      settings: defaultStoreSettings,
      log: silentLog,
    });
    const account = await store.account(USER);
    const box = (await account.mailbox(mailbox)) ?? (await account.create(mailbox));
    await box.append([{ pieces: [Buffer.from(mail(number))] }], { lesson: { kind, by: USER } });
    await store.close();
  };

  test('killed between the move and the learning, it learns when it is started again, once', {
    timeout: 120_000,
  }, async () => {
    // Noted, and nobody there to learn it.
    await note(1, 'Junk', 'spam');
    await note(2, 'INBOX', 'ham');
    // There is ham throughout: without any, what was learned but not noted as learned would wait for some.
    await note(3, 'INBOX', 'ham');
    expect(await learned()).toBe('0 spam, 0 ham, 0 waiting');
    // After some messages it rests, and what is moved then has to wait.
    configure('learning: { rate: 1 }');
    await server.start();
    const one = await client();
    await one.ok('SELECT INBOX');
    await settled('1 spam, 2 ham, 0 waiting');
    await one.ok('COPY 1 Junk');
    await one.ok('STORE 1 +FLAGS ($NotJunk)');
    await one.ok('MOVE 1 Junk');
    await server.stop('SIGKILL');
    one.destroy();
    const text = (await learned()).replace(', 0 waiting', '');
    expect(['1 spam, 2 ham', '2 spam, 1 ham']).toContain(text);
    await server.start();
    await settled('2 spam, 1 ham, 0 waiting');
    await server.stop();
    await server.start();
    // Nothing waits any more.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(await learned()).toBe('2 spam, 1 ham, 0 waiting');
  });

  test('what another process notes beside it', { timeout: 120_000 }, async () => {
    await server.start();
    await note(1, 'Junk', 'spam');
    await note(2, 'INBOX', 'ham');
    await settled('1 spam, 1 ham, 0 waiting');
  });

  test('not when it is switched off', { timeout: 60_000 }, async () => {
    configure('learning: { enabled: false }');
    await server.start();
    const one = await withLetters(2);
    await one.ok('MOVE 1 Junk');
    await one.ok('STORE 1 +FLAGS ($NotJunk)');
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(await learned()).toBe('0 spam, 0 ham, 0 waiting');
    one.destroy();
  });
});

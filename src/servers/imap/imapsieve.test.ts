import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ImapClient } from '../../../test/support/imap-client.ts';
import { ADMIN, ANNA, BERT, ImapRig } from '../../../test/support/imap-rig.ts';
import { createImapEvents } from '../../delivery/imap-events/events.ts';
import {
  defaultImapEventSettings,
  type ImapEventRule,
  type ImapEventSettings,
} from '../../delivery/imap-events/settings.ts';
import { defaultDeliverySettings } from '../../delivery/settings.ts';
import type { OutboundMail } from '../../delivery/types.ts';
import type { Log } from '../../log.ts';
import { createScriptStore } from '../../store/script-store.ts';
import { defaultStoreSettings } from '../../store/settings.ts';
import { delegate } from '../../daemon/delegate.ts';
import type { ImapEvents } from '../../delivery/imap-events/types.ts';

const rig = new ImapRig();
const ENTRY = '/shared/imapsieve/script';
const ENVIRONMENT = ['cause', 'mailbox', 'user', 'email', 'changedflags'];

let sent: OutboundMail[];
let logged: string[];

const recorder: Log = {
  debug: () => undefined,
  info: (fields, text) => logged.push(`${text} ${JSON.stringify(fields)}`),
  warn: (fields, text) => logged.push(`${text} ${JSON.stringify(fields)}`),
  error: (fields, text) => logged.push(`${text} ${String((fields as { err?: unknown }).err)}`),
  child: () => recorder,
};

/** A server whose events run scripts; those of the rules lie in the folder `rules`. */
async function start(settings: Partial<ImapEventSettings> = {}): Promise<void> {
  sent = [];
  logged = [];
  let events: ImapEvents | undefined;
  // The store is made with the server.
  const current = (): ImapEvents => {
    events ??= createImapEvents({
      store: rig.store,
      scripts: scripts(),
      outbound: {
        enqueue: async () => 'id',
        stage: async (mail) => ({
          commit: async () => {
            sent.push(mail);
            return 'id';
          },
          abort: async () => true,
        }),
      },
      resolve: async (address) => ([ANNA, BERT].includes(address) ? address : undefined),
      isOurs: (address) => address.endsWith('@example.org'),
      settings: defaultDeliverySettings,
      available: ['imapsieve'],
      hostname: 'mx.example.org',
      events: {
        ...defaultImapEventSettings,
        url: 'sieve://mx.example.org',
        folder: join(rig.folder, 'rules'),
        ...settings,
      },
      scriptBytes: 100_000,
      log: recorder,
    });
    return events;
  };
  await rig.start({ server: { events: delegate(current) } });
}

const scripts = () =>
  createScriptStore({ folder: join(rig.folder, 'sieve'), settings: defaultStoreSettings });

const REQUIRE =
  'require ["imapsieve", "environment", "variables", "fileinto", "imap4flags", "copy", "editheader", "mailbox", "reject"];\n';

async function put(source: string, name = 'events', account = ANNA): Promise<void> {
  await scripts().put(account, name, Buffer.from(REQUIRE + source));
}

/** A script for rules. */
function rule(name: string, source: string): void {
  mkdirSync(join(rig.folder, 'rules'), { recursive: true });
  writeFileSync(join(rig.folder, 'rules', `${name}.sieve`), REQUIRE + source);
}

/** A client of anna's with the mailboxes Work, Other and Trash, whose Work runs the script. */
async function withScript(source: string): Promise<ImapClient> {
  await put(source);
  const client = await rig.loggedIn();
  for (const name of ['Work', 'Other', 'Trash']) await client.ok(`CREATE ${name}`);
  await client.ok(`SETMETADATA Work (${ENTRY} "events")`);
  return client;
}

const append = (client: ImapClient, text = 'Subject: one\r\n\r\nbody\r\n', to = 'Work', flags = '') =>
  client.ok(`APPEND ${to} ${flags}{${text.length}}`, text);

/** Flags and subjects of the messages of a mailbox, as `\Seen: one`. */
async function messages(name: string, account = ANNA): Promise<string[]> {
  const client = await rig.loggedIn(account);
  await client.ok(`EXAMINE "${name}"`);
  const { untagged } = await client.ok('UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])');
  client.destroy();
  return untagged
    .filter((line) => line.includes('FETCH'))
    .map((line) => {
      const flags = /FLAGS \(([^)]*)\)/.exec(line)?.[1]?.replace(/ ?\\Recent/, '');
      return `${flags}: ${/Subject: (.*)\r/.exec(line)?.[1]}`;
    });
}

describe('IMAPSIEVE (RFC 6785)', () => {
  test('is announced with where scripts are put, after login', async () => {
    await start();
    const client = await rig.client();
    expect(client.greeting).not.toContain('IMAPSIEVE');
    await client.ok(`LOGIN "${ANNA}" "correct horse"`);
    expect((await client.ok('CAPABILITY')).untagged.join()).toContain(' IMAPSIEVE=sieve://mx.example.org');
  });

  test.each([{ enabled: false }, { url: '' }])('is not announced with %o', async (settings) => {
    await start(settings);
    const client = await rig.loggedIn();
    expect((await client.ok('CAPABILITY')).untagged.join()).not.toContain('IMAPSIEVE');
  });

  test('APPEND, COPY, MOVE, STORE and FETCH run the script of the mailbox, and it knows of what', async () => {
    await start();
    const items = ENVIRONMENT.map(
      (item) => `if environment :matches "imap.${item}" "*" { set "e" "\${e}<\${1}>"; }`,
    ).join('\n');
    const client = await withScript(
      `set "e" "";\n${items}\naddheader "Subject" "\${e}"; fileinto :copy "Told"; keep;`,
    );
    await client.ok('CREATE Told');
    /** What the script knew the last time. */
    const told = async (): Promise<string | undefined> => (await messages('Told')).at(-1);
    const by = `<${ANNA}><${ANNA}>`;
    await append(client, undefined, 'Work', '(\\Seen) ');
    expect(await told()).toBe(`\\Seen: <APPEND><Work>${by}<>`);
    await append(client, undefined, 'Other');
    await client.ok('SELECT Other');
    await client.ok('COPY 1 Work');
    expect(await told()).toBe(`: <COPY><Work>${by}<>`);
    await client.ok('MOVE 1 Work');
    expect(await messages('Told')).toHaveLength(3);
    await client.ok('SELECT Work');
    await client.ok('STORE 3 FLAGS (\\Flagged $k)');
    expect(await told()).toBe(`\\Flagged $k: <FLAG><Work>${by}<\\Flagged $k>`);
    await client.ok('STORE 3 -FLAGS ($k)');
    expect(await told()).toBe(`\\Flagged: <FLAG><Work>${by}<$k>`);
    await client.ok('FETCH 3 BODY[]');
    expect(await told()).toBe(`\\Flagged \\Seen: <FLAG><Work>${by}<\\Seen>`);
    // What the script makes of a message is not kept, for messages do not change (RFC 6785 §3.1).
    expect(await messages('Work')).toEqual(['\\Seen: one', ': one', '\\Flagged \\Seen: one']);
    // Nothing changes, so nothing happens.
    const before = await messages('Told');
    await client.ok('NOOP');
    await client.ok('STORE 1 +FLAGS (\\Seen)');
    await client.ok('FETCH 2 BODY.PEEK[]');
    expect(await messages('Told')).toEqual(before);
    const [multi, last] = ['Subject: a\r\n\r\n', 'Subject: b\r\n\r\n'];
    await client.ok(`APPEND Work {${multi.length}}`, multi, ` {${last.length}}`, last);
    expect(await messages('Told')).toHaveLength(before.length + 2);
  });

  test('fileinto copies, and marks what is there as deleted; with :copy it stays', async () => {
    await start();
    const client = await withScript(
      'if header "subject" "stay" { fileinto :copy :flags "\\\\Flagged" "Other"; } else { fileinto "Other"; }',
    );
    await append(client, 'Subject: go\r\n\r\n', 'Work', '(\\Seen) ');
    await append(client, 'Subject: stay\r\n\r\n');
    expect(await messages('Work')).toEqual(['\\Deleted \\Seen: go', ': stay']);
    expect(await messages('Other')).toEqual(['\\Seen: go', '\\Flagged: stay']);
  });

  test('discard and redirect mark it as deleted, or expunge it where the admin wants that', async () => {
    await start({ expunge: true });
    const client = await withScript(
      'if header "subject" "away" { discard; } elsif header "subject" "on" { redirect "carl@there.example"; }',
    );
    const text = 'Return-Path: <dora@there.example>\r\nSubject: on\r\n\r\nbody\r\n';
    for (const one of ['Subject: away\r\n\r\n', text, 'Subject: keep\r\n\r\n']) await append(client, one);
    expect(await messages('Work')).toEqual([': keep']);
    expect(sent).toMatchObject([{ kind: 'redirect', sender: ANNA, recipients: ['carl@there.example'] }]);
    expect(Buffer.concat([...(sent[0]?.pieces ?? [])]).toString()).toMatch(
      /^X-Tamis-Redirected: .{22}\r\nSubject: on\r\n\r\nbody\r\n$/,
    );
  });

  test('flags of a script replace those of the message, and the client hears of it', async () => {
    await start();
    const client = await withScript('setflag ["\\\\Flagged", "done"];');
    await client.ok('SELECT Work');
    const { untagged } = await append(client, undefined, 'Work', '(\\Seen) ');
    expect(untagged).toContain('1 EXISTS');
    expect(await messages('Work')).toEqual(['\\Flagged done: one']);
    const stored = await client.ok('STORE 1 -FLAGS (done)');
    expect(stored.untagged.filter((line) => line.includes('FETCH'))).toEqual([
      '1 FETCH (FLAGS (\\Flagged \\Recent))',
      '1 FETCH (FLAGS (\\Flagged done \\Recent))',
    ]);
  });

  test('fileinto the mailbox itself makes another message there', async () => {
    await start();
    const client = await withScript('addheader "Subject" "changed"; fileinto "Work";');
    await append(client);
    expect(await messages('Work')).toEqual(['\\Deleted: one', ': changed']);
  });

  test('a redirect in a circle is a keep', async () => {
    await start();
    const client = await withScript(`redirect "${ANNA}";`);
    await append(client, undefined, 'Work', '($k) ');
    expect(await messages('Work')).toEqual(['$k: one']);
    expect(sent).toEqual([]);
  });

  test('what a script does runs no script', async () => {
    await start();
    const client = await withScript('fileinto :flags "$again" "Work2"; keep :flags "$again";');
    await client.ok('CREATE Work2');
    await client.ok(`SETMETADATA Work2 (${ENTRY} "back")`);
    await put('fileinto "Work";', 'back');
    await append(client);
    expect(await messages('Work')).toEqual(['$again: one']);
    expect(await messages('Work2')).toEqual(['$again: one']);
  });

  test('a script that fails, has errors or is not there hurts nobody', async () => {
    await start();
    const client = await withScript('fileinto "Other"; reject "no";');
    await append(client);
    expect(await messages('Work')).toEqual([': one']);
    expect(await messages('Other')).toEqual([]);
    await put('no such command;');
    await append(client);
    await client.ok(`SETMETADATA Work (${ENTRY} "missing")`);
    await append(client);
    await client.ok(`SETMETADATA Work (${ENTRY} "../../etc/passwd")`);
    await append(client);
    expect(await messages('Work')).toHaveLength(4);
    expect(logged.some((line) => line.includes('has errors'))).toBe(true);
    expect(logged.some((line) => line.includes('names no script'))).toBe(true);
  });

  test('a copy over the quota leaves the message where it is, whole', async () => {
    await start();
    const client = await withScript('fileinto "Other";');
    const admin = await rig.loggedIn(ADMIN);
    await admin.ok(`SETQUOTA "${ANNA}/Other" (MESSAGE 0)`).catch(() => undefined);
    const { status } = await admin.command(`SETQUOTA "${ANNA}" (MESSAGE 1)`);
    expect(status).toBe('OK');
    await append(client);
    expect(await messages('Work')).toEqual([': one']);
    expect(logged.some((line) => line.includes('left as it is'))).toBe(true);
  });

  test('the script of the server is for all mailboxes without one, and an empty name for none', async () => {
    await start();
    const client = await withScript('addflag "own";');
    await put('addflag "all";', 'all');
    const admin = await rig.loggedIn(ADMIN);
    await admin.ok(`SETMETADATA "" (${ENTRY} "all")`);
    await client.ok(`SETMETADATA Trash (${ENTRY} "")`);
    for (const name of ['Work', 'Other', 'Trash']) await append(client, undefined, name);
    expect(await messages('Work')).toEqual(['own: one']);
    expect(await messages('Other')).toEqual(['all: one']);
    expect(await messages('Trash')).toEqual([': one']);
  });

  test('in a shared mailbox the owner is who has the script, and the user who did it', async () => {
    await start();
    const client = await withScript(
      'if environment :matches "imap.user" "bert@*" { addflag "by-bert"; } fileinto :copy "Seen";',
    );
    await client.ok(`SETACL Work ${BERT} lrswi`);
    const bert = await rig.loggedIn(BERT);
    await append(bert, undefined, `"Other Users/${ANNA}/Work"`);
    expect(await messages('Work')).toEqual(['by-bert: one']);
    expect(await messages('Seen')).toEqual(['by-bert: one']);
  });

  test("the admin's scripts run around the user's, by mailbox, origin and cause", async () => {
    const named: ImapEventRule = { mailbox: 'Work', from: '', causes: [], before: [], after: [] };
    await start({
      rules: [
        { ...named, before: ['first'], after: ['last'] },
        { ...named, causes: ['COPY'], from: 'Oth%', before: ['copied'] },
        { ...named, mailbox: '*', from: 'Trash', before: ['gone', 'missing'] },
      ],
    });
    rule('first', 'addflag "first";');
    rule('last', 'addflag "last";');
    rule('copied', 'addflag "copied";');
    rule('gone', 'discard;');
    const client = await withScript('addflag "own";');
    await append(client);
    await append(client, undefined, 'Other');
    await client.ok('SELECT Other');
    await client.ok('MOVE 1 Work');
    expect(await messages('Work')).toEqual(['first own last: one', 'first copied own last: one']);
    await append(client, undefined, 'Trash');
    await client.ok('SELECT Trash');
    await client.ok('COPY 1 Other');
    await client.ok('COPY 1 Work');
    expect(await messages('Other')).toEqual(['\\Deleted: one']);
    // What is discarded by the admin no later script gets.
    expect((await messages('Work')).at(-1)).toBe('\\Deleted: one');
  });

  test('no more messages of one command than is allowed', async () => {
    await start({ messages: 2 });
    const client = await withScript('addflag "own";');
    for (let n = 0; n < 3; n++) await append(client, undefined, 'Other');
    await client.ok('SELECT Other');
    await client.ok('COPY 1:3 Work');
    expect(await messages('Work')).toEqual(['own: one', 'own: one', ': one']);
    expect(logged.some((line) => line.includes('"left":1'))).toBe(true);
  });

  test('a script without end reaches its limit', async () => {
    await start({ timeout: 1 });
    const client = await withScript('addflag "own";');
    for (let n = 0; n < 40; n++) await append(client, undefined, 'Other');
    await client.ok('SELECT Other');
    await client.ok('COPY 1:40 Work');
    const flagged = (await messages('Work')).filter((one) => one.startsWith('own'));
    expect(flagged.length).toBeGreaterThan(0);
    expect(flagged.length).toBeLessThan(40);
  });
});

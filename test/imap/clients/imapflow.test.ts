import { readFileSync } from 'node:fs';
import { ImapFlow, type ImapFlowOptions } from 'imapflow';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ANNA, MailDaemon, message, PASSWORD, TLS } from '../../support/mail-daemon.ts';

describe.each(TLS)('imapflow over %s', (tls) => {
  const daemon = new MailDaemon();
  const open: ImapFlow[] = [];

  async function client(more: Partial<ImapFlowOptions> = {}): Promise<ImapFlow> {
    const made = new ImapFlow({
      host: 'localhost',
      port: daemon.imapPort(tls),
      secure: tls === 'TLS',
      ...(tls === 'TLS' ? {} : { doSTARTTLS: true }),
      tls: { ca: readFileSync(daemon.certificate, 'utf8') },
      auth: { user: ANNA, pass: PASSWORD },
      logger: false,
      ...more,
    });
    open.push(made);
    made.on('error', () => undefined);
    await made.connect();
    return made;
  }

  /** The next event of a name. */
  const event = (flow: ImapFlow, name: 'exists' | 'expunge' | 'flags'): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${name} within twenty seconds`)), 20_000);
      flow.once(name, (told: unknown) => {
        clearTimeout(timer);
        resolve(told);
      });
    });

  /** Flags but \\Recent, which only the first session has. */
  const lasting = (flags: Set<string> | undefined): string[] =>
    [...(flags ?? [])].filter((flag) => flag !== '\\Recent').sort();

  const opened = (flow: ImapFlow) => {
    if (flow.mailbox === false) throw new Error('no mailbox is open');
    return flow.mailbox;
  };

  beforeAll(() => daemon.serve());
  afterEach(async () => {
    for (const flow of open.splice(0)) await flow.logout().catch(() => undefined);
  });
  afterAll(() => daemon.dispose());

  it('lists mailboxes with their use and status, makes, renames, subscribes and deletes them', async () => {
    const flow = await client();
    expect(await flow.mailboxCreate(['Work', 'Später'])).toMatchObject({
      path: 'Work/Später',
      created: true,
    });
    await flow.mailboxCreate('Sent');
    await flow.append('Work/Später', message('one'), ['\\Seen']);
    const boxes = await flow.list({ statusQuery: { messages: true, unseen: true } });
    const byPath = Object.fromEntries(boxes.map((box) => [box.path, box]));
    expect(byPath['Sent']?.specialUse).toBe('\\Sent');
    expect(byPath['INBOX']?.specialUse).toBe('\\Inbox');
    expect(byPath['Work/Später']?.status).toMatchObject({ messages: 1, unseen: 0 });
    expect(
      await flow.status('Work/Später', { messages: true, uidNext: true, highestModseq: true }),
    ).toMatchObject({
      messages: 1,
      uidNext: 2,
    });
    await flow.mailboxSubscribe('Work/Später');
    expect(await flow.mailboxRename('Work/Später', 'Work/Jetzt')).toMatchObject({ newPath: 'Work/Jetzt' });
    expect((await flow.list()).map(({ path }) => path)).toContain('Work/Jetzt');
    await flow.mailboxDelete('Work/Jetzt');
    expect((await flow.list()).map(({ path }) => path)).not.toContain('Work/Jetzt');
    expect(await flow.getQuota('INBOX')).toMatchObject({ path: 'INBOX' });
  });

  it('appends, fetches, searches, flags, copies, moves and downloads', async () => {
    const flow = await client();
    await flow.mailboxCreate('Flow');
    await flow.mailboxCreate('Target');
    const date = new Date('2026-01-02T03:04:05Z');
    const text = Buffer.from(
      'From: "Ä" <a@b.example>\r\nSubject: =?utf-8?q?h=C3=A9llo?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nn=C3=A9edle\r\n--x\r\nContent-Type: application/octet-stream; name=a.bin\r\nContent-Disposition: attachment; filename=a.bin\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC/w==\r\n--x--\r\n',
    );
    const appended = await flow.append('Flow', text, ['\\Flagged', 'Mine'], date);
    expect(appended).toMatchObject({ uid: 1 });
    await flow.append('Flow', message('two'));
    await flow.mailboxOpen('Flow');
    expect(opened(flow)).toMatchObject({ exists: 2, uidNext: 3 });
    const one = await flow.fetchOne('1', {
      uid: true,
      flags: true,
      envelope: true,
      bodyStructure: true,
      internalDate: true,
      size: true,
      source: true,
      threadId: true,
      headers: ['subject'],
    });
    if (one === false) throw new Error('not there');
    expect(one.source?.equals(text)).toBe(true);
    expect(one.size).toBe(text.length);
    expect(lasting(one.flags)).toEqual(['Mine', '\\Flagged']);
    expect(one.envelope).toMatchObject({ subject: 'héllo' });
    expect(one.bodyStructure?.childNodes?.map(({ type }) => type)).toEqual([
      'text/plain',
      'application/octet-stream',
    ]);
    expect(new Date(one.internalDate ?? 0)).toEqual(date);
    expect(one.emailId).toBeTruthy();
    expect(one.threadId).toBeTruthy();
    const { content } = await flow.download('1', '2', { uid: true });
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString('hex')).toBe('000102ff');

    expect(await flow.search({ body: 'néedle' }, { uid: true })).toEqual([1]);
    expect(await flow.search({ subject: 'héllo' }, { uid: true })).toEqual([1]);
    expect(await flow.search({ keyword: 'Mine', before: new Date('2026-01-03') }, { uid: true })).toEqual([
      1,
    ]);
    expect(await flow.search({ or: [{ subject: 'two' }, { flagged: true }] }, { uid: true })).toEqual([1, 2]);
    expect(await flow.search({ emailId: one.emailId }, { uid: true })).toEqual([1]);

    // A stale modification sequence changes nothing (RFC 7162 §3.1.3).
    const before = one.modseq ?? 0n;
    await flow.messageFlagsAdd('1', ['\\Seen'], { uid: true });
    await flow.messageFlagsAdd('1', ['\\Answered'], { uid: true, unchangedSince: before });
    const flags = await flow.fetchOne('1', { flags: true }, { uid: true });
    expect(flags !== false && lasting(flags.flags)).toEqual(['Mine', '\\Flagged', '\\Seen']);

    const copied = await flow.messageCopy('1', 'Target', { uid: true });
    expect(copied === false ? undefined : [...(copied.uidMap ?? [])]).toEqual([[1, 1]]);
    const moved = await flow.messageMove('2', 'Target', { uid: true });
    expect(moved === false ? undefined : [...(moved.uidMap ?? [])]).toEqual([[2, 2]]);
    expect(await flow.search({ all: true }, { uid: true })).toEqual([1]);
    expect(await flow.messageDelete('1', { uid: true })).toBe(true);
    expect(opened(flow).exists).toBe(0);
  });

  it('hears of new mail, flags and expunged messages while it waits', async () => {
    const idle = await client({ maxIdleTime: 60_000 });
    const other = await client();
    await other.mailboxCreate('Idle');
    await idle.mailboxOpen('Idle');
    const waiting = idle.idle();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const heard = event(idle, 'exists');
    await other.append('Idle', message('new'));
    expect(await heard).toMatchObject({ path: 'Idle', count: 1, prevCount: 0 });
    await other.mailboxOpen('Idle');
    const flagged = event(idle, 'flags');
    await other.messageFlagsAdd('1', ['\\Flagged']);
    expect(await flagged).toMatchObject({ seq: 1 });
    const gone = event(idle, 'expunge');
    await other.messageDelete('1');
    expect(await gone).toMatchObject({ path: 'Idle' });
    // Delivered by LMTP.
    await idle.noop();
    await waiting;
    await idle.mailboxOpen('INBOX');
    const again = idle.idle();
    const arrived = event(idle, 'exists');
    await daemon.deliver(ANNA, message('by LMTP'));
    expect(await arrived).toMatchObject({ path: 'INBOX' });
    await idle.noop();
    await again;
  });

  it('is told what has changed since its last session (CONDSTORE, QRESYNC)', async () => {
    const first = await client({ qresync: true });
    await first.mailboxCreate('Sync');
    for (const n of [1, 2, 3, 4, 5]) await first.append('Sync', message(`sync ${n}`));
    await first.mailboxOpen('Sync');
    expect(first.enabled.has('QRESYNC')).toBe(true);
    const { uidValidity, highestModseq } = opened(first);
    if (highestModseq === undefined) throw new Error('no HIGHESTMODSEQ');
    await first.logout();

    const between = await client();
    await between.mailboxOpen('Sync');
    await between.messageFlagsAdd('2', ['\\Seen'], { uid: true });
    await between.messageDelete('3:4', { uid: true });
    await between.append('Sync', message('sync 6'));

    const second = await client({ qresync: true });
    await second.mailboxOpen('Sync');
    expect(opened(second).uidValidity).toBe(uidValidity);
    const gone: unknown[] = [];
    second.on('expunge', (told: { uid?: number; vanished?: boolean }) =>
      gone.push([told.uid, told.vanished]),
    );
    const changed: number[] = [];
    for await (const { uid } of second.fetch(
      '1:*',
      { flags: true, uid: true },
      { uid: true, changedSince: highestModseq },
    ))
      changed.push(uid);
    expect(changed).toEqual([2, 6]);
    expect(gone).toEqual([
      [3, true],
      [4, true],
    ]);
  });
});

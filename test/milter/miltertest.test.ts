import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { createMilter, createMilterServer } from '../../src/servers/milter/index.ts';
import * as smfi from '../../src/servers/milter/index.ts';
import type { Connection, Decision, Handlers, MilterContext } from '../../src/servers/milter/index.ts';
import { describePeers, program } from '../support/peers.ts';

const run = promisify(execFile);
const SCRIPT = join(import.meta.dirname, 'filter.lua');
/** Runs the script; fails with what it said last. */
async function miltertest(address: string): Promise<void> {
  const command = ['-s', SCRIPT, '-D', `address=${address}`];
  await run(program('miltertest'), command, { timeout: 30_000 }).catch((error: { stdout?: string }) => {
    throw new Error(`miltertest: ${error.stdout?.trim()}`, { cause: error });
  });
}

/** The filter that filter.lua expects, in the async API. */
function handlers(connection: Connection): Handlers {
  let subject = '';
  return {
    connect: () => 'continue',
    helo: () => 'continue',
    mail: () => void (subject = ''),
    rcpt: (_, { address }) =>
      address.startsWith('bad')
        ? { reply: { code: 550, enhanced: '5.1.1', text: 'No such user' } }
        : 'continue',
    header: (_, { name, value }) => {
      if (name === 'Subject') subject = value;
    },
    body: () => 'continue',
    async endOfMessage(message): Promise<Decision> {
      if (subject === 'refuse') return { reply: { code: 554, enhanced: '5.7.1', text: 'Not wanted' } };
      if (subject !== 'changes') return subject as Decision;
      const { hostname, helo } = connection;
      const facts = ['j', '{i}', 'auth_authen'].map((name) => message.macro(name));
      const parameters = message.sender?.parameters.join(' ');
      message.addHeader(
        'X-Facts',
        [...facts, hostname, helo, parameters, message.recipients.length].join(' '),
      );
      message.insertHeader(0, 'X-Top', 'first');
      message.changeHeader('Subject', 1, 'changed');
      message.removeHeader('X-Old', 1);
      message.addRecipient('added@example.org');
      message.removeRecipient('user@example.org');
      message.progress();
      await message.replaceBody('Bye\r\n');
      message.quarantine('looks odd');
      return 'accept';
    },
  };
}

/** The same in the node-milter's callback shape. */
function callbacks(): ReturnType<typeof createMilter> {
  const milter = createMilter({ name: 'test', flags: 0x1ff });
  interface Facts {
    hostname?: string;
    helo?: string;
    parameters?: string;
    subject?: string;
    recipients: number;
  }
  const facts = (ctx: MilterContext): Facts => {
    if (milter.getpriv(ctx) === undefined) milter.setpriv(ctx, { recipients: 0 } satisfies Facts);
    return milter.getpriv(ctx) as Facts;
  };
  milter.setCallback('connect', (ctx, hostname, _address, _port, cb) => {
    facts(ctx).hostname = hostname;
    cb(smfi.SMFIS_CONTINUE);
  });
  milter.setCallback('helo', (ctx, helo, cb) => {
    facts(ctx).helo = helo;
    cb(smfi.SMFIS_CONTINUE);
  });
  milter.setCallback('envfrom', (ctx, [, ...parameters], cb) => {
    Object.assign(facts(ctx), { parameters: parameters.join(' '), recipients: 0 });
    cb(smfi.SMFIS_CONTINUE);
  });
  milter.setCallback('envrcpt', (ctx, [address = ''], cb) => {
    if (address.startsWith('<bad')) {
      milter.setreply(ctx, '550', '5.1.1', 'No such user');
      return cb(smfi.SMFIS_REJECT);
    }
    facts(ctx).recipients++;
    cb(smfi.SMFIS_CONTINUE);
  });
  milter.setCallback('header', (ctx, field, value, cb) => {
    if (field === 'Subject') facts(ctx).subject = value;
    cb(smfi.SMFIS_CONTINUE);
  });
  milter.setCallback('body', (_ctx, _chunk, cb) => cb(smfi.SMFIS_CONTINUE));
  milter.setCallback('eom', (ctx, cb) => {
    const { hostname, helo, parameters, subject, recipients } = facts(ctx);
    if (subject === 'reject') return cb(smfi.SMFIS_REJECT);
    if (subject === 'tempfail') return cb(smfi.SMFIS_TEMPFAIL);
    if (subject === 'discard') return cb(smfi.SMFIS_DISCARD);
    if (subject === 'refuse') {
      milter.setreply(ctx, '554', '5.7.1', 'Not wanted');
      return cb(smfi.SMFIS_REJECT);
    }
    const macros = ['j', '{i}', 'auth_authen'].map((name) => milter.getsymval(ctx, name));
    milter.addheader(ctx, 'X-Facts', [...macros, hostname, helo, parameters, recipients].join(' '));
    milter.insheader(ctx, 0, 'X-Top', 'first');
    milter.chgheader(ctx, 'Subject', 1, 'changed');
    milter.chgheader(ctx, 'X-Old', 1, '');
    milter.addrcpt(ctx, '<added@example.org>');
    milter.delrcpt(ctx, '<user@example.org>');
    milter.quarantine(ctx, 'looks odd');
    milter.replacebody(ctx, 'Bye\r\n', () => cb(smfi.SMFIS_ACCEPT));
  });
  return milter;
}

describePeers(['miltertest'], 'miltertest', () => {
  it('is satisfied with the async API, by TCP and by a unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tamis-miltertest-'));
    const tcp = createMilterServer({ handlers });
    const unix = createMilterServer({ handlers });
    try {
      await miltertest(`inet:${await tcp.listen('127.0.0.1:0')}@127.0.0.1`);
      await miltertest(`unix:${await unix.listen(`unix:${join(folder, 'm.sock')}`)}`);
    } finally {
      await Promise.all([tcp.close(0), unix.close(0)]);
      rmSync(folder, { recursive: true });
    }
  });

  it('is satisfied with the callback shape', async () => {
    const milter = callbacks();
    await new Promise<void>((resolve) => {
      milter.listen(0, '127.0.0.1', resolve);
    });
    const { port } = milter.server.address() as { port: number };
    await miltertest(`inet:${port}@127.0.0.1`);
    await new Promise<void>((resolve) => {
      milter.close(resolve);
    });
  });

  it('would complain about a filter that does nothing', async () => {
    const idle = createMilterServer({ handlers: { body: () => 'continue' } });
    const port = await idle.listen('127.0.0.1:0');
    await expect(miltertest(`inet:${port}@127.0.0.1`)).rejects.toThrow('a recipient that is refused');
    await idle.close(0);
  });
});

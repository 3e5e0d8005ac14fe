import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ANNA, eventually, message, PASSWORD, type Ran, TLS, type Tls } from '../support/mail-daemon.ts';
import { describePeers } from '../support/peers.ts';
import { Pop3Client } from '../support/pop3-client.ts';
import { Pop3Daemon } from '../support/pop3-daemon.ts';
import { corpusMessages, describeShared } from '../support/shared.ts';

const daemon = new Pop3Daemon();
const sha256 = (octets: string | Buffer): string =>
  createHash('sha256')
    .update(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets)
    .digest('hex');
/** What programs for Unix make of a message: LF, and its body alone, since some add fields. */
const body = (octets: Buffer): string =>
  octets
    .toString('latin1')
    .replaceAll('\r\n', '\n')
    .replace(/^[^]*?\n\n/, '');

const BODIES = ['plain', '.\r\n..\r\n.dots\r\nFrom here\r\n', '8-bit \xe4\xff', 'long '.repeat(1500), ''];
/** Messages in the inbox of anna, in a place of their own for each client. */
async function drop(name: string): Promise<string[]> {
  for (const [index, text] of BODIES.entries()) {
    const octets = Buffer.from(message(`${name} ${index}`, '').toString('latin1') + text, 'latin1');
    daemon.drop(ANNA, octets);
  }
  await ready(BODIES.length);
  return BODIES.map((text) =>
    body(Buffer.from(`x: y\n\n\r\n${text}`, 'latin1')).replace(/\n?$/, '\n'),
  ).sort();
}
/** Waits until the server has noticed what was dropped or removed. */
async function ready(messages: number): Promise<void> {
  const stat = async (): Promise<string> => {
    const client = await (await Pop3Client.connectTls(daemon.pop3Port('TLS'))).greeted();
    await client.login(ANNA, PASSWORD);
    const answer = await client.ok('STAT');
    client.destroy();
    return answer;
  };
  await expect.poll(stat, { timeout: 5000, interval: 100 }).toMatch(new RegExp(`^${messages} `));
}
/** What an earlier test has left, if anything. */
async function clear(): Promise<void> {
  for (const sub of ['new', 'cur']) {
    const path = daemon.maildir(ANNA, sub);
    if (existsSync(path)) for (const name of readdirSync(path)) rmSync(join(path, name));
  }
  await ready(0);
}
/** Throws with what it said unless it ended well. */
function fine({ code, output }: Ran): void {
  if (code !== 0) throw new Error(`${code}: ${output}`);
}
const left = (): Promise<number> =>
  eventually(
    () => daemon.files(ANNA).length,
    (files) => files === 0,
  );
const maildir = (path: string): string[] =>
  ['new', 'cur'].flatMap((sub) =>
    readdirSync(join(path, sub)).map((name) => body(readFileSync(join(path, sub, name)))),
  );
/** Some leave the empty line at the end of a message away, some add one. */
const same = (bodies: readonly string[]): string[] => bodies.map((text) => text.trimEnd()).sort();

/** A program that keeps what it is given in a folder. */
function collector(home: string): { readonly out: string; readonly mda: string } {
  const out = join(home, 'out');
  const mda = join(home, 'mda');
  mkdirSync(out);
  writeFileSync(mda, `#!/bin/sh\nexec cat >"$(mktemp ${out}/XXXXXX)"\n`, { mode: 0o700 });
  return { out, mda };
}
const collected = (out: string): string[] =>
  readdirSync(out).map((name) => body(readFileSync(join(out, name))));

beforeAll(() => daemon.serve());
beforeEach(clear);
afterAll(() => daemon.dispose());

describePeers(['curl'], 'curl', () => {
  const curl = (tls: Tls, path: string, ...args: string[]): Promise<Ran> => {
    const scheme = tls === 'TLS' ? 'pop3s' : 'pop3';
    const url = `${scheme}://localhost:${daemon.pop3Port(tls)}/${path}`;
    const secure = tls === 'TLS' ? [] : ['--ssl-reqd'];
    const user = ['--user', `${ANNA}:${PASSWORD}`];
    return daemon.run('curl', ['-sS', '--cacert', daemon.certificate, ...user, ...secure, ...args, url]);
  };

  it.each(TLS)('lists, fetches and deletes over %s', async (tls) => {
    const octets = message('curl', '.\r\n..two\r\n8-bit \xe4');
    daemon.drop(ANNA, octets);
    await ready(1);
    expect((await curl(tls, '')).stdout).toBe(`1 ${octets.length}\r\n`);
    expect(sha256((await curl(tls, '1')).stdout)).toBe(sha256(octets));
    expect((await curl(tls, '', '-X', 'UIDL')).stdout).toMatch(/^1 [0-9A-F]{16}\r\n$/);
    expect((await curl(tls, '', '-X', 'TOP 1 0')).stdout).toMatch(/Subject: curl/);
    expect((await curl(tls, '2')).code).toBe(8);
    // 67: login denied.
    expect((await curl(tls, '', '--user', `${ANNA}:wrong`)).code).toBe(67);
    expect((await curl(tls, '', '--head', '-X', 'DELE 1')).code).toBe(0);
    expect(await left()).toBe(0);
  });

  it.each(['PLAIN', 'SCRAM-SHA-256', 'EXTERNAL'])(
    'logs in by AUTH=%s as far as it is offered',
    async (name) => {
      const ran = await curl('TLS', '', '--login-options', `AUTH=${name}`);
      // Not every curl has SCRAM.
      expect(name === 'PLAIN' ? [0] : [0, 67]).toContain(ran.code);
    },
  );

  it('does not log in without TLS', async () => {
    const url = `pop3://localhost:${daemon.pop3Port('STARTTLS')}/`;
    expect((await daemon.run('curl', ['-sS', '--user', `${ANNA}:${PASSWORD}`, url])).code).toBe(67);
  });

  describeShared('corpora/index.tsv', 'with the corpora', () => {
    it('gets the octets of every message as they came', async () => {
      const all = corpusMessages('spamassassin', 'torture', 'list-vger');
      const crlf = (octets: Buffer): Buffer =>
        Buffer.from(
          octets
            .toString('latin1')
            .replaceAll(/\r?\n/g, '\r\n')
            .replace(/(\r\n)?$/, '\r\n'),
          'latin1',
        );
      const chosen = all
        .filter((_, at) => at % Math.ceil(all.length / 80) === 0)
        .map(({ path }) => crlf(readFileSync(path)));
      for (const octets of chosen) daemon.drop(ANNA, octets);
      await ready(chosen.length);
      const out = join(daemon.folder, 'fetched');
      const ran = await curl('TLS', `[1-${chosen.length}]`, '--create-dirs', '-o', `${out}/#1`);
      expect(ran.output).toBe('');
      const got = chosen.map((_, at) => sha256(readFileSync(join(out, String(at + 1)))));
      expect(got.sort()).toEqual(chosen.map(sha256).sort());
    });
  });
});

describe.each(TLS)('over %s', (tls) => {
  describePeers(['mpop'], 'mpop', () => {
    it('fetches all, once, and deletes', async () => {
      const bodies = await drop('mpop');
      const home = daemon.home(`mpop-${tls}`);
      const box = join(home, 'box');
      for (const sub of ['new', 'cur', 'tmp']) mkdirSync(join(box, sub), { recursive: true });
      const settings = (keep: string): void =>
        writeFileSync(
          join(home, '.mpoprc'),
          `account x\nhost localhost\nport ${daemon.pop3Port(tls)}\nuser ${ANNA}\npassword "${PASSWORD}"\ntls on\ntls_starttls ${tls === 'TLS' ? 'off' : 'on'}\ntls_trust_file ${daemon.certificate}\nreceived_header off\nkeep ${keep}\ndelivery maildir ${box}\n`,
          { mode: 0o600 },
        );
      settings('on');
      for (let times = 0; times < 2; times++) fine(await daemon.run('mpop', ['x'], { home }));
      expect(same(maildir(box))).toEqual(same(bodies));
      settings('off');
      fine(await daemon.run('mpop', ['x'], { home }));
      expect(await left()).toBe(0);
    });
  });

  describePeers(['getmail'], 'getmail', () => {
    const reason = tls === 'TLS' ? '' : ' (skipped: getmail has no STLS)';
    it.runIf(tls === 'TLS')(`fetches all, once, and deletes${reason}`, async () => {
      const bodies = await drop('getmail');
      const home = daemon.home('getmail');
      const { out, mda } = collector(home);
      mkdirSync(join(home, '.getmail'), { mode: 0o700 });
      const settings = (remove: boolean): void =>
        writeFileSync(
          join(home, '.getmail/getmailrc'),
          `[retriever]\ntype = SimplePOP3SSLRetriever\nserver = localhost\nport = ${daemon.pop3Port(tls)}\nusername = ${ANNA}\npassword = ${PASSWORD}\nca_certs = ${daemon.certificate}\n[destination]\ntype = MDA_external\npath = ${mda}\nallow_root_commands = true\nunixfrom = false\n[options]\nread_all = false\ndelete = ${remove}\nreceived = false\ndelivered_to = false\n`,
          { mode: 0o600 },
        );
      for (const remove of [false, false, true]) {
        settings(remove);
        const ran = await daemon.run('getmail', ['--getmaildir', join(home, '.getmail')], { home });
        fine(ran);
      }
      expect(same(collected(out))).toEqual(same(bodies));
      expect(await left()).toBe(0);
    });
  });

  describePeers(['fetchmail'], 'fetchmail', () => {
    it('fetches all, once, and deletes', async () => {
      const bodies = await drop('fetchmail');
      const home = daemon.home(`fetchmail-${tls}`);
      const { out, mda } = collector(home);
      const secure = tls === 'TLS' ? 'ssl' : 'sslproto TLS1.2+';
      const settings = (keep: string): void =>
        writeFileSync(
          join(home, 'rc'),
          `poll localhost protocol POP3 port ${daemon.pop3Port(tls)} uidl:\n  user "${ANNA}" password "${PASSWORD}" ${secure} sslcertfile ${daemon.certificate} sslcertck\n  mda "${mda}" ${keep} no rewrite\n`,
          { mode: 0o600 },
        );
      const run = (): Promise<Ran> =>
        daemon.run('fetchmail', ['-f', join(home, 'rc'), '--nosyslog', '--pidfile', join(home, 'pid')], {
          home,
          env: { FETCHMAILHOME: home },
        });
      settings('keep');
      fine(await run());
      // 1: no new mail.
      expect(await run()).toMatchObject({ code: 1 });
      expect(same(collected(out))).toEqual(same(bodies));
      settings('no keep flush');
      expect([0, 1]).toContain((await run()).code);
      expect(await left()).toBe(0);
    });
  });

  describePeers(['s-nail'], 's-nail', () => {
    it('lists, reads and deletes', async () => {
      for (const n of [1, 2, 3]) await daemon.deliver(ANNA, message(`number ${n}`, `body ${n}`));
      await ready(3);
      const scheme = tls === 'TLS' ? 'pop3s' : 'pop3';
      const url = `${scheme}://${ANNA.replace('@', '%40')}:${encodeURIComponent(PASSWORD)}@localhost:${daemon.pop3Port(tls)}`;
      const set = [
        `tls-ca-file=${daemon.certificate}`,
        'tls-ca-no-defaults',
        'tls-verify=strict',
        'pop3-use-starttls',
        'keep',
        'hold',
        'v15-compat=y',
      ];
      const ran = await daemon.run('s-nail', ['-:/', '-#', ...set.map((one) => `-S${one}`), '-f', url], {
        input: 'from *\nprint 2\ndelete 3\nquit\n',
      });
      fine(ran);
      for (const n of [1, 2, 3]) expect(ran.output).toContain(`number ${n}`);
      expect(ran.output).toContain('body 2');
      const subjects = await eventually(
        () =>
          daemon
            .files(ANNA)
            .map(({ octets }) => /Subject: (.*?)\r/.exec(octets.toString())?.[1] ?? '')
            .toSorted(),
        ({ length }) => length === 2,
      );
      expect(subjects).toEqual(['number 1', 'number 2']);
    });
  });

  describePeers(['mutt', 'script'], 'mutt', () => {
    it('reads and deletes', async () => {
      for (const n of [1, 2, 3]) await daemon.deliver(ANNA, message(`number ${n}`, `body ${n}`));
      await ready(3);
      const home = daemon.home(`mutt-${tls}`);
      const url = `${tls === 'TLS' ? 'pops' : 'pop'}://${ANNA.replace('@', '%40')}@localhost:${daemon.pop3Port(tls)}/`;
      const settings = [
        `pop_pass="${PASSWORD}"`,
        `certificate_file="${daemon.certificate}"`,
        'ssl_force_tls=yes',
        'ssl_starttls=yes',
        'pop_delete=yes',
        'delete=yes',
        'quit=yes',
        'wait_key=no',
        'confirmappend=no',
        'confirmcreate=no',
        // It fails with channel binding, and does not read what is answered then.
        'pop_authenticators="scram-sha-256"',
      ];
      writeFileSync(
        join(home, '.muttrc'),
        `${settings.map((one) => `set ${one}`).join('\n')}\npush "<first-entry><save-message><kill-line>=kept<enter><sync-mailbox><quit>"\nset folder="${home}"\nset mbox_type=mbox\n`,
      );
      const ran = await daemon.run('mutt', ['-F', join(home, '.muttrc'), '-f', url], {
        home,
        terminal: true,
        seconds: 30,
      });
      fine(ran);
      expect(existsSync(join(home, 'kept')) && readFileSync(join(home, 'kept'), 'utf8')).toContain('body 1');
      expect(
        await eventually(
          () => daemon.files(ANNA).length,
          (files) => files === 2,
        ),
      ).toBe(2);
    });
  });
});

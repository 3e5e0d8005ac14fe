import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ANNA, MailDaemon, PASSWORD, type Ran, TLS, type Tls } from '../../support/mail-daemon.ts';
import { describePeers } from '../../support/peers.ts';
import { corpusMessages, describeShared } from '../../support/shared.ts';

const daemon = new MailDaemon();

/** curl at a URL below the server. */
function curl(tls: Tls, path: string, ...args: string[]): Promise<Ran> {
  const url =
    tls === 'TLS'
      ? `imaps://localhost:${daemon.imapPort(tls)}/${path}`
      : `imap://localhost:${daemon.imapPort(tls)}/${path}`;
  const secure = tls === 'TLS' ? [] : ['--ssl-reqd'];
  return daemon.run('curl', [
    '-sS',
    '--cacert',
    daemon.certificate,
    '--user',
    `${ANNA}:${PASSWORD}`,
    ...secure,
    ...args,
    url,
  ]);
}

const sha256 = (octets: string | Buffer): string =>
  createHash('sha256')
    .update(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets)
    .digest('hex');

/** The octets that IMAP sends for a file: CRLF where its first line ends in LF alone. */
function sent(octets: Buffer): Buffer {
  const text = octets.toString('latin1');
  const lf = text.indexOf('\n');
  return lf === -1 || text[lf - 1] === '\r'
    ? octets
    : Buffer.from(text.replaceAll(/\r?\n/g, '\r\n'), 'latin1');
}

describePeers(['curl'], 'curl', () => {
  beforeAll(() => daemon.serve());
  afterAll(() => daemon.dispose());

  it.each(TLS)('lists, uploads, fetches, searches, flags and expunges over %s', async (tls) => {
    const box = `Box-${tls}`;
    expect(await curl(tls, '', '-X', `CREATE ${box}`)).toMatchObject({ code: 0 });
    expect((await curl(tls, '')).output).toContain(`"/" ${box}`);
    const octets = Buffer.from(
      'From: a@b.example\r\nSubject: bytes\r\n\r\n8-bit \xe4 \xff\r\n\tlast line without an end',
      'latin1',
    );
    daemon.write('upload.eml', octets.toString('latin1'));
    const file = join(daemon.folder, 'upload.eml');
    expect(await curl(tls, box, '--upload-file', file)).toMatchObject({ code: 0 });
    expect(sha256((await curl(tls, `${box};UID=1`)).stdout)).toBe(sha256(readFileSync(file)));
    expect((await curl(tls, `${box};MAILINDEX=1`)).stdout.length).toBe(readFileSync(file).length);
    expect((await curl(tls, `${box};UID=1;SECTION=TEXT`)).stdout).toMatch(
      /^8-bit [^]*\r\n\tlast line without an end$/,
    );
    expect((await curl(tls, `${box};UID=1;SECTION=HEADER.FIELDS%20(SUBJECT)`)).stdout).toBe(
      'Subject: bytes\r\n\r\n',
    );
    expect((await curl(tls, `${box}?SUBJECT%20bytes`)).output).toMatch(/^\* SEARCH 1\r?$/m);
    expect((await curl(tls, `${box}?SUBJECT%20none`)).output).toMatch(/^\* SEARCH\s*$/m);
    expect((await curl(tls, box, '-X', 'STORE 1 +FLAGS (\\Deleted)')).output).toContain('\\Deleted');
    expect((await curl(tls, box, '-X', 'EXPUNGE')).output).toContain('* 1 EXPUNGE');
    expect((await curl(tls, box, '-X', `EXAMINE ${box}`)).output).toContain('* 0 EXISTS');
    // 78: what is asked for is not there; 67: login denied.
    expect((await curl(tls, `${box};UID=1`)).code).toBe(78);
    expect((await curl(tls, '', '--user', `${ANNA}:wrong`)).code).toBe(67);
    expect(await curl(tls, '', '-X', `DELETE ${box}`)).toMatchObject({ code: 0 });
  });

  it.each(['PLAIN', 'EXTERNAL'])('logs in by AUTH=%s as far as it is offered', async (mechanism) => {
    const ran = await curl('TLS', '', '--login-options', `AUTH=${mechanism}`);
    expect(ran.code).toBe(mechanism === 'PLAIN' ? 0 : 67);
  });

  it('does not log in without TLS', async () => {
    const ran = await daemon.run('curl', [
      '-sS',
      '--user',
      `${ANNA}:${PASSWORD}`,
      `imap://localhost:${daemon.imapPort('STARTTLS')}/`,
    ]);
    expect(ran.code).toBe(67);
  });

  describeShared('corpora/index.tsv', 'with the corpora', () => {
    it('gets the octets of every message as they came', async () => {
      const all = corpusMessages('spamassassin', 'torture', 'list-vger');
      const chosen = all.filter((_, at) => at % Math.ceil(all.length / 120) === 0);
      const expected = chosen.map(({ path }) => readFileSync(path));
      for (const octets of expected) daemon.drop(ANNA, octets, '.Corpus');
      // One curl for all of them: its globbing gives each a file of its own.
      const out = join(daemon.folder, 'fetched');
      const ran = await curl('TLS', `Corpus;UID=[1-${chosen.length}]`, '--create-dirs', '-o', `${out}/#1`);
      expect(ran.output).toBe('');
      const got = chosen.map((_, at) => sha256(readFileSync(join(out, String(at + 1)))));
      expect(got.sort()).toEqual(expected.map((octets) => sha256(sent(octets))).sort());
    });
  });
});

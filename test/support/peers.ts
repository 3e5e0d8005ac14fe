import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe } from 'vitest';

/**
 * Programs the end-to-end tests talk to, and the Debian package each comes from.
 * `scripts/peers` installs them; a test that needs one says so with {@link describePeers}.
 */
export const PEERS: Readonly<Record<string, string>> = {
  postfix: 'postfix',
  'smtp-source': 'postfix',
  miltertest: 'miltertest',
  swaks: 'swaks',
  'redis-server': 'redis-server',
  mutt: 'mutt',
  zstd: 'zstd',
  'systemd-notify': 'systemd',
  perl: 'perl',
  'sieve-test': 'dovecot-sieve',
  sievec: 'dovecot-sieve',
  'sieve-connect': 'sieve-connect',
  openssl: 'openssl',
  xmllint: 'libxml2-utils',
  prosody: 'prosody',
  prosodyctl: 'prosody',
  unbound: 'unbound',
  opendkim: 'opendkim',
  dkimverify: 'python3-dkim',
  '/usr/lib/python3/dist-packages/authres': 'python3-authres',
  spamassassin: 'spamassassin',
  clamd: 'clamav-daemon',
  bogofilter: 'bogofilter',
  sigtool: 'clamav',
  cc: 'gcc libc6-dev',
  mbsync: 'isync',
  offlineimap: 'offlineimap3',
  getmail: 'getmail6',
  fetchmail: 'fetchmail',
  mpop: 'mpop',
  curl: 'curl',
  's-nail': 's-nail',
  imapfilter: 'imapfilter',
  mailutil: 'uw-mailutils',
  '/usr/lib/dovecot/imap': 'dovecot-imapd',
  // Not installed by scripts/peers: it is large, and its test is a long one.
  thunderbird: 'thunderbird',
  '/usr/include/opendkim/dkim.h': 'libopendkim-dev',
};

const SEARCH = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/sbin'];

/** Path of an installed program (also in the sbin folders), or undefined. */
export function findProgram(name: string): string | undefined {
  for (const folder of SEARCH) {
    const path = resolve(folder || '.', name);
    if (folder !== '' && existsSync(path)) return path;
  }
  return undefined;
}

/** Path of a peer that `describePeers` has already found. */
export function program(name: string): string {
  const path = findProgram(name);
  if (path === undefined) throw new Error(`${name} is not installed (Debian package ${PEERS[name] ?? name})`);
  return path;
}

/**
 * A `describe` that needs installed programs. Where one is missing the block is skipped with the reason in
 * its name; with TAMIS_REQUIRE_PEERS=1 (CI) it runs all the same, and fails.
 */
export function describePeers(peers: readonly string[], name: string, body: () => void): void {
  const missing = peers.filter((peer) => findProgram(peer) === undefined);
  if (missing.length === 0 || process.env['TAMIS_REQUIRE_PEERS'] === '1') describe(name, body);
  else {
    const packages = missing.map((peer) => PEERS[peer] ?? peer).join(' ');
    describe.skip(
      `${name} (skipped: ${missing.join(', ')} not installed; apt-get install ${packages})`,
      body,
    );
  }
}

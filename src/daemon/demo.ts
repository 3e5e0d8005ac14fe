import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { LoadedConfig } from '../config/load.ts';
import { generatePassword } from '../policy/password.ts';
import { silentLog } from '../log.ts';
import { openAccounts, openConfiguredState } from './accounts.ts';
import type { Listening } from './daemon.ts';

/** The account of the first steps, in a domain nobody can register (RFC 6761 §6.2). */
export const DEMO_ACCOUNT = 'demo@tamis.test';

/** Milter, SMTP, LMTP, ManageSieve, IMAP, POP3 and monitoring on loopback, above port 1024; everything else as it is by default. */
const DEMO_CONFIG = `# Tamis on this machine, for the first steps. Made by \`npm start\`; change it as you like, it is not made again.
# \`bin/tamis config schema\` describes every setting, \`bin/tamis config print\` shows those in force.
hostname: mail.tamis.test
data: .
policy:
  domains: [tamis.test]
  postmaster: demo@tamis.test
servers:
  smtp:
    listen: ['127.0.0.1:2525']
  lmtp:
    listen: ['127.0.0.1:2424']
  managesieve:
    listen: ['127.0.0.1:4190']
  imap:
    listen: ['127.0.0.1:1143']
    listen_tls: ['127.0.0.1:1993']
  pop3:
    listen: ['127.0.0.1:1110']
    listen_tls: ['127.0.0.1:1995']
  milter:
    listen: ['127.0.0.1:9900']
  http:
    listen: ['127.0.0.1:9980']
log:
  format: text
`;

/** The configuration file of the first steps, made where there is none. */
export function demoConfig(folder: string): string {
  const file = join(folder, 'tamis.yaml');
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(file, DEMO_CONFIG, { mode: 0o600 });
  }
  return file;
}

/** Adds the demo account; its password, or undefined when it was there already. */
export async function addDemoAccount({ config }: LoadedConfig): Promise<string | undefined> {
  const state = await openConfiguredState(config, silentLog);
  try {
    const accounts = openAccounts(config, state);
    if (await accounts.exists(DEMO_ACCOUNT)) return undefined;
    const password = generatePassword(randomBytes);
    await accounts.add(DEMO_ACCOUNT, password);
    return password;
  } finally {
    await state.close();
  }
}

/** What to do next, for the person who typed `npm start`. */
export function demoText(
  loaded: LoadedConfig,
  listening: readonly Listening[],
  password: string | undefined,
): string {
  const here = (path: string): string => relative(process.cwd(), path) || '.';
  const at = (name: string): string =>
    listening.find(({ server }) => server === name)?.address ?? 'not listening';
  // The address with TLS from the beginning comes after the other.
  const tls = (name: string): string =>
    listening.findLast(({ server }) => server === name)?.address ?? 'not listening';
  const all = (name: string): string =>
    listening
      .filter(({ server }) => server === name)
      .map(({ address }) => address)
      .join(', ') || 'not listening';
  const mailbox = here(join(loaded.config.data, 'mail', DEMO_ACCOUNT, 'Maildir'));
  const file = here(loaded.file ?? '');
  const send = (name: string): string =>
    `bin/tamis send corpus/samples/${name}.eml --server ${at('smtp')} --to ${DEMO_ACCOUNT}`;
  return `
Tamis is running.

  SMTP           ${at('smtp')}
  LMTP           ${at('lmtp')}
  ManageSieve    ${at('managesieve')}
  IMAP           ${all('imap')} (STARTTLS, TLS)
  POP3           ${all('pop3')} (STLS, TLS)
  milter         ${at('milter')}
  monitoring     http://${at('http')}/metrics and /health
  configuration  ${file}
  account        ${DEMO_ACCOUNT}, ${password === undefined ? `password unchanged (bin/tamis user passwd --config ${file} ${DEMO_ACCOUNT})` : `password ${password}`}

Send a message:     ${send('ham')}
and look at it:     head -n 24 ${mailbox}/new/*
Spam goes to Junk:  ${send('spam')}
and look at it:     head -n 24 ${mailbox}/.Junk/new/*

Read the mail:      mutt -f imap://demo%40tamis.test@${at('imap')}/ -e 'set ssl_starttls=yes'
or the first one:   curl --insecure --user ${DEMO_ACCOUNT} 'imaps://${tls('imap')}/INBOX;MAILINDEX=1'
Share a folder:     bin/tamis user add friend@tamis.test --config ${file}
                    bin/tamis acl set ${DEMO_ACCOUNT} INBOX friend@tamis.test lrs --config ${file}
Filter the mail:    sieve-connect --server ${hostOf(at('managesieve'))} --port ${portOf(at('managesieve'))} --user ${DEMO_ACCOUNT} --notlsverify

Ctrl-C stops it, when what is under way has ended.

`;
}

const hostOf = (address: string): string => address.slice(0, address.lastIndexOf(':'));
const portOf = (address: string): string => address.slice(address.lastIndexOf(':') + 1);

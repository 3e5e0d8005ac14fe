import { isIP } from 'node:net';
import type { Client, Recipient } from '../../message/envelope.ts';
import type { MailCommand } from '../../transaction/types.ts';
import type { Connection, Path } from './handlers.ts';

/** Who the client is, from CONNECT and its macros. */
export function clientOf(connection: Connection): Client {
  const { address } = connection;
  const client: Client = {};
  if (address !== undefined && isIP(address) !== 0) {
    client.address = address;
    if (connection.port !== undefined && connection.port !== 0) client.port = connection.port;
  }
  const name = verifiedName(connection);
  if (name !== undefined) client.name = name;
  return client;
}

/**
 * The client's name when the MTA found it to belong to the address. Postfix calls a client without one `unknown`;
 * Sendmail gives the address in brackets, and says in {client_resolve} whether a name can be trusted.
 */
function verifiedName(connection: Connection): string | undefined {
  const name = connection.hostname;
  if (name === '' || name === 'unknown' || name.startsWith('[')) return undefined;
  const resolved = connection.macro('client_resolve');
  return resolved === undefined || resolved === 'OK' ? name : undefined;
}

/** What macros say about the session by the time of MAIL: login name and TLS. */
export function sessionFacts(connection: Connection): Partial<Client> {
  const user = connection.macro('auth_authen');
  const version = connection.macro('tls_version');
  const facts: Partial<Client> = { user: user === '' ? undefined : user };
  if (version !== undefined && version !== '') facts.tls = { version, cipher: connection.macro('cipher') };
  return facts;
}

/**
 * Mail that no client brought: Postfix plays an SMTP session from 127.0.0.1, port 0, for what the sendmail command or
 * its own processes hand in (`non_smtpd_milters`). Refusing a recipient there makes the whole mail fail.
 */
export function isLocalSubmission(connection: Connection): boolean {
  return connection.family === 'inet' && connection.address === '127.0.0.1' && connection.port === 0;
}

/** Parameters of MAIL and RCPT by their upper-cased keyword (RFC 5321 §4.1.2). */
function parameters(path: Path): Map<string, string> {
  return new Map(
    path.parameters.map((parameter) => {
      const [keyword = '', ...value] = parameter.split('=');
      return [keyword.toUpperCase(), value.join('=')];
    }),
  );
}

export function mailCommandOf(sender: Path): MailCommand {
  const given = parameters(sender);
  const command: MailCommand = { sender: sender.address };
  const size = given.get('SIZE');
  if (size !== undefined && /^\d{1,15}$/.test(size)) command.size = Number(size);
  if (given.has('SMTPUTF8')) command.smtputf8 = true;
  const body = given.get('BODY')?.toUpperCase();
  if (body === '7BIT' || body === '8BITMIME' || body === 'BINARYMIME') command.body = body;
  const ret = given.get('RET')?.toUpperCase();
  if (ret === 'FULL' || ret === 'HDRS') command.ret = ret;
  const envid = given.get('ENVID');
  if (envid !== undefined) command.envid = envid;
  return command;
}

export function recipientOf(path: Path): Recipient {
  const given = parameters(path);
  const recipient: Recipient = { address: path.address };
  const orcpt = given.get('ORCPT');
  const notify = given.get('NOTIFY');
  if (orcpt !== undefined) recipient.orcpt = orcpt;
  if (notify !== undefined) recipient.notify = notify;
  return recipient;
}

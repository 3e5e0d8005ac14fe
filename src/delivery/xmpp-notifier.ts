import type { Client } from '@xmpp/client';
import type { Log } from '../log.ts';
import type { Notifier } from './notifier.ts';
import type { XmppSettings } from './xmpp-settings.ts';

/** Milliseconds to connect, log in and send: who notifies does so for what is urgent. */
const TIMEOUT_MS = 10_000;
/** Milliseconds that notifications under way have when we stop. */
const GRACE_MS = 2000;
/** Milliseconds after the last notification until the connection is closed. */
const IDLE_MS = 60_000;
/** Notifications that may be on their way at the same time; a flood of mail must not fill the memory. */
const MAX_UNDERWAY = 100;
/** Characters of an error stanza that the log shows. */
const SHOWN = 500;

export interface XmppNotifier extends Notifier {
  close(): Promise<void>;
}

/** Sends stanzas from the account of the site. It logs in when there is something to send, and out when there is not. */
export function createXmppNotifier(settings: XmppSettings, log: Log): XmppNotifier {
  return new XmppConnection(settings, log);
}

class XmppConnection implements XmppNotifier {
  readonly #settings: XmppSettings;
  readonly #log: Log;
  #online: Promise<Client> | undefined;
  /** The one that was made last. */
  #connection: Client | undefined;
  #idle: NodeJS.Timeout | undefined;
  readonly #underway = new Set<Promise<void>>();
  #closed = false;

  constructor(settings: XmppSettings, log: Log) {
    this.#settings = settings;
    this.#log = log;
  }

  async send(notification: Parameters<Notifier['send']>[0]): Promise<void> {
    if (notification.kind !== 'xmpp') throw new Error(`this is no way to send by ${notification.kind}`);
    if (this.#closed) throw new Error('the server shuts down');
    if (this.#underway.size >= MAX_UNDERWAY) throw new Error(`${MAX_UNDERWAY} notifications wait already`);
    clearTimeout(this.#idle);
    const sending = this.#write(notification.stanza);
    this.#underway.add(sending);
    try {
      await sending;
    } finally {
      this.#underway.delete(sending);
      this.#rest();
    }
  }

  async #write(stanza: string): Promise<void> {
    this.#online ??= this.#connect();
    const online = this.#online;
    try {
      await within(TIMEOUT_MS, async () => (await online).write(stanza));
    } catch (error) {
      if (this.#online === online) await this.#disconnect();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    await within(GRACE_MS, () => Promise.allSettled(this.#underway)).catch(() => undefined);
    await this.#disconnect();
  }

  #rest(): void {
    clearTimeout(this.#idle);
    if (this.#underway.size > 0 || this.#closed) return;
    this.#idle = setTimeout(() => void this.#disconnect(), IDLE_MS);
    this.#idle.unref();
  }

  async #connect(): Promise<Client> {
    // Few sites use it, and it takes its time to load.
    const { client } = await import('@xmpp/client');
    const { jid, password, service, allowPlain } = this.#settings;
    const { username, domain, resource } = splitJid(jid);
    const connection = client({
      service: service === '' ? `xmpp://${domain}` : service,
      domain,
      username,
      ...(resource === undefined ? {} : { resource }),
      timeout: TIMEOUT_MS,
      async credentials(authenticate, mechanisms, _, entity) {
        if (!allowPlain && !entity.isSecure()) throw new Error('the XMPP server offers no TLS');
        // In the order of the package: SCRAM, and PLAIN where TLS protects it.
        const mechanism = mechanisms.find((name) => name === 'SCRAM-SHA-1' || name === 'PLAIN');
        if (mechanism === undefined) throw new Error('the XMPP server offers no way to log in that we know');
        await authenticate({ username, password }, mechanism);
      },
    });
    // The next notification connects again.
    connection.reconnect.stop();
    this.#connection = connection;
    connection
      .on('disconnect', () => {
        if (this.#connection === connection) this.#online = undefined;
      })
      .on('error', (error) => this.#log.debug({ err: error }, 'XMPP connection'))
      .on('stanza', (stanza) => {
        if (stanza.attrs['type'] !== 'error') return;
        const text = stanza.toString().slice(0, SHOWN);
        this.#log.warn({ from: stanza.attrs['from'], stanza: text }, 'a notification by XMPP was refused');
      });
    try {
      await within(TIMEOUT_MS, () => connection.start());
      return connection;
    } catch (error) {
      await stop(connection);
      throw error;
    }
  }

  async #disconnect(): Promise<void> {
    const online = this.#online;
    this.#online = undefined;
    const connection = await online?.catch(() => undefined);
    if (connection !== undefined) await stop(connection);
  }
}

/** What cannot be closed in an orderly way is closed all the same. */
async function stop(connection: Client): Promise<void> {
  await connection.stop().catch(() => undefined);
}

/** Parts of an address (RFC 7622 §3.1). */
function splitJid(jid: string): { username: string; domain: string; resource: string | undefined } {
  const [, username = '', domain = '', resource] = /^([^@/]+)@([^/]+)(?:\/(.+))?$/s.exec(jid) ?? [];
  return { username, domain, resource };
}

/** The address without its resource, from which stanzas are sent (RFC 6120 §8.1.2.1). */
export function bareJid(jid: string): string {
  return jid.replace(/\/.*$/s, '');
}

async function within<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the XMPP server takes too long')), milliseconds);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

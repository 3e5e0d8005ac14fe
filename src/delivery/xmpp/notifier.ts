import type { Log } from '../../log.ts';
import type { Notifier } from '../notifier.ts';
import { XmppConnection } from './connection.ts';
import type { XmppSettings } from './settings.ts';
import type { XmppElement } from './xml-stream.ts';

/** Milliseconds to connect, log in and send: who notifies does so for what is urgent. */
const TIMEOUT_MS = 10_000;
/** Milliseconds that notifications under way have when we stop. */
const GRACE_MS = 2000;
/** Milliseconds after the last notification until the connection is closed. */
const IDLE_MS = 60_000;
/** Notifications that may be on their way at the same time; a flood of mail must not fill the memory. */
const MAX_UNDERWAY = 100;

export interface XmppNotifier extends Notifier {
  close(): Promise<void>;
}

/** Sends stanzas from the account of the site. It logs in when there is something to send, and out when there is not. */
export function createXmppNotifier(settings: XmppSettings, log: Log, timeout = TIMEOUT_MS): XmppNotifier {
  return new LoggingInNotifier(settings, log, timeout);
}

class LoggingInNotifier implements XmppNotifier {
  readonly #settings: XmppSettings;
  readonly #log: Log;
  readonly #timeout: number;
  #online: Promise<XmppConnection> | undefined;
  #idle: NodeJS.Timeout | undefined;
  readonly #underway = new Set<Promise<void>>();
  #closed = false;

  constructor(settings: XmppSettings, log: Log, timeout: number) {
    this.#settings = settings;
    this.#timeout = timeout;
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
      await within(this.#timeout, async () => (await online).write(stanza));
    } catch (error) {
      if (this.#online === online) await this.#disconnect();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    await within(GRACE_MS, () => Promise.allSettled(this.#underway)).catch(() => undefined);
    // A login that hangs ends in its own time.
    await within(GRACE_MS, () => this.#disconnect()).catch(() => undefined);
  }

  #rest(): void {
    clearTimeout(this.#idle);
    if (this.#underway.size > 0 || this.#closed) return;
    this.#idle = setTimeout(() => void this.#disconnect(), IDLE_MS);
    this.#idle.unref();
  }

  #connect(): Promise<XmppConnection> {
    const online = XmppConnection.open({
      settings: this.#settings,
      timeout: this.#timeout,
      onElement: (element) => this.#heard(element),
      // The next notification connects again.
      onClose: () => {
        if (this.#online === online) this.#online = undefined;
      },
    });
    return online;
  }

  /** Of what the server says only what became of our messages matters: errors of RFC 6121 §5.2.2. */
  #heard({ name, attributes, children }: XmppElement): void {
    if (name !== 'message' || attributes.get('type') !== 'error') return;
    const reason = children.find((child) => child.name === 'error')?.children[0]?.name;
    this.#log.warn({ to: attributes.get('from'), reason }, 'a notification by XMPP was refused');
  }

  async #disconnect(): Promise<void> {
    const online = this.#online;
    this.#online = undefined;
    const connection = await online?.catch(() => undefined);
    await connection?.close();
  }
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

import type { Log } from '../log.ts';
import type { OtherNotification } from './plan.ts';

/** Sends notifications that do not go by mail. Which hosts scripts may name was checked when they were made. */
export interface Notifier {
  /** Rejects when it could not be sent. */
  send(notification: OtherNotification): Promise<void>;
}

/** Milliseconds for the whole exchange: who notifies does so for what is urgent. */
const TIMEOUT_MS = 10_000;

/** Posts JSON to web hooks. `post` is fetch; what answers with a redirect would lead to another host. */
export function createHttpsNotifier(post: typeof fetch = fetch): Notifier {
  return {
    async send(notification) {
      if (notification.kind !== 'https') throw new Error(`nothing here sends by ${notification.kind}`);
      const response = await post(notification.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: notification.body,
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
    },
  };
}

/** Sends each by its way. */
export function byKind(ways: Readonly<Record<OtherNotification['kind'], Notifier | undefined>>): Notifier {
  return {
    async send(notification) {
      const way = ways[notification.kind];
      if (way === undefined) throw new Error(`nothing here sends by ${notification.kind}`);
      await way.send(notification);
    },
  };
}

/**
 * Sends them when the mail is safe; delivery does not wait for them, and one that fails is not tried again: it would
 * come when it is no news any more (RFC 5435 §6).
 */
export function sendNotifications(
  notifications: readonly OtherNotification[],
  notifier: Notifier | undefined,
  log: Log,
): void {
  for (const notification of notifications) {
    const to = notification.kind === 'https' ? new URL(notification.url).host : notification.to;
    const failed = (err: unknown): void => log.warn({ to, err }, 'a notification could not be sent');
    if (notifier === undefined) failed(new Error(`nothing here sends by ${notification.kind}`));
    else notifier.send(notification).then(() => log.info({ to }, 'notification sent'), failed);
  }
}

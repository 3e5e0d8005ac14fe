import { messageIdOf } from '../compose/thread.ts';
import { defaultMessage, importanceName, shownField, whyNotNotified } from './text.ts';
import type { NotifyMethod } from './types.ts';
import { isUri } from './uri.ts';

/** Characters of a URL; servers refuse longer ones. */
const MAX_URL = 2000;

function parseHttps(uri: string): URL | undefined {
  if (uri.length > MAX_URL || !isUri(uri) || !URL.canParse(uri)) return undefined;
  const url = new URL(uri);
  return url.protocol === 'https:' && url.hostname !== '' && url.username === '' && url.password === ''
    ? url
    : undefined;
}

/**
 * A message to a program: JSON by POST to an https URL. Not standardised; off until the site lists the hosts that may be
 * spoken to, so that no script can make the server talk to hosts inside its network.
 */
export const https: NotifyMethod = {
  scheme: 'https',
  fault: (uri) => (parseHttps(uri) === undefined ? 'it is no https URL' : undefined),
  refused(uri, { httpsHosts }) {
    if (httpsHosts.length === 0) return 'this server sends no https notifications';
    const host = parseHttps(uri)?.host ?? '';
    return httpsHosts.some((allowed) => allowed.toLowerCase() === host)
      ? undefined
      : `${host} is not among the hosts that may be notified`;
  },
  // oxlint-disable-next-line require-yield -- other methods ask
  *compose(state, notification) {
    const url = parseHttps(notification.uri);
    if (url === undefined) return state.fail('notify: it is no https URL');
    const why = whyNotNotified(state);
    if (why !== undefined) return { suppressed: why };
    const body = JSON.stringify({
      version: 1,
      owner: state.recipient,
      importance: importanceName(notification),
      message: notification.message ?? defaultMessage(state),
      from: notification.from ?? null,
      mail: {
        id: messageIdOf(state.header) ?? null,
        sender: state.envelope.sender,
        from: shownField(state, 'from'),
        subject: shownField(state, 'subject'),
        date: state.header.get('date')?.date?.toISOString() ?? null,
        size: state.message.raw.length,
      },
      time: state.now.toISOString(),
    });
    url.hash = '';
    return { kind: 'https', url: url.href, body };
  },
};

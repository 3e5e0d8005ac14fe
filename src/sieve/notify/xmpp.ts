import { escapeXml } from '../../message/xml.ts';
import { defaultMessage, whyNotNotified } from './text.ts';
import type { Notification, NotifyMethod } from './types.ts';
import { isUri, percentDecode } from './uri.ts';

interface XmppUri {
  /** `node@domain/resource`. */
  readonly to: string;
  /** Keys of the query (RFC 5122 §2.5), decoded. */
  readonly keys: ReadonlyMap<string, string>;
}

/** RFC 7622 §3.1: each of the three parts has at most 1,023 octets. */
const MAX_JID = 3 * 1023 + 2;

/**
 * ```
 * xmppiri   = "xmpp:" ["//" authority] [path] ["?" querytype *(";" key "=" value)] ["#" fragment]
 * ```
 *
 * As RFC 5122 §2.2 has it, with a node, a domain and perhaps a resource in the path.
 */
function parseXmpp(uri: string): XmppUri | string {
  if (!isUri(uri)) return 'it is no URI';
  const parts = /^xmpp:(?:\/\/[^/?#]+\/)?([^?#]+)(?:\?([^#]*))?(?:#.*)?$/i.exec(uri);
  if (parts === null) return 'it names nobody';
  const [, path = '', query = ''] = parts;
  const to = percentDecode(path);
  if (
    to === undefined ||
    to.length > MAX_JID ||
    !/^[^@/\s\p{Cc}]+@[^@/\s\p{Cc}]+(?:\/[^\p{Cc}]+)?$/u.test(to)
  )
    return `${JSON.stringify((to ?? path).slice(0, 80))} is not the address of a person`;
  const [type = '', ...pairs] = query.split(';');
  if (type !== '' && type !== 'message')
    return `query type ${JSON.stringify(type.slice(0, 80))} sends no message`;
  const keys = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const value = percentDecode(pair.slice(at + 1));
    if (at < 1 || value === undefined) return 'its query is none';
    keys.set(pair.slice(0, at).toLowerCase(), value);
  }
  return { to, keys };
}

/** Notifications by XMPP (RFC 5437). The host has the connection. */
export const xmpp: NotifyMethod = {
  scheme: 'xmpp',
  fault(uri) {
    const parsed = parseXmpp(uri);
    return typeof parsed === 'string' ? parsed : undefined;
  },
  refused: (_uri, { xmppFrom }) => (xmppFrom === '' ? 'this server does not send by XMPP' : undefined),
  // oxlint-disable-next-line require-yield -- other methods ask
  *compose(state, notification) {
    const parsed = parseXmpp(notification.uri);
    if (typeof parsed === 'string') return state.fail(`notify: ${parsed}`);
    const why = whyNotNotified(state);
    if (why !== undefined) return { suppressed: why };
    const text = notification.message ?? parsed.keys.get('body') ?? defaultMessage(state);
    const stanza = messageStanza(state.settings.notify.xmppFrom, parsed, text, notification);
    return { kind: 'xmpp', to: parsed.to, stanza };
  },
};

/** RFC 5437 §2.1 and RFC 5437 §3: a headline, with its urgency as XEP-0131 writes it. */
function messageStanza(
  from: string,
  { to, keys }: XmppUri,
  text: string,
  notification: Notification,
): string {
  const urgency = { 1: 'high', 2: 'medium', 3: 'low' }[notification.importance];
  const headers = [
    ['Urgency', urgency],
    // RFC 5437 §2.3: the sender is the service; whom the script names is said beside it.
    ...(notification.from === undefined ? [] : [['Resent-From', notification.from]]),
  ];
  return [
    `<message from='${escapeXml(from)}' to='${escapeXml(to)}' type='headline'>`,
    `<subject>${escapeXml(keys.get('subject') ?? 'SIEVE')}</subject>`,
    `<body>${escapeXml(text)}</body>`,
    "<headers xmlns='http://jabber.org/protocol/shim'>",
    ...headers.map(([name = '', value = '']) => `<header name='${name}'>${escapeXml(value)}</header>`),
    '</headers>',
    '</message>',
  ].join('');
}

/** One Received field as a hand-over from one host to the next. */
import { authenticationOf } from './authentication.ts';
import {
  addressOf,
  type Comment,
  type FromClause,
  isPrivateAddress,
  normalized,
  readFromClause,
  withoutDate,
} from './field.ts';
import type { Relay } from '../../views/types.ts';

/**
 * `skipped`: a hand-over inside one host, or one of which nothing is to be learnt. `fetched`: mail that a program fetched
 * out of a mailbox (POP3, IMAP): the way began anew. `unparseable`: a form that nobody knows.
 */
export type ReceivedResult = Relay | 'skipped' | 'fetched' | 'unparseable';

interface Peer {
  helo?: string;
  rdns?: string;
  ip?: string;
  ident?: string;
  /** Instead of what stands behind `id`. */
  id?: string;
  /** The MTA asks the DNS for the name of whom it talks to: no name means that there is none. */
  looksUp?: boolean;
}

/** Reads the value of one Received field. */
export function parseReceived(value: string): ReceivedResult {
  const whole = normalized(value);
  if (!/^\(?from /i.test(whole)) return 'skipped';
  if (/\bwith local for\b/.test(whole)) return 'skipped';
  const host = /^from (\S+) by [^\s;]+ ?;/i.exec(whole)?.[1];
  if (host !== undefined && !/^\[[\d.]+\]$/.test(host)) return 'skipped';
  const line = withoutDate(whole);
  const inner = /^\(from /i.test(line) ? line.slice(6).replace(/\)/, '') : line.slice(5);
  const clause = readFromClause(inner);
  if (clause.by === undefined && !/ by /i.test(inner)) return withoutBy(inner);
  return handOver(line, inner, clause);
}

function handOver(line: string, inner: string, clause: FromClause): ReceivedResult {
  if (isLocal(inner, clause)) return 'skipped';
  if (/ with (?:POP3|IMAP)/.test(inner) && !/^\S+ \(/.test(inner)) return 'fetched';
  const peer = peerOf(clause, inner);
  if (peer?.ip !== undefined) return relayOf(line, clause, peer);
  if (/with (?:POP3|IMAP)/.test(inner)) return 'fetched';
  return isWithoutAddress(inner, clause) ? 'skipped' : lastResort(line, inner, clause);
}

/** A field that does not say who wrote it. */
function withoutBy(inner: string): ReceivedResult {
  return /^\S+ id \S+$/.test(inner) ||
    inner.startsWith('([127.0.0.1]) with MailEnable ') ||
    /\(LSMTP for/.test(inner)
    ? 'skipped'
    : 'unparseable';
}

/** Hand-overs inside one host whose form would pass for another. */
function isLocal(inner: string, { name, comments, rest }: FromClause): boolean {
  if (rest.includes('Exim') && /\bwith local(?:-\S+)? /.test(rest)) return true;
  if (/^mail pickup service by \S+ with Microsoft SMTPSVC$/.test(inner)) return true;
  return name === 'localhost' && comments[0]?.text.includes('[UNIX: localhost]') === true;
}

/** Hand-overs of known forms that give no address. */
function isWithoutAddress(inner: string, { name, comments, rest }: FromClause): boolean {
  const comment = comments[0]?.text ?? '';
  if (comments.length === 0 && inner.startsWith(`${name} by `))
    return /^ (?:with|via|for|\()/.test(rest) || name.includes('@') || / by uid /.test(inner);
  if (/^(?:\S+@)?(?:localhost(?:\.localdomain)?|127\.0\.0\.1)$/.test(comment)) return true;
  if (/^AUTH: \S+$/.test(comment) || /^Unknown\/Local$/.test(name)) return true;
  if (comment === '[unix socket]' || comment.endsWith('[local]')) return true;
  if (comment === 'unknown' && rest.startsWith(' (SG) with ')) return true;
  if (comment === 'unverified' || /^helo=\S+$/.test(comment)) return true;
  if (rest.startsWith(' (Content Technologies ')) return true;
  if (name === 'facebook.com' && / with Thrift id \S+$/.test(rest)) return true;
  return (
    /\(LSMTP for/.test(inner) ||
    /^\[<.* \(Jetsend/.test(inner) ||
    /^\S+ (?:with|via|for) \S+ by\b/.test(inner)
  );
}

/** An address in brackets somewhere is better than nothing. */
function lastResort(line: string, inner: string, clause: FromClause): ReceivedResult {
  const found = /\[((?:IPv6:)?[\da-f.:]{2,45})\]/gi;
  for (const [, text = ''] of inner.matchAll(found)) {
    const ip = addressOf(text);
    if (ip === undefined) continue;
    return clause.by === undefined || clause.by === '' ? 'unparseable' : relayOf(line, clause, { ip });
  }
  return 'unparseable';
}

/** Exchange handing over to itself: its name is not looked up. */
const MAPI = / with (?:Microsoft SMTP Server|mapi id) (?:\([^)]+\) )?\d+\.\d+\.\d+\.\d+(?: |$)/;
const HELO = /^(?:HELO|EHLO|LHLO) ?(\S*)$/;

/** Who handed the message over, by the form of what stands between `from` and `by`. */
function peerOf(clause: FromClause, inner: string): Peer | undefined {
  const { name, glued, comments, rest } = clause;
  if (glued) return gluedPeer(name, clause);
  const unbracketed = addressOf(name);
  // `from [192.0.2.1] …`, `from 192.0.2.1 by …`
  if (name.startsWith('[') || (comments[0]?.bracket === '[' && name === '')) return literalPeer(clause);
  const helo = comments.map(({ text }) => HELO.exec(text)?.[1]).find((one) => one !== undefined);
  for (const [index, comment] of comments.slice(0, 3).entries()) {
    const found = fromComment(comment, clause, inner, helo, index);
    if (found !== undefined) return found;
  }
  if (unbracketed !== undefined && (comments.length === 0 || helo !== undefined || rest.startsWith(' with ')))
    return { ip: unbracketed, ...(helo === undefined ? {} : { helo }) };
  return undefined;
}

/** `from [192.0.2.1] (helo=… ident=…) by`, `from [192.0.2.1] (name [192.0.2.1]) by`. */
function literalPeer({ name, comments, rest }: FromClause): Peer | undefined {
  const literal = name === '' ? `[${comments[0]?.text ?? ''}]` : name;
  const others = name === '' ? comments.slice(1) : comments;
  for (const { text, bracket } of others) {
    if (bracket !== '(') continue;
    const named = namedAddress(text);
    if (named !== undefined) return { ...named, helo: literal };
    const ip = addressOf(text.replace(/^\[|\]$/g, ''));
    if (ip !== undefined && !text.startsWith('[')) return { ip, helo: literal };
    if (ip !== undefined)
      return rest.includes('Exim')
        ? { ip, helo: literal, rdns: literal }
        : { ip, helo: literal, looksUp: true };
  }
  const ip = addressOf(literal.replace(/^\[|\](?::\d+)?$/g, ''));
  if (ip === undefined) return undefined;
  const inside = others.map(({ text }) => text).join(' ');
  const helo = /\bhelo=(\S+)/.exec(inside)?.[1] ?? /\b(?:HELO|EHLO) (\S*)/.exec(inside)?.[1];
  const ident = /\bident=(\S*)/.exec(inside)?.[1];
  return { ip, ...(helo === undefined ? {} : { helo }), ...(ident === undefined ? {} : { ident }) };
}

function fromComment(
  { text, bracket }: Comment,
  { name, rest }: FromClause,
  inner: string,
  helo: string | undefined,
  index: number,
): Peer | undefined {
  if (HELO.test(text)) return undefined;
  if (bracket === '[') return bracketPeer(text, name, rest, helo);
  const named = namedAddress(text);
  if (named !== undefined) {
    if (helo === undefined || named.ident === undefined) return { helo: name, ...named };
    return { ...named, helo, rdns: name === 'unknown' ? '' : name, looksUp: name !== 'unknown' };
  }
  const bracketed = /^\[([^\]\s]+?)(?:[.:]\d+)?\](.*)$/.exec(text);
  const literal =
    bracketed === null
      ? undefined
      : (addressOf(/^\[([^\]\s]+)\]/.exec(text)?.[1] ?? '') ?? addressOf(bracketed[1] ?? ''));
  if (literal !== undefined)
    return bracketedPeer(literal, bracketed?.[2] ?? '', text, name, rest, inner, helo);
  // `(ident@192.0.2.1)`, `(192.0.2.1)`, `(192.0.2.1:25)`
  const bare = /^(?:(\S*)@)?\[?([\da-f.:]+?|ipv6:[\da-f.:]+?)\]?(?: with (\w+))?$/i.exec(text);
  const ip =
    bare === null ? undefined : (addressOf(bare[2] ?? '') ?? addressOf((bare[2] ?? '').replace(/:\d+$/, '')));
  if (ip === undefined) return undefined;
  const ident = bare?.[1];
  const withIdent = ident === undefined ? {} : { ident };
  if (MAPI.test(rest)) return { ip, helo: name, id: '' };
  if (helo !== undefined) {
    const unknown = name === 'unknown';
    return { ip, helo, rdns: unknown ? '' : name, looksUp: !unknown, ...withIdent };
  }
  if (ident !== undefined && text.includes('[')) return { ip, helo: name, ident, looksUp: true };
  if (text.startsWith('[') || rest.includes('[XMail ') || index > 0) return { ip, helo: name };
  return { ip, rdns: name, helo: name, looksUp: name !== 'unknown', ...withIdent };
}

/** `from name [192.0.2.1] by …` */
function bracketPeer(text: string, name: string, rest: string, helo: string | undefined): Peer | undefined {
  const ip =
    addressOf(text) ?? addressOf(text.replace(/^\(|\)$/g, '')) ?? addressOf(text.replace(/\.\d+$/, ''));
  if (ip === undefined) return undefined;
  if (helo !== undefined) return { ip, helo, rdns: name };
  if (rest.includes('Exim')) return { ip, helo: name, rdns: name };
  return { ip, helo: name, looksUp: /^ \[[^\]]+\] with /.test(rest) };
}

/** `([192.0.2.1] helo=… ident=…)`, `([192.0.2.1])`. */
function bracketedPeer(
  ip: string,
  behind: string,
  text: string,
  name: string,
  rest: string,
  inner: string,
  helo: string | undefined,
): Peer {
  const said = /\bhelo=(\S+)/.exec(behind)?.[1];
  const ident = /\bident=(\S*)/.exec(behind)?.[1];
  const withIdent = ident === undefined ? {} : { ident };
  if (helo !== undefined)
    return { ip, helo, rdns: name === 'unknown' ? '' : name, looksUp: name !== 'unknown' };
  if (rest.includes('Exim')) return { ip, rdns: name, helo: said ?? name, ...withIdent };
  if (said !== undefined) return { ip, rdns: name, helo: said, ...withIdent };
  const quoted = heloIn(behind);
  if (quoted !== '') return { ip, helo: quoted };
  if (MAPI.test(rest)) return { ip, helo: name, id: '' };
  if (rest.includes(' SMTPSVC') || rest.startsWith(' (Lotus Domino ')) return { ip, helo: name };
  if (behind.trim() === 'verified') return { ip, rdns: name, helo: name, looksUp: true };
  if (behind === '' && /^ with (?:.* )?(?:SMTP|QMQP)(?! id )/.test(rest))
    return { ip, rdns: name, helo: name, looksUp: true };
  // Without a name, or where the address is all there is, nobody asked for one.
  if (name === '' || (/ with HTTP\b/.test(inner) && addressOf(name) !== undefined)) return { ip };
  return { ip, helo: name, looksUp: !text.startsWith('[ ') };
}

/** `(name [192.0.2.1] …)` and `(name[192.0.2.1])`, with what an ident server said before the name. */
function namedAddress(text: string): Peer | undefined {
  const match = /^(?:\[unknown\]|Not Verified|([^\s[\]]*)) ?\[([^\]\s]+)\]/.exec(text);
  const ip = match === null ? undefined : addressOf(match[2] ?? '');
  if (ip === undefined || match?.[1] === '') return undefined;
  const found = match?.[1];
  if (found === undefined) return { ip };
  if (found.endsWith('@')) return { ip, ident: found.slice(0, -1), looksUp: true };
  if (found === 'softdnserr' || found.startsWith('<unknown')) return { ip };
  if (found === 'unverified') return { ip };
  const ident = /^(?:IDENT:)?([^@]*)@/.exec(found);
  const rdns = found.slice(ident?.[0].length ?? 0);
  return {
    ip,
    rdns: rdns === 'unknown' ? '' : rdns,
    looksUp: true,
    ...(ident === null ? {} : { ident: ident[1] ?? '' }),
  };
}

/** `from name(192.0.2.1) by …`, with or without `, HELO name` behind the address. */
function gluedPeer(name: string, { comments, rest }: FromClause): Peer | undefined {
  const match = /^([\da-f.:]+)(?:, (?:HELO|EHLO) (\S*))?$/i.exec(comments[0]?.text ?? '');
  const ip = match === null ? undefined : addressOf(match[1] ?? '');
  if (ip === undefined) return undefined;
  const helo = match?.[2];
  return { ip, rdns: name, looksUp: / via smap /.test(rest), ...(helo === undefined ? {} : { helo }) };
}

/** What would break the form of the metadata. */
// oxlint-disable-next-line no-control-regex -- NUL is among it
const BREAKING = /[\s\x00#[\]()<>|]/g;
const safe = (text: string): string => text.replace(BREAKING, '!');

function relayOf(line: string, clause: FromClause, peer: Peer): Relay {
  const { ip = '', ident = '' } = peer;
  const looked = (peer.rdns ?? '').replace(/\.+$/, '');
  const rdns = /^unknown$/i.test(looked) || looked.startsWith('[') ? '' : looked;
  const sender =
    /(?:return-path:? |envelope-(?:sender|from)[ =])(\S+)\b/i.exec(line)?.[1] ?? xmailSender(line);
  return {
    ip: safe(ip),
    rdns: safe(rdns),
    helo: safe(peer.helo ?? heloIn(line)),
    by: safe((clause.by ?? '').replace(/;$/, '')),
    ident: safe(ident),
    envelopeSender: sender === undefined ? undefined : safe(sender.replace(/^<+|>+$/g, '')),
    id: peer.id ?? / id <?([^\s<>;]{3,})/.exec(line)?.[1] ?? '',
    auth: authenticationOf(line),
    isPrivate: isPrivateAddress(ip),
    noReverseName: rdns === '' && peer.looksUp === true,
  };
}

const xmailSender = (line: string): string | undefined =>
  line.includes('[XMail ') ? / from <(\S+)>/.exec(line)?.[1] : undefined;

const heloIn = (line: string): string =>
  /\b(?:helo=|HELO |EHLO )([-A-Za-z0-9.^+_&:=?!@%*$\\/]+)/.exec(line)?.[1] ?? '';

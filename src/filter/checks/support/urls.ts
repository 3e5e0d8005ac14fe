import type { Link, Message } from '../../../message/types.ts';

/** Links looked at in one message: a newsletter has a hundred; the time a hostile one takes stays bounded. */
const MAX_LINKS = 1000;
/** Links whose URL is longer are not taken apart: no browser bar shows them, no mailer makes them. */
const MAX_URL_LENGTH = 8192;

/** A link with its URL taken apart. */
export interface WebLink {
  readonly link: Link;
  readonly url: URL;
  /** Lower-cased, without brackets and final dot. */
  readonly host: string;
}

/** The http and https links of a message, parsed once for all checks. */
export function webLinks(message: Message): readonly WebLink[] {
  return message.derived(findWebLinks);
}

function findWebLinks({ links }: Message): readonly WebLink[] {
  return links.slice(0, MAX_LINKS).flatMap((link) => webLink(link) ?? []);
}

/** A link with its URL taken apart; undefined when it is none of the web. */
export function webLink(link: Link): WebLink | undefined {
  const url = parseWebUrl(link.url);
  return url === undefined ? undefined : { link, url, host: hostOf(url) };
}

/** Parses `http…` and, as mail programs do, `www.…`. */
export function parseWebUrl(text: string): URL | undefined {
  if (text.length > MAX_URL_LENGTH) return undefined;
  const isWeb = /^https?:/i.test(text);
  if (!isWeb && !/^www\./i.test(text)) return undefined;
  return URL.parse(isWeb ? text : `http://${text}`) ?? undefined;
}

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$|\.$/g, '').toLowerCase();

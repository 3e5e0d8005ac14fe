import { isIP } from 'node:net';
import type { Message } from '../../message/types.ts';
import type { Check, CheckHit } from '../types.ts';
import { allLinks, type FoundLink } from './support/all-links.ts';
import { quote } from './support/evidence.ts';
import { isFreeHost } from './support/free-hosts.ts';

/** Labels of a host from which the end, which counts, is out of sight. */
const MANY_LABELS = 7;
const VERY_LONG = 2_000;
/** Characters that are not seen, as they are or encoded (U+200B to U+200D, U+2060, U+FEFF). */
const INVISIBLE = /[\u200B-\u200D\u2060\uFEFF]|%E2%80%8[B-D]|%E2%81%A0|%EF%BB%BF/i;
const TURNING = /[\u202A-\u202E\u2066-\u2069]|%E2%80%A[A-E]|%E2%81%A[6-9]/i;
/** Dots and letters that are taken for those of ASCII: ideographic and half-width stops, full-width forms. */
const OTHER_FORMS = /[\u3002\uFF0E\uFF61\uFF10-\uFF5A\u2024]/;
/** Top-level domains where most names are registered to be thrown away; a hint and no more. */
const THROWAWAY =
  /\.(?:top|icu|buzz|cyou|cfd|sbs|rest|bond|quest|monster|click|gdn|loan|zip|mov|tk|ml|ga|cf|gq)$/;
/** An address that is written so that nobody clicks on it by mistake. */
const DEFANGED = /\bh(?:xx|\*\*|tt)ps?(?::\/\/|\[:\]\/\/)[^\s]{0,200}\[\.\]|\bhxxps?:\/\//i;
const MAX_TEXT = 256 * 1024;

/** How the addresses of links are written. */
export const urlShape: Check = {
  name: 'url-shape',
  symbols: {
    URL_BACKSLASH_PATH: {
      score: 1,
      description: 'Link written with backslashes, which filters and browsers read differently',
    },
    URL_EXCESSIVE_DOTS: { score: 0.5, description: 'Link to a host name of seven labels or more' },
    URL_VERY_LONG: { score: 0, description: 'Link of more than 2,000 characters' },
    URL_ZERO_WIDTH_SPACES: { score: 2, description: 'Link with invisible characters in the host name' },
    URL_RTL_OVERRIDE: { score: 2.5, description: 'Link that turns the direction of writing around' },
    URL_ENCODED_HOST: { score: 1.5, description: 'Link whose host name is written in codes' },
    URL_OTHER_FORMS: {
      score: 1.5,
      description: 'Link whose host name has dots or letters that are not those of ASCII',
    },
    URL_SUSPICIOUS_TLD: { score: 0.3, description: 'Link under a top-level domain of throw-away names' },
    URL_FREE_HOST: {
      score: 0.3,
      description: 'Link to a page on a host where anybody puts up pages for nothing',
    },
    URL_DEFANGED: { score: 0, description: 'Address written so that nobody follows it by mistake (hxxp)' },
  },
  run({ message }) {
    const found = allLinks(message);
    return 'then' in found ? found.then((links) => judge(message, links)) : judge(message, found);
  },
};

function judge(message: Message, links: readonly FoundLink[]): CheckHit[] {
  const hits = new Map<string, CheckHit>();
  const hit = (symbol: string, detail: string) => {
    if (!hits.has(symbol)) hits.set(symbol, { symbol, detail: quote(detail) });
  };
  for (const { link, url, host } of links) {
    const written = link.url;
    const authority = /^(?:[a-z]{1,10}:)?[\\/]*([^\\/?#]{0,1000})/i.exec(written)?.[1] ?? '';
    const shownHost = authority.slice(authority.lastIndexOf('@') + 1);
    if (/^[^?#]*\\/.test(written.slice(0, VERY_LONG))) hit('URL_BACKSLASH_PATH', written);
    if (isIP(host) === 0 && host.split('.').length >= MANY_LABELS) hit('URL_EXCESSIVE_DOTS', host);
    if (written.length > VERY_LONG) hit('URL_VERY_LONG', `${written.length} characters to ${host}`);
    if (INVISIBLE.test(authority)) hit('URL_ZERO_WIDTH_SPACES', host);
    if (TURNING.test(written)) hit('URL_RTL_OVERRIDE', host);
    if (shownHost.includes('%') || isDisguisedAddress(shownHost, host))
      hit('URL_ENCODED_HOST', `${shownHost} is ${host}`);
    if (OTHER_FORMS.test(authority)) hit('URL_OTHER_FORMS', host);
    if (THROWAWAY.test(host)) hit('URL_SUSPICIOUS_TLD', host);
    if (isFreeHost(host)) hit('URL_FREE_HOST', `${host}${url.pathname}`);
  }
  const defanged = DEFANGED.exec(message.text.slice(0, MAX_TEXT))?.[0];
  if (defanged !== undefined) hit('URL_DEFANGED', defanged);
  return [...hits.values()];
}

/** An IPv4 address as one number, or in hexadecimal or octal digits. */
const isDisguisedAddress = (written: string, host: string): boolean =>
  isIP(host) === 4 &&
  !/^(?:[1-9]?\d|1\d\d|2[0-4]\d|25[0-5])(?:\.(?:[1-9]?\d|1\d\d|2[0-4]\d|25[0-5])){3}(?::\d*)?$/.test(written);

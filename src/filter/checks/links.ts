import { isIP } from 'node:net';
import { domainToUnicode } from 'node:url';
import { organizationalDomain } from '../../authentication/organizational-domain.ts';
import { Networks } from '../../net/networks.ts';
import type { Message } from '../../message/types.ts';
import type { Check, CheckHit } from '../types.ts';
import { quote } from './support/evidence.ts';
import { allLinks } from './support/all-links.ts';
import { isLookalikeLabel, mixedScriptWord } from './support/scripts.ts';
import { isShortener } from './support/shorteners.ts';
import type { WebLink } from './support/urls.ts';

const USUAL_PORTS = new Set(['', '80', '443', '8080', '8443']);
/** Redirectors from which a message hides where it leads; one or two are in any newsletter. */
const MANY_REDIRECTORS = 3;

/** Addresses nobody outside can reach (RFC 6890 §2.2): people write of them, they lead nowhere. */
const local = new Networks([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '::1',
  '2001:db8::/32',
  'fc00::/7',
  'fe80::/10',
]);

const isPublicAddress = (host: string): boolean => isIP(host) !== 0 && !local.has(host);

/** What the targets of links look like. */
export const links: Check = {
  name: 'links',
  symbols: {
    URL_NUMERIC_IP: { score: 1, description: 'Link to a public IP address instead of a name' },
    URL_USER_PASSWORD: {
      score: 2,
      description: 'Link with a user name before the host, which hides the host',
    },
    URL_PUNYCODE: { score: 0.5, description: 'Link to an internationalised host name' },
    URL_HOMOGRAPH: { score: 3, description: 'Link to a host name that mixes Latin with look-alike letters' },
    URL_UNUSUAL_PORT: { score: 0.5, description: 'Link to an unusual port of a public host' },
    URL_SHORTENER: { score: 0.5, description: 'Link by a shortener' },
    URL_MANY_REDIRECTORS: { score: 0, description: 'Several links by redirectors to other sites' },
    URL_ACTIVE: {
      score: 2,
      description: 'Link that holds its content or runs a script (data:, javascript:)',
    },
  },
  run({ message }) {
    const found = allLinks(message);
    return 'then' in found ? found.then((links) => judge(message, links)) : judge(message, found);
  },
};

function judge(message: Message, all: readonly WebLink[]): CheckHit[] {
  const hits = new Map<string, CheckHit>();
  const hit = (symbol: string, detail: string) => {
    if (!hits.has(symbol)) hits.set(symbol, { symbol, detail: quote(detail) });
  };
  let redirectors = 0;
  for (const { url, host } of all) {
    const family = isIP(host);
    if (isPublicAddress(host)) hit('URL_NUMERIC_IP', host);
    if (url.username !== '' || url.password !== '') hit('URL_USER_PASSWORD', `${url.username}@${host}`);
    if (!USUAL_PORTS.has(url.port) && (family === 0 ? host.includes('.') : isPublicAddress(host)))
      hit('URL_UNUSUAL_PORT', `${host}:${url.port}`);
    if (host.includes('xn--')) {
      const shown = domainToUnicode(host);
      hit(isHomograph(shown) ? 'URL_HOMOGRAPH' : 'URL_PUNYCODE', `${host} ${shown}`);
    }
    if (isShortener(host)) hit('URL_SHORTENER', host);
    if (redirectsElsewhere(url, host)) redirectors++;
  }
  if (redirectors >= MANY_REDIRECTORS) hit('URL_MANY_REDIRECTORS', `${redirectors}`);
  const active = message.links.find(
    ({ url, origin }) => origin === 'html' && /^(?:data:text|javascript:|vbscript:)/i.test(url),
  );
  if (active !== undefined) hit('URL_ACTIVE', active.url.slice(0, 40));
  return [...hits.values()];
}

/** Letters of two alphabets in a word, or a whole label of twins under a suffix of Latin letters. */
const isHomograph = (shown: string): boolean =>
  mixedScriptWord(shown) !== undefined ||
  (/\.[a-z]{2,}$/.test(shown) && shown.split('.').some(isLookalikeLabel));

/** True when a parameter of the URL is the URL of another organisation. */
function redirectsElsewhere(url: URL, host: string): boolean {
  if (!/=(?:https?%3a|https?:)/i.test(url.search)) return false;
  for (const value of url.searchParams.values()) {
    const target = /^https?:\/\//i.test(value) ? URL.parse(value) : null;
    if (target !== null && organizationalDomain(target.hostname) !== organizationalDomain(host)) return true;
  }
  return false;
}

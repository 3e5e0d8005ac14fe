import { organizationalDomain } from '../../authentication/organizational-domain.ts';
import type { Check } from '../types.ts';
import { quote } from './support/evidence.ts';
import { webLinks } from './support/urls.ts';

/** A text that shows a host: `www.bank.example`, `https://bank.example/login`. */
const SHOWN = /^\s*(?:https?:\/\/)?((?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24})(?:[:/?#][^\s]{0,2000})?\s*$/i;

export const phishing: Check = {
  name: 'phishing',
  symbols: {
    PHISHING: { score: 1.5, description: 'A link shows one domain and leads to another' },
  },
  run({ message }) {
    for (const { link, host } of webLinks(message)) {
      if (link.origin !== 'html' || link.text === '' || link.text.length > 2100) continue;
      const shown = SHOWN.exec(link.text)?.[1]?.toLowerCase();
      if (shown === undefined) continue;
      const shownDomain = organizationalDomain(shown);
      // "Node.js" and "report.pdf" look like hosts; without a scheme or www. only a known suffix counts.
      if (shownDomain !== organizationalDomain(host) && isHost(shown, link.text))
        return [{ symbol: 'PHISHING', detail: quote(`${shown} → ${host}`) }];
    }
    return [];
  },
};

/** Suffixes that are extensions of files as well as top-level domains, or are none at all. */
const FILE_LIKE =
  /\.(?:js|ts|py|rs|pl|sh|md|zip|mov|cc|so|ps|java|pdf|docx?|xlsx?|txt|html?|png|jpe?g|php|net)$/;

const isHost = (shown: string, text: string): boolean =>
  /^\s*(?:https?:\/\/|www\.)/i.test(text) || (!FILE_LIKE.test(shown) && /\.[a-z]{2,24}$/.test(shown));

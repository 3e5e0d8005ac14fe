import type { Check, CheckHit } from '../types.ts';
import { at, isFromList, quote } from './support/evidence.ts';

/** Mailing lists and bulk mail by what they say of themselves (RFC 2919, RFC 2369, RFC 8058). */
export const mailingList: Check = {
  name: 'mailing-list',
  symbols: {
    MAILLIST: { score: -0.2, description: 'Came by a mailing list' },
    HAS_LIST_UNSUB: { score: 0, description: 'Says how to unsubscribe' },
    PRECEDENCE_BULK: { score: 0, description: 'Precedence says bulk, list or junk' },
  },
  run({ message: { header } }) {
    const hits: CheckHit[] = [];
    const id = header.get('list-id');
    // List-Id alone is written by every newsletter; an address to post to is a list's.
    const post = header.get('list-post') ?? header.get('mailing-list');
    if (isFromList(header) && post !== undefined)
      hits.push({ symbol: 'MAILLIST', detail: quote((id ?? post).value), where: at(id ?? post) });
    const unsubscribe = header.get('list-unsubscribe');
    if (unsubscribe !== undefined) hits.push({ symbol: 'HAS_LIST_UNSUB', where: at(unsubscribe) });
    const precedence = header.get('precedence');
    if (precedence !== undefined && /^(?:bulk|list|junk)\b/i.test(precedence.value))
      hits.push({ symbol: 'PRECEDENCE_BULK', detail: quote(precedence.value), where: at(precedence) });
    return hits;
  },
};

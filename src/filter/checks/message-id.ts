import { isIP } from 'node:net';
import type { Check } from '../types.ts';
import { at, quote } from './support/evidence.ts';

/** The shape of a Message-ID (RFC 5322 §3.6.4), generously: one `@`, angle brackets, no white space. */
export const messageId: Check = {
  name: 'message-id',
  symbols: {
    INVALID_MSGID: { score: 1, description: 'Message-ID is not <left@right>' },
    MID_RHS_IP_LITERAL: { score: 0.5, description: 'Message-ID ends with an IP address' },
    MID_RHS_NOT_FQDN: { score: 0.3, description: 'Message-ID ends with a name without a dot' },
  },
  run({ message }) {
    const field = message.header.get('message-id');
    if (field === undefined) return [];
    const hit = (symbol: string) => [{ symbol, detail: quote(field.value), where: at(field) }];
    const [, right] = /^<[^<>@\s]+@([^<>@\s]+)>(?:\s*\([^()]*\))?$/.exec(field.value) ?? [];
    if (right === undefined) return hit('INVALID_MSGID');
    if (right.startsWith('[') || isIP(right) !== 0) return hit('MID_RHS_IP_LITERAL');
    return right.includes('.') ? [] : hit('MID_RHS_NOT_FQDN');
  },
};

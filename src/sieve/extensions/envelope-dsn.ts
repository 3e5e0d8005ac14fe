import type { Recipient } from '../../message/envelope.ts';
import type { EnvelopePart, Extension } from '../definitions.ts';
import type { RunState } from '../state.ts';

/** What RCPT said of the recipient this run is for. */
function recipientOf({ envelope, recipient }: RunState): Recipient | undefined {
  return envelope.recipients.find(({ address }) => address === recipient);
}

const given = (value: string | undefined): string[] => (value === undefined ? [] : [value]);

/** RFC 3461 §4: `xtext = *( xchar / "+" HEXDIG HEXDIG )`. */
function decodeXtext(text: string): string {
  const octets = text.replace(/\+([0-9A-F]{2})/gi, (_whole, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return Buffer.from(octets, 'latin1').toString('utf8');
}

/** RFC 6533 §3: `\x{HEX}` in addresses of the type utf-8. */
function decodeUtf8Address(text: string): string {
  return text.replace(/\\x\{([0-9A-F]{1,6})\}/gi, (whole, digits: string) => {
    const code = Number.parseInt(digits, 16);
    return code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? whole : String.fromCodePoint(code);
  });
}

/** Decoded, with the type of the address before it, as in `rfc822;user@example.com`. */
function originalRecipient(orcpt: string): string {
  const [type = ''] = orcpt.split(';', 1);
  return type.toLowerCase() === 'utf-8' ? decodeUtf8Address(orcpt) : decodeXtext(orcpt);
}

/** RFC 6009. A part that the client did not give has no value, and the test is false. */
const parts: readonly EnvelopePart[] = [
  {
    // Each of the wishes is a value: :count tells how many there are.
    name: 'notify',
    address: false,
    values: (state) => given(recipientOf(state)?.notify).flatMap((notify) => notify.toUpperCase().split(',')),
  },
  {
    name: 'orcpt',
    address: false,
    values: (state) => given(recipientOf(state)?.orcpt).map(originalRecipient),
  },
  { name: 'ret', address: false, values: (state) => given(state.envelope.ret) },
  { name: 'envid', address: false, values: (state) => given(state.envelope.envid).map(decodeXtext) },
];

/** RFC 6009: what the client asked for by DSN (RFC 3461). */
export const envelopeDsn: Extension = { capability: 'envelope-dsn', envelopeParts: parts };

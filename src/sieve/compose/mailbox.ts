import { formatPhrase } from '../../message/words.ts';
import { parseSieveAddress } from '../address.ts';
import { oneLine } from './mail.ts';

/** Somebody as a header field names him. */
export interface Mailbox {
  /** Without quotes, '' when there is none. */
  readonly name: string;
  /** `local@domain`. */
  readonly address: string;
}

/** Reads `local@domain` or `name <local@domain>` (RFC 5228 §2.4.2.3); undefined when it is neither. */
export function parseMailbox(text: string): Mailbox | undefined {
  const address = parseSieveAddress(text);
  if (address === undefined) return undefined;
  const trimmed = text.trim();
  const phrase = trimmed.endsWith('>') ? trimmed.slice(0, -address.length - 2).trim() : '';
  const name = phrase.replace(/"((?:[^"\\]|\\.)*)"/gsu, (_, quoted: string) =>
    quoted.replace(/\\(.)/gsu, '$1'),
  );
  return { name, address };
}

/** For a From or To field (RFC 5322 §3.4): the name as atoms, quoted, or as encoded words (RFC 2047 §5). */
export function formatMailbox({ name: written, address }: Mailbox): string {
  const name = oneLine(written);
  if (name === '') return `<${address}>`;
  return `${formatPhrase(name)} <${address}>`;
}

/** Addresses are compared without regard to the case of either part: nobody tells people apart by it. */
export function addressKey(address: string): string {
  return address.trim().toLowerCase();
}

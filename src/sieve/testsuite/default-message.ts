import type { Envelope } from '../../message/envelope.ts';
import { parseMessage } from '../../message/parse.ts';
import type { HeaderField, Message } from '../../message/types.ts';

/** Who the scripts of tests belong to. */
export const TEST_USER = 'testsuite-mail-user@example.org';

/** The message that a file of tests begins with. */
export function defaultMessage(): Message {
  return parseMessage(
    Buffer.from('From: sender@example.com\r\nTo: recipient@example.org\r\nSubject: Frop!\r\n\r\nFriep!\r\n'),
  );
}

/** Envelope and recipient of a run. */
export interface Sending {
  readonly envelope: Envelope;
  readonly recipient: string;
}

/** An envelope with one recipient; `original` is what ORCPT said (RFC 3461 §4.2). */
export function sending(from: string, to: string, original = to, user = TEST_USER): Sending {
  const recipients = [{ address: to, orcpt: `rfc822;${original}` }];
  return { envelope: { client: { user }, sender: from, recipients }, recipient: to };
}

/** The envelope a message would have had, as far as its header tells. */
export function sendingOf({ header }: Message): Sending {
  const first = (...names: readonly string[]): string | undefined => {
    for (const name of names) {
      const field = header.get(name);
      const address = field === undefined ? undefined : addressOf(field);
      if (address !== undefined) return address;
    }
    return undefined;
  };
  const returnPath = header.get('return-path')?.value;
  const from = returnPath === '<>' ? '' : (first('return-path', 'sender', 'from') ?? 'sender@example.com');
  return sending(from, first('envelope-to', 'to') ?? 'recipient@example.com');
}

function addressOf({ addresses }: HeaderField): string | undefined {
  const plain = addresses.flatMap(
    ({ group, address }) => group?.map((member) => member.address) ?? [address],
  );
  return plain.find((address) => address !== '');
}

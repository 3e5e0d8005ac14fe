import { takesUtf8 } from '../text.ts';
import type { SessionControl } from '../types.ts';
import type { Cursor } from '../wire/types.ts';
import { astring, mailboxName } from '../wire/writer.ts';

/** ` mailbox identifier`, which most commands of RFC 4314 §3 begin with. */
export function readTwo(args: Cursor): [name: string, identifier: string] {
  args.space();
  const name = args.mailbox();
  args.space();
  return [name, args.astring()];
}

export const aclText = (session: SessionControl, value: string): string => astring(value, takesUtf8(session));

/** The name as the mailbox is called, however it was asked for. */
export async function shownName(session: SessionControl, name: string): Promise<string> {
  const ref = await session.user.mailbox(name);
  return mailboxName(ref?.name ?? name, takesUtf8(session));
}

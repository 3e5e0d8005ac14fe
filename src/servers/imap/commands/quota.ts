import type { QuotaRoot } from '../../../store/mail/types.ts';
import { takesUtf8 } from '../text.ts';
import type { SessionControl } from '../types.ts';
import { astring } from '../wire/writer.ts';

/** `QUOTA root (STORAGE 10 512)` (RFC 9208 §4.2.1). */
export function sendQuota(session: SessionControl, { name, resources }: QuotaRoot): void {
  const list = resources.map(({ resource, usage, limit }) => `${resource} ${usage} ${limit}`).join(' ');
  session.send(`QUOTA ${astring(name, takesUtf8(session))} (${list})`);
}

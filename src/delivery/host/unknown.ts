import type { Answers } from './types.ts';

/** What nobody here knows; asking is no fault of the script. */
export const unknown = {
  // RFC 5435 §5: neither yes nor no.
  'notify-online': () => undefined,
  // RFC 5235 §3.3: nothing here looks for viruses, so no mail was tested.
  'virus-status': () => undefined,
} satisfies Partial<Answers>;

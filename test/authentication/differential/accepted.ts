/** What one program said of a message, beside what we said. */
export interface Difference {
  program: string;
  /** Who signed or sealed. */
  signer: string;
  /** As it was verified, latin1. */
  text: string;
  /** A word for each signature; `pass`, or why not. */
  ours: readonly string[];
  theirs: readonly string[];
  /** The same of the ARC chain, where the program knows ARC. */
  chain?: { ours: string; theirs: string };
}

/** A difference that is known, and why it stays; docs/authentication-trials.md tells the same. */
export interface Accepted {
  program: string;
  reason: string;
  when: (difference: Difference) => boolean;
}

const headerOf = (text: string): string => text.slice(0, text.indexOf('\r\n\r\n') + 2);
/** By `c=` of one of its signatures. */
const hasRelaxedBody = (text: string): boolean => /\/relaxed/i.test(headerOf(text));
const count = (text: string, name: string): number =>
  headerOf(text).match(new RegExp(`^${name}[ \\t]*:`, 'gim'))?.length ?? 0;

export const accepted: readonly Accepted[] = [
  {
    program: 'libopendkim',
    reason: 'refuses a message with a tab before the colon of a field',
    when: ({ text, theirs }) =>
      theirs[0] === 'Syntax error' && /^[!-9;-~]+[ \t]*\t[ \t]*:/m.test(headerOf(text)),
  },
  {
    program: 'libopendkim',
    reason: 'refuses a message when one of its signatures cannot be read',
    when: ({ theirs, ours }) =>
      theirs[0] === 'Syntax error' && ours.some((word) => word.startsWith('neutral')),
  },
  {
    program: 'libopendkim',
    reason: 'refuses a message without a From field, or one without an address',
    when: ({ text, theirs }) =>
      theirs[0] === 'Syntax error' &&
      (count(text, 'from') === 0 || /^from[ \t]*:(?:[^\r@]|\r\n[ \t])*\r\n(?![ \t])/im.test(headerOf(text))),
  },
  {
    program: 'libopendkim',
    reason: 'does not finish a relaxed body whose last line has no line ending',
    when: ({ text }) => !text.endsWith('\r\n') && hasRelaxedBody(text),
  },
  {
    program: 'dkimpy',
    reason: 'does not read a field with a blank before its colon',
    when: ({ text, theirs }) => !theirs.includes('pass') && /^[!-9;-~]+[ \t]+:/m.test(headerOf(text)),
  },
  {
    program: 'dkimpy',
    reason: 'keeps blanks at the end of a relaxed body whose last line has no line ending',
    when: ({ text }) => /[ \t]$/.test(text) && hasRelaxedBody(text),
  },
  {
    program: 'dkimpy',
    reason: 'wants every From field to be signed',
    when: ({ text, theirs }) => theirs.includes('false') && count(text, 'from') > 1,
  },
  ...['mailauth', 'libopendkim'].map((program) => ({
    program,
    reason: 'overlooks in b= what is no base64, even behind the padding (RFC 6376 §3.5)',
    when: ({ ours, theirs }: Difference) =>
      ours.some((word, i) => word.endsWith('b= is not base64') && theirs[i] === 'pass'),
  })),
  {
    program: 'dkimpy',
    reason: 'breaks on an ARC field with a tab behind its colon',
    when: ({ chain, text }) =>
      chain?.theirs.startsWith('IndexError') === true && /^ARC-[A-Za-z-]+:\t/im.test(headerOf(text)),
  },
  {
    program: 'mailauth',
    reason: 'overlooks in b= of an ARC field what is no base64',
    when: ({ chain }) =>
      chain !== undefined && chain.theirs === 'pass' && chain.ours.endsWith('b= is not base64'),
  },
];

export function reasonFor(difference: Difference): string | undefined {
  const found = accepted.find((each) => each.program === difference.program && each.when(difference));
  return found && `${found.program} ${found.reason}`;
}

/** RFC 3454, table B.1: characters that stand for nothing. */
const MAPPED_TO_NOTHING = /[\u00ad\u1806\u200b-\u200d\u2060\ufeff]|\u034f|[\u180b-\u180d]|[\ufe00-\ufe0f]/gu;
/** RFC 3454, tables C: control and format characters, private use, no characters, surrogates, what changes how text is shown. */
const PROHIBITED =
  /[\p{Cc}\p{Co}\p{Cs}\u06dd\u070f\u180e\u2028\u2029\u200e\u200f\u202a-\u202e\u2061-\u2063\u206a-\u206f\u2ff0-\u2ffb\ufff9-\ufffd]|\u0340|\u0341|\p{Noncharacter_Code_Point}|[\u{e0000}-\u{e007f}]/u;

/**
 * SASLprep (RFC 4013 §2), by which both sides of SCRAM prepare names and passwords (RFC 5802 §2.2); undefined for what
 * must not be in them. Text that mixes directions is not looked at: keyboards type it, and it harms nobody here.
 */
export function saslPrep(text: string): string | undefined {
  // RFC 4013 §2.1, §2.2: first the mapping, then NFKC. The zero-width space is a space there and nothing here: RFC 3454
  // lists it in both tables, and libraries differ; it is not typed in passwords.
  const mapped = text.replace(/\p{Zs}/gu, ' ').replace(MAPPED_TO_NOTHING, '');
  const prepared = mapped.normalize('NFKC');
  return PROHIBITED.test(prepared) ? undefined : prepared;
}

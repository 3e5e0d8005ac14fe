/**
 * Bounds of what is taken out of one message. Reaching one is a defect (see `defects.ts`), never an exception; the
 * bytes beyond it stay reachable in the body or header range of the part they stand in.
 */
export interface MessageLimits {
  /** Header fields listed per header. Beyond it only the MIME fields (`Content-*`) are still listed. */
  headerFields: number;
  /** Bytes of one header block. The body begins at the first line that starts beyond it. */
  headerBytes: number;
  /** Bytes of one field's value that are decoded; `rawValue` is always whole. */
  fieldBytes: number;
  /** MIME parts of a message, part 0 included. */
  parts: number;
  /** Levels of multipart and message/rfc822 below part 0. */
  depth: number;
  /** Levels of nested comments in a structured field. */
  commentDepth: number;
  /** Addresses read from one field, members of groups included. */
  addresses: number;
  /** Parameters (and RFC 2231 segments) read from one field. */
  parameters: number;
  /** Encoded words decoded in one field. */
  encodedWords: number;
  /** Defects noted per message. */
  defects: number;
  /** Bytes of one part's content that are decoded to `text`. */
  textBytes: number;
  /** Characters of one HTML part that are rendered. */
  htmlCharacters: number;
  /** Elements of one HTML part that are rendered. */
  htmlElements: number;
  /** Open elements at a time while rendering HTML. */
  htmlDepth: number;
  /** Style rules read from the `<style>` elements of one HTML part. */
  styleRules: number;
  /** Links listed per part and per message. */
  links: number;
  /** Characters of one link. */
  linkCharacters: number;
}

export const defaultMessageLimits: MessageLimits = {
  // The longest real headers (lists, ARC chains, several gateways) stay under 300 fields; every check walks the list.
  headerFields: 10_000,
  // Postfix cuts headers at 100 kB by default; a field with thousands of addresses needs more. Twenty times that.
  headerBytes: 2_097_152,
  // A To field with 5,000 addresses; nothing real is longer.
  fieldBytes: 262_144,
  // The largest digests hold a few hundred parts. Each costs a few objects in the worker.
  parts: 1_000,
  // Chains of forwarded messages reach ten or twenty levels; a bounce loop is cut by the MTA's hop count of about 50.
  depth: 100,
  // RFC 5322 sets none; nobody nests comments. 32 is past every reader that counts.
  commentDepth: 32,
  // Large recipients lists in real mail reach a few thousand.
  addresses: 5_000,
  // Real fields have under ten; long file names split by RFC 2231 a few dozen segments.
  parameters: 200,
  // A To field of 5,000 named addresses has about that many; each costs a decoder call.
  encodedWords: 5_000,
  // Enough to explain a verdict; a hostile message has a defect per line.
  defects: 1_000,
  // Nobody reads more text than that; a mailed log file may be longer, and is then judged by its beginning.
  textBytes: 8_388_608,
  // Newsletters reach 200 kB. The tokenizer reads about 20 MB/s, so this is some 50 ms at most.
  htmlCharacters: 1_048_576,
  // Newsletters reach 5,000.
  htmlElements: 50_000,
  // Nested layout tables reach 60; browsers stop at 512.
  htmlDepth: 512,
  // Newsletter generators write a few hundred; each costs a match per element that names its class.
  styleRules: 2_000,
  // A digest has a few hundred; each costs lookups.
  links: 2_000,
  // What browsers take in an address bar.
  linkCharacters: 8_192,
};

/** Bounds of the views, so that what rules read of a hostile message stays small. Those of SpamAssassin where it has one. */
export const VIEW_LIMITS = {
  /** Bytes of text of one part that body rules read. */
  bodyPart: 50_000,
  /** Bytes of one part that rawbody rules read. */
  rawbodyPart: 500_000,
  /** Parts that are rendered: a message of a thousand text parts is read in its first ones. */
  parts: 200,
  /** Bytes of all parts together. */
  bodyTotal: 1_000_000,
  rawbodyTotal: 4_000_000,
  /** Bytes that `full` rules read: 4 stock rules do, and what they look for stands early. */
  full: 4_000_000,
  /** Bytes of a line of {@link Views.body}, and half of what a chunk of {@link Views.rawbody} may have. */
  line: 2048,
  /** Bytes of a header field's value, and of all fields together. */
  headerValue: 8192,
  header: 65_536,
  /** Different addresses, and forms of one that redirectors inside redirectors give. */
  uris: 2000,
  urisOfOne: 40,
  uriLength: 8192,
  /** HTML elements that are read; a long newsletter has 5,000. */
  htmlElements: 100_000,
  htmlCharacters: 1_000_000,
  /** What is kept for rules: comments and characters of one, element names, titles, characters of a link's text. */
  htmlComments: 1000,
  htmlComment: 10_000,
  htmlNames: 2000,
  htmlTitles: 20,
  htmlAnchorText: 10_000,
} as const;

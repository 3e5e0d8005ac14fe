/**
 * What rules and checks read of a message. Each view is made when it is first asked for, once.
 *
 * All text here is {@link Octets}: rules of the SpamAssassin language match bytes, not characters. Text that had a
 * charset is given as the bytes of its UTF-8; a line ending is one `\n`.
 */

/** A string of which each code unit is one byte (latin1). */
export type Octets = string;

export interface Views {
  /**
   * Values of a header field or pseudo field, in the rule language's terms: a name with modifiers of `:raw :addr :name
   * :host :domain :ip :revip :first :last`. Decoded and unfolded with a `\n` at the end, unless a modifier says else.
   * Empty when the message has none.
   */
  header(request: string): readonly Octets[];
  /** {@link header} put together as a header rule reads it; undefined when the message has none. */
  headerText(request: string): Octets | undefined;
  /** The subject, then the rendered text: a paragraph each, white space collapsed, long ones split. */
  readonly body: readonly Octets[];
  /** Of the body as {@link body}, without the subject: what is seen, and what is hidden by style. */
  readonly visibleBody: readonly Octets[];
  readonly invisibleBody: readonly Octets[];
  /** Text parts with the transfer encoding undone, as written otherwise, in chunks of a few kilobytes. */
  readonly rawbody: readonly Octets[];
  /** The whole message as received, line endings `\n`. */
  readonly full: Octets;
  /** Forms of all addresses found, without doubles: as written, decoded, out of redirectors. What `uri` rules read. */
  readonly uris: readonly Octets[];
  readonly uriDetails: readonly UriDetail[];
  /** The HTML parts in order, each with what its text rendering kept. */
  readonly html: readonly RenderedHtml[];
  readonly relays: RelayView;
  /** Header fields of the message and of its MIME parts, in their order: what `mimeheader` rules read. */
  readonly mimeHeaders: readonly MimeHeader[];
}

export interface UriDetail {
  /** As found, with a scheme put before it where there was none. */
  readonly raw: Octets;
  /** How it was found: the HTML element's name, or `parsed` (in text), with `schemeless`, `unlinked`. */
  readonly types: ReadonlySet<string>;
  /** `raw` and its other forms. */
  readonly cleaned: readonly Octets[];
  /** Texts between `<a>` and `</a>` that lead there. */
  readonly anchorTexts: readonly Octets[];
  /** Registered domains of the forms, by host. */
  readonly hosts: ReadonlyMap<string, string>;
}

/** An address in HTML. */
export interface HtmlUri {
  readonly uri: Octets;
  readonly types: ReadonlySet<string>;
  readonly anchorTexts: readonly Octets[];
}

export interface RenderedHtml {
  /** Index in `Message.parts`. */
  readonly part: number;
  /** All text, hidden or not. */
  readonly text: string;
  readonly visible: string;
  readonly invisible: string;
  readonly uris: readonly HtmlUri[];
  readonly statistics: HtmlStatistics;
}

/** What rules ask of the HTML itself, by the rule language's names. */
export interface HtmlStatistics {
  /** `length`, `bad_tag_ratio`, …; flags such as `font_low_contrast` are 1. What is not there is not defined. */
  readonly numbers: ReadonlyMap<string, number>;
  /** `comment`, `title`, `anchor`. */
  readonly texts: ReadonlyMap<string, readonly Octets[]>;
  /** How many of an element were not closed; 0 for one that occurs and is. */
  readonly inside: ReadonlyMap<string, number>;
  /** Charsets that `<meta>` names. */
  readonly charsets: readonly string[];
}

/** Who handed a message over, as one Received field says. */
export interface Relay {
  readonly ip: Octets;
  /** Reverse name; '' when there is none, or the field does not tell. */
  readonly rdns: Octets;
  readonly helo: Octets;
  readonly by: Octets;
  readonly ident: Octets;
  readonly envelopeSender: Octets | undefined;
  readonly id: Octets;
  /** How the sender logged in; '' when he did not. */
  readonly auth: Octets;
  readonly isPrivate: boolean;
  /** The one who wrote the field asked for a reverse name, and got none. */
  readonly noReverseName: boolean;
}

/** Received fields as the rule language sees them: `[ ip=… rdns=… helo=… by=… … ]` for each, newest first. */
export interface RelayView {
  readonly trusted: Octets;
  readonly untrusted: Octets;
  readonly internal: Octets;
  readonly external: Octets;
  /**
   * Number of Received fields, from the top, that tell of trusted and of internal relays; -1 when not even the client of
   * the session is one.
   */
  readonly trustedFields: number;
  readonly internalFields: number;
  /** Newest first. */
  readonly trustedRelays: readonly Relay[];
  readonly untrustedRelays: readonly Relay[];
  /** Received fields of no known form. */
  readonly unparseable: number;
  /** Envelope sender as a trusted relay noted it; undefined when none did. */
  readonly envelopeSender: Octets | undefined;
}

/** Header fields of one part. */
export interface MimeHeader {
  /** Index in `Message.parts`. */
  readonly part: number;
  /** Values of a field, decoded or raw; of `ALL` the lines of all fields. */
  values(name: string, raw: boolean): readonly Octets[];
}

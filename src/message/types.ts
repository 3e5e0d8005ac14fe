/**
 * The shapes of a parsed message. Everything is an offset into the bytes as they were received; text is decoded
 * when it is first asked for, once. Parsing never throws: what is wrong is a {@link Defect}.
 */

import type { HtmlEvents } from './html-tokens.ts';

/** Byte range `[start, end)` in `Message.raw`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A fault of the message, found while parsing. `code` is kebab-case and listed in `defects.ts` with its RFC section. */
export interface Defect extends Range {
  readonly code: string;
  /** Index in `Message.parts` of the part it was found in. */
  readonly part: number;
}

/** `name <local@domain>`; a group has `group` and no address (RFC 5322 §3.4). */
export interface Address {
  /** Decoded display name, '' when absent. */
  readonly name: string;
  /** `local@domain`, comments and folding removed, domain as written; '' in a group or when there was none. */
  readonly address: string;
  /** `@a,@b` of `<@a,@b:local@domain>` (RFC 5322 §4.4); absent when there was none. */
  readonly route?: string;
  readonly group?: readonly Address[];
}

/** A `type; name=value` field (RFC 2045 §5.1, RFC 2231). */
export interface ParameterizedValue {
  /** Lower-cased, e.g. `text/plain`. */
  readonly value: string;
  /** Names lower-cased, values decoded (RFC 2231 continuations and charsets, RFC 2047 as seen in the wild). */
  readonly parameters: ReadonlyMap<string, string>;
}

/** One header field, in its place. `start` is the first byte of its name, `end` the byte after its last line ending. */
export interface HeaderField extends Range {
  /** As written. */
  readonly name: string;
  /** Lower-cased. */
  readonly key: string;
  /** First byte after the colon. */
  readonly valueStart: number;
  /** The value's bytes without the final line ending, folding kept; bytes as latin1 code units, so that nothing is lost. */
  readonly rawValue: string;
  /** Unfolded and trimmed; UTF-8 where the bytes are valid UTF-8, else latin1. Not RFC 2047 decoded. */
  readonly value: string;
  /** `value` with RFC 2047 encoded words decoded. */
  readonly text: string;
  readonly addresses: readonly Address[];
  readonly parameterized: ParameterizedValue;
  /** RFC 5322 §3.3 date-time with the obsolete forms; undefined when it is none. */
  readonly date: Date | undefined;
}

export interface Header extends Range {
  readonly fields: readonly HeaderField[];
  /** First field of that name, any case. */
  get(name: string): HeaderField | undefined;
  all(name: string): readonly HeaderField[];
}

/** One MIME entity. The header of part 0 is the message's own. `start`…`end` covers header and body. */
export interface Part extends Range {
  /** Index in `Message.parts`. */
  readonly index: number;
  /** Index of the enclosing part; -1 for part 0. */
  readonly parent: number;
  readonly depth: number;
  readonly children: readonly Part[];
  readonly header: Header;
  readonly bodyStart: number;
  /** Of a multipart: the bytes before its first boundary line, and after its closing one (RFC 2046 §5.1.1). */
  readonly preamble?: Range;
  readonly epilogue?: Range;
  /** Lower-cased `type/subtype`, with the default of the context (RFC 2045 §5.2, message/rfc822 in a digest). */
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** Lower-cased Content-Disposition (`inline`, `attachment`, …) or ''. */
  readonly disposition: string;
  /** Decoded, of Content-Disposition or Content-Type; undefined when none. Never to be used as a path. */
  readonly filename: string | undefined;
  /** Lower-cased Content-Transfer-Encoding, `7bit` when absent. */
  readonly encoding: string;
  readonly contentId: string | undefined;
  /** True for a part that is shown as text: text/* without being an attachment. */
  readonly isBodyText: boolean;
  /** Body with the transfer encoding undone; for an identity encoding a view of the raw bytes, not a copy. */
  readonly content: Uint8Array;
  /** `content` decoded with its charset; '' for parts that are not text. */
  readonly text: string;
  /** For text/html: the rendered view, made once. */
  readonly html: HtmlView | undefined;
  /** For text/html: what the view is made of, for who makes another one; read once. */
  readonly htmlEvents: HtmlEvents | undefined;
}

/** What a reader of the HTML sees, and what is kept from him. */
export interface HtmlView {
  /** Visible text, blocks on lines of their own. */
  readonly text: string;
  /** Text that is there but hidden (display:none, zero size, colour on the same colour, …). */
  readonly hiddenText: string;
  readonly links: readonly Link[];
  /** Sources of images and other things loaded when the mail is shown. */
  readonly resources: readonly string[];
  readonly statistics: HtmlStatistics;
  readonly traits: HtmlTraits;
}

export interface HtmlStatistics {
  readonly elements: number;
  readonly depth: number;
  readonly images: number;
  readonly forms: number;
  readonly scripts: number;
  readonly comments: number;
  /** Limits of the renderer were reached and the rest was left out. */
  readonly truncated: boolean;
}

/** What in HTML is there for other reasons than to be read. */
export interface HtmlTraits {
  /** Letters too small to be read, and letters of the colour they stand on. */
  readonly tinyText: number;
  readonly colorText: number;
  /** Words in the middle of which letters are hidden. */
  readonly splitWords: number;
  /** Fields that ask for a password. */
  readonly passwords: number;
  /** Pictures of a pixel, loaded from elsewhere. */
  readonly trackers: number;
  /** Pictures that are in the text itself (`data:`). */
  readonly dataImages: number;
  /** Attributes that run a script (`onclick`). */
  readonly handlers: number;
  /** Frames and embedded objects. */
  readonly frames: number;
  /** Style sheets loaded from elsewhere. */
  readonly externalStyles: number;
  /** Links completed by `base`. */
  readonly relativeLinks: number;
  /** Address that `<meta http-equiv=refresh>` goes to, or ''. */
  readonly refresh: string;
  /** Address of `<base>`, or ''. */
  readonly base: string;
}

/** A link a reader can follow. */
export interface Link {
  /** As written, white space trimmed. */
  readonly url: string;
  /** Text shown for it ('' when found in plain text or around an image). */
  readonly text: string;
  readonly origin: 'html' | 'text' | 'header';
  /** Index of the part it stands in. */
  readonly part: number;
}

export interface Message {
  readonly raw: Uint8Array;
  readonly header: Header;
  /** Depth first, part 0 is the message itself; the contents of nested message/rfc822 parts are among them. */
  readonly parts: readonly Part[];
  readonly root: Part;
  readonly defects: readonly Defect[];
  /** Text a reader sees: body text parts in order, HTML rendered; one of multipart/alternative. */
  readonly text: string;
  /** Links of all body text parts, without doubles. */
  readonly links: readonly Link[];
  /** Parts that are attachments (disposition, or not text). */
  readonly attachments: readonly Part[];
  /**
   * What a reader of the message works out, made once and kept as long as the message; the function that makes it is the
   * key, so it must be one of a module. (A WeakMap would do the same, but keeps the garbage collector from freeing young
   * messages with what was made of them.)
   */
  derived<T>(make: (message: Message) => T): T;
}

/**
 * One change to the header. Indexes count as the milter protocol does: `index` of change and remove is 1-based among
 * the fields of that name in the message as received; `insert` puts the field before header position `position`
 * (0 = top). Values hold no line ending but folds (`\n` + white space).
 */
export type HeaderEdit =
  | { readonly kind: 'add'; readonly name: string; readonly value: string }
  | { readonly kind: 'insert'; readonly position: number; readonly name: string; readonly value: string }
  | { readonly kind: 'change'; readonly name: string; readonly index: number; readonly value: string }
  | { readonly kind: 'remove'; readonly name: string; readonly index: number };

/**
 * Bounds of what is looked at inside attachments. All files of a message share them, so that a message with a hundred
 * archives costs no more than one with a single archive. Reaching one is said in the result, never an exception.
 */
export interface ContentLimits {
  /** Files listed per message: attachments and what is in them. */
  files: number;
  /** Archives inside archives, counted from the attachment. */
  depth: number;
  /** Bytes unpacked per message, of archives, documents and their streams together. */
  unpackedBytes: number;
  /** Bytes one file or stream may unpack to; a larger one is not looked into. */
  fileBytes: number;
  /** Unpacked size to packed size from which an archive counts as a bomb, when it is also beyond `bombBytes`. */
  bombRatio: number;
  /** Unpacked bytes below which no ratio is a bomb: a megabyte of zeros packs to a kilobyte and harms nobody. */
  bombBytes: number;
  /** Characters of a file's name that are kept. */
  nameCharacters: number;
}

export const contentLimits: ContentLimits = {
  // An archive of a project's sources has a few hundred; programs that matter are listed early or alone.
  files: 1_000,
  // A forwarded archive of archives reaches two or three; deeper is a nest made for filters.
  depth: 5,
  // Some 0.3 s of inflating at 100 MB/s, on top of what parsing the message takes.
  unpackedBytes: 32 * 1024 * 1024,
  // The largest documents' XML parts and macro projects stay below; pictures are not unpacked.
  fileBytes: 8 * 1024 * 1024,
  // Deflate reaches 1032 at most; text and logs reach 30, a picture of one colour 300 at small sizes.
  bombRatio: 200,
  bombBytes: 100 * 1024 * 1024,
  // What file systems allow for a name, four times over for a path.
  nameCharacters: 1_000,
};

/** Counts up with every change of the tables; a newer one than ours is refused, an older one is moved up. */
export const SCHEMA_VERSION = 4;

/** What users said of messages, until it is learned. */
const LESSON = `
CREATE TABLE lesson (
  id INTEGER PRIMARY KEY AUTOINCREMENT, mailbox INTEGER NOT NULL, uid INTEGER NOT NULL,
  kind TEXT NOT NULL, account TEXT NOT NULL, UNIQUE (mailbox, uid)
);
`;

/** Messages taken over from other programs whose files nobody has read yet. */
const UNDESCRIBED = `
CREATE INDEX IF NOT EXISTS message_undescribed ON message (mailbox, uid) WHERE email_id = '';
`;

/** See `contents.ts`. */
const CHECKSUM = `
ALTER TABLE content ADD COLUMN checksum INTEGER;
`;

/**
 * One file per account. The Maildir says which messages there are; this says under which UIDs, with which flags, and
 * what has happened. `message` is small, since whole mailboxes are read from it; what is large is in `content`.
 */
export const SCHEMA = `
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE mailbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  mailbox_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  special_use TEXT NOT NULL DEFAULT '',
  uid_validity INTEGER NOT NULL,
  uid_next INTEGER NOT NULL DEFAULT 1,
  modseq INTEGER NOT NULL DEFAULT 1,
  first_recent INTEGER NOT NULL DEFAULT 1,
  -- Expunged messages up to this modseq may have been forgotten.
  forgotten INTEGER NOT NULL DEFAULT 0,
  messages INTEGER NOT NULL DEFAULT 0,
  unseen INTEGER NOT NULL DEFAULT 0,
  deleted INTEGER NOT NULL DEFAULT 0,
  size INTEGER NOT NULL DEFAULT 0,
  -- Times of new/ and cur/ (nanoseconds, as text) when they were last read; '' when they must be read again.
  scanned TEXT NOT NULL DEFAULT ''
);
CREATE TABLE message (
  mailbox INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  -- Of the file, without flags; then whether it lies in cur/, and what stands behind the name (':2,S').
  name TEXT NOT NULL,
  cur INTEGER NOT NULL,
  info TEXT NOT NULL,
  -- 1 while the name of the file does not say these flags yet.
  dirty INTEGER NOT NULL,
  system INTEGER NOT NULL,
  keywords TEXT NOT NULL,
  modseq INTEGER NOT NULL,
  internal_date INTEGER NOT NULL,
  save_date INTEGER NOT NULL,
  size INTEGER NOT NULL,
  -- 1: a file with bare line feeds, which are sent as CRLF.
  lf INTEGER NOT NULL,
  -- '' while the file has not been read: then size is a guess, and lf, thread_id and content are not known.
  email_id TEXT NOT NULL,
  thread_id TEXT NOT NULL,
  content INTEGER,
  PRIMARY KEY (mailbox, uid)
) WITHOUT ROWID;
CREATE UNIQUE INDEX message_name ON message (mailbox, name);
CREATE INDEX message_modseq ON message (mailbox, modseq);
CREATE INDEX message_unseen ON message (mailbox, uid) WHERE system & 1 = 0;
CREATE INDEX message_deleted ON message (mailbox, uid) WHERE system & 8 <> 0;
CREATE INDEX message_dirty ON message (mailbox, uid) WHERE dirty = 1;
-- What is told of a message, by several copies of it; the checksum covers its email_id too.
CREATE TABLE content (id INTEGER PRIMARY KEY, uses INTEGER NOT NULL, data TEXT NOT NULL, checksum INTEGER);
CREATE TABLE expunged (
  mailbox INTEGER NOT NULL, modseq INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY (mailbox, modseq, first)
) WITHOUT ROWID;
-- Files of expunged messages that are still to be removed: a scan must not find them as new mail.
CREATE TABLE doomed (
  mailbox INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (mailbox, name)
) WITHOUT ROWID;
CREATE TABLE keyword (
  mailbox INTEGER NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL COLLATE NOCASE,
  PRIMARY KEY (mailbox, number), UNIQUE (mailbox, name)
) WITHOUT ROWID;
CREATE TABLE thread (reference BLOB PRIMARY KEY, thread_id TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE subscription (name TEXT PRIMARY KEY) WITHOUT ROWID;
${UNDESCRIBED}${LESSON}`;

/** What leads from each version to the next, the first from 1 to 2. */
export const UPGRADES: readonly string[] = [LESSON, UNDESCRIBED, CHECKSUM];

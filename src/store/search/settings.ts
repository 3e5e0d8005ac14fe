export interface SearchSettings {
  /** Whether mail is taken into an index for searches. Without it every search of a text reads the messages. */
  enabled: boolean;
  /** Characters of text of a message that are taken into the index; a longer message is read when a search cannot tell. */
  maxCharacters: number;
  /** Octets of a message that are looked at for text. */
  maxMessageBytes: number;
  /** Seconds without a change after which what came is taken in; during a row of changes five times as long. */
  delay: number;
  /** Seconds after which a thread with nothing to do ends. */
  idle: number;
  /** Seconds that one message may take, in which its thread answers nothing else. */
  messageTime: number;
}

export const defaultSearchSettings: SearchSettings = {
  // Who has an account with many messages searches them, and the index takes about as much room as their text.
  enabled: true,
  // A book has a million characters; a mail of that length is a log file or a table.
  maxCharacters: 1_048_576,
  // Text comes before attachments nearly always; past 16 MiB there are only attachments.
  maxMessageBytes: 16_777_216,
  // Mail that comes in a row is taken in together, and does not wait for the index; new mail is read by searches until then.
  delay: 2,
  // A client that is used searches now and then; starting a thread takes 50 ms.
  idle: 60,
  // The slowest messages known take half a second.
  messageTime: 20,
};

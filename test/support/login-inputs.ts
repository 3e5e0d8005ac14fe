/** Octets of a command before login, and of its literals, that an IMAP server takes by default. */
const LOGIN_BYTES = 16 * 1024;
const LINE = 'a LOGIN '.padEnd(LOGIN_BYTES - 1, 'x');

/** What makes an IMAP server keep as much as possible for who has not logged in. */
export interface LoginInput {
  /** Sent one after another, each in a packet of its own where that can be. */
  readonly pieces: readonly string[];
}

const whole = (...texts: readonly string[]): LoginInput => ({ pieces: [texts.join('')] });

export const LOGIN_INPUTS: Readonly<Record<string, LoginInput>> = {
  nothing: { pieces: [] },
  'a line without an end': whole(LINE),
  'the same in small pieces': { pieces: LINE.match(/.{1,64}/g) ?? [] },
  'a literal that never ends': whole('a LOGIN {16384+}\r\n', 'x'.repeat(LOGIN_BYTES - 1)),
  'a literal of which nothing comes': whole('a LOGIN {16384+}\r\n'),
  'a line and a literal': whole(LINE.slice(0, -9), ' {16384+}\r\n', 'x'.repeat(LOGIN_BYTES - 1)),
  'a literal and a line': whole('a LOGIN {16370+}\r\n', 'x'.repeat(16_370), LINE.slice(18)),
  'many empty literals': whole('a LOGIN', ' {0+}\r\n'.repeat(1500)),
  'small literals, each in a packet': {
    pieces: Array.from({ length: 10 }, (_, at) => `${at === 0 ? 'a LOGIN' : ''} {1+}\r\nx`),
  },
  'a line that is read over': whole('x'.repeat(3 * LOGIN_BYTES)),
  'a handshake that does not go on': {
    pieces: ['a STARTTLS\r\n', '\x16\x03\x01\x40\x00\x01\x00\x3f\xfc\x03\x03'.padEnd(LOGIN_BYTES, 'x')],
  },
  'an exchange of AUTHENTICATE without an end': {
    pieces: ['a AUTHENTICATE PLAIN\r\n', 'x'.repeat(LOGIN_BYTES - 1)],
  },
};

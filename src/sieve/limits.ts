/** What a script may use. Reaching a limit is an error of the script with its line, and the message is kept. */
export interface SieveLimits {
  /** Octets of a script. */
  scriptBytes: number;
  /** Blocks within blocks. */
  blockDepth: number;
  /** Tests within tests. */
  testDepth: number;
  /** Arguments of one command or test. */
  arguments: number;
  /** Strings in one list. */
  listItems: number;
  /** Characters (UTF-16 code units) of one string. */
  stringLength: number;
  /** Errors and warnings reported of one script; the compiler gives up after so many. */
  diagnostics: number;
  /** Actions of one run, the implicit keep not counted. */
  actions: number;
  /** Redirects of one run. */
  redirects: number;
  /** Notifications of one run. */
  notifications: number;
  /** Variables a script has of its own, and global ones. */
  variables: number;
  /** Characters of the name of a variable, with its namespace. */
  variableName: number;
  /** Octets of the value of a variable; the rest is cut off, which is no error (RFC 5229 §6). */
  variableBytes: number;
  /** The highest number of a match variable. */
  matchVariables: number;
  /** Characters of a regular expression. */
  regexLength: number;
  /** States of a regular expression when its repetitions are written out. */
  regexStates: number;
  /** Scripts included in one run. */
  includes: number;
  /** Included scripts within included scripts. */
  includeDepth: number;
  /** Lines that `debug_log` writes in one run. */
  debugLines: number;
  /** Work of one run, in units of one instruction, or 1,024 characters looked at while matching. */
  steps: number;
}

export const defaultSieveLimits: SieveLimits = {
  // Scripts written by people are below 10 KiB; generated block lists reach some hundred.
  scriptBytes: 1024 * 1024,
  // RFC 5228 §3.1 asks for 15 at least. Deeper is no longer readable, and the compiler recurses.
  blockDepth: 32,
  testDepth: 32,
  // The longest command of any registered capability takes some ten.
  arguments: 64,
  // A list of addresses of a large company. The size of the script bounds it too.
  listItems: 20_000,
  // Room for a vacation text with a small picture.
  stringLength: 256 * 1024,
  // Nobody reads more before mending the first.
  diagnostics: 100,
  // One message in 32 mailboxes: nobody files more by hand, and each is written to the disk.
  actions: 32,
  // RFC 5228 §10: a script must not turn the server into an amplifier.
  redirects: 4,
  // RFC 5435 §8: as with redirects, the server must not be made to write to many for each mail.
  notifications: 8,
  // RFC 5229 §6 asks for 128 variables, names of 32 characters, values of 4,000. People copy texts of mails into them.
  variables: 255,
  variableName: 64,
  variableBytes: 64 * 1024,
  // RFC 5229 §3.2 asks for 9. As many as other engines have.
  matchVariables: 32,
  // Longer ones are generated lists of words, which :contains finds faster.
  regexLength: 4096,
  // Each state may be looked at for each character of a text: this is the factor of the time it takes.
  regexStates: 4000,
  // RFC 6609 §3.1 asks for three levels. Every script is read and compiled.
  includes: 100,
  includeDepth: 10,
  // For a person to read; they go to a log.
  debugLines: 100,
  // About two seconds at the worst on a slow machine; ordinary scripts use a few hundred.
  steps: 2_000_000,
};

/** The limits with defaults for those that are not given, or given as undefined. */
export function completeLimits(limits?: Partial<SieveLimits>): SieveLimits {
  if (limits === undefined) return defaultSieveLimits;
  const given = Object.entries(limits).filter(([, value]) => value !== undefined);
  return { ...defaultSieveLimits, ...Object.fromEntries(given) };
}

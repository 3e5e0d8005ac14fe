/** A regular expression that cannot be used; the text says why. */
export class RegexError extends Error {}

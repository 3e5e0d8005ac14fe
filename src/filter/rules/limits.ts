/** Bounds of what is read from rule files. Their author is the administrator: they guard against accidents. */
export const RULE_LIMITS = {
  /** Characters of a line; the longest of the stock rules has 3,000. */
  lineLength: 100_000,
  /** Files one set is read from, included ones among them; the stock set has 60. */
  files: 2000,
  /** Files including files; deeper, they include themselves. */
  includeDepth: 10,
  /** Rules of a set; the stock set has 3,000, large sites have added as many. */
  rules: 50_000,
  /** `if` inside `if`. */
  conditionDepth: 50,
  /** Operators and names of a meta expression; the longest of the stock rules has 130 after its globs are spelt out. */
  metaTokens: 5000,
  /** Faults kept: a file that is no rule file at all gives one a line. */
  faults: 1000,
  /** Hits that a rule with `tflags multiple` and no `maxhits` counts on one message. */
  multipleHits: 1000,
} as const;

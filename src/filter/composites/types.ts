/** What happens to the symbols that made a composite true. `remove_all`, as in rspamd, when not said. */
export type CompositePolicy = 'remove_all' | 'remove_weight' | 'leave';

export interface CompositeSettings {
  /** `A & (B | !C)`; also `&&`, `||`, `and`, `or`, `not`. */
  expression: string;
  score: number;
  description?: string;
  /**
   * For the symbols that hit and stand un-negated in the expression: `remove_all` takes symbol and score away,
   * `remove_weight` keeps the symbol with score 0, `leave` keeps both.
   */
  policy?: CompositePolicy;
}

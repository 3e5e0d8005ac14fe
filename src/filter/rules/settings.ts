/** Settings of the rules, with their defaults and the reason of each. */

export interface RulesSettings {
  /** Load the rules that come with the program. */
  shipped: boolean;
  /** Score symbols as `rules/scores` has it, which was fitted on mail, and not as rules and checks themselves say. */
  fitted: boolean;
  /** Rule files, and folders whose `*.cf` files are read in the order of their names, behind the shipped ones. */
  files: string[];
  /** Which of a rule's four scores count: those for scans that ask the network. Rules with `tflags net` need it. */
  network: boolean;
  /** Likewise: those for scans that know the Bayes probability. */
  bayes: boolean;
  /** Lines that begin with `lang XX` are read when this begins with XX. */
  language: string;
}

export const defaultRulesSettings: RulesSettings = {
  // They are made for mail of today, and none of them decides alone.
  shipped: true,
  // What a person thinks a sign is worth is a guess until it was counted.
  fitted: true,
  files: [],
  // Rules that ask the network name lists whose terms forbid free use by strangers: the administrator decides.
  network: false,
  // The shipped scores are fitted together with Bayes, which says nothing until it has learnt.
  bayes: true,
  language: 'en_US',
};

/** Index of the score that counts, in a rule's four. */
export const scoreSetOf = ({ network, bayes }: Pick<RulesSettings, 'network' | 'bayes'>): number =>
  Number(network) + 2 * Number(bayes);

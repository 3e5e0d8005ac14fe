/** What is learned of what users do with their mail. */
export interface LearningSettings {
  enabled: boolean;
  /** Keywords that call a message spam or ham when a client sets them. */
  spamKeywords: string[];
  hamKeywords: string[];
  /** Messages learned in a second, over all accounts. */
  rate: number;
}

export const defaultLearningSettings: LearningSettings = {
  // Who moves a message says what it is, and expects the next one to be filed by itself.
  enabled: true,
  // The registered keywords. Thunderbird's Junk and NonJunk are the opinions of its own filter, too.
  spamKeywords: ['$Junk'],
  hamKeywords: ['$NotJunk'],
  // Some milliseconds each: a tenth of a core while somebody's archive is sorted.
  rate: 20,
};

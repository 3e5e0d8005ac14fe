/** Settings of the question whether a sender can be answered, with their defaults and the reason of each. */
export interface SenderDnsSettings {
  enabled: boolean;
  /** Milliseconds a message waits for it. */
  timeLimit: number;
}

export const defaultSenderDnsSettings: SenderDnsSettings = {
  // Two to six questions more a message: the admin says whether his resolver bears them.
  enabled: false,
  // Most answers are there at once, since SPF and DMARC have asked the same servers.
  timeLimit: 5_000,
};

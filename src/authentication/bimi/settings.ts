export interface BimiSettings {
  /** Look up the indicator a sender publishes, and tell it in Authentication-Results and BIMI-Location. */
  enabled: boolean;
}

export const defaultBimiSettings: BimiSettings = {
  // A question more for each message, of use only where the mail programs of the readers show indicators.
  enabled: false,
};

export interface ImapSettings {
  /** Where to listen: `host:port`, `[ipv6]:port` or `unix:/path`. */
  listen: string[];
}

export const defaultImapSettings: ImapSettings = {
  listen: [],
};

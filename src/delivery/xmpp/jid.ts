/** Parts of an address (RFC 7622 §3.1). */
export function splitJid(jid: string): { username: string; domain: string; resource: string | undefined } {
  const [, username = '', domain = '', resource] = /^([^@/]+)@([^/]+)(?:\/(.+))?$/s.exec(jid) ?? [];
  return { username, domain, resource };
}

/** The address without its resource, from which stanzas are sent (RFC 6120 §8.1.2.1). */
export function bareJid(jid: string): string {
  return jid.replace(/\/.*$/s, '');
}

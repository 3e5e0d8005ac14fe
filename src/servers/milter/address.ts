/** Where a milter listens. */
export type MilterAddress = { readonly host?: string; readonly port: number } | { readonly path: string };

/** The text names no address to listen on. */
export class AddressError extends Error {
  override readonly name = 'AddressError';
}

/**
 * `inet:port@host`, `inet6:port@host`, `host:port`, `[v6]:port`, `unix:path`, `local:path` or an absolute path. Without
 * a host the caller decides what that means.
 * @throws AddressError
 */
export function parseAddress(text: string): MilterAddress {
  const unix = /^(?:unix|local):(.+)$/s.exec(text)?.[1] ?? (text.startsWith('/') ? text : undefined);
  if (unix !== undefined) {
    // sun_path of sockaddr_un holds 108 bytes with the NUL; longer ones are cut short silently by some systems.
    if (Buffer.byteLength(unix) > 107 || unix.includes('\0'))
      throw new AddressError(`the socket path ${JSON.stringify(unix)} is too long or holds a NUL`);
    return { path: unix };
  }
  const inet = /^inet6?:(\d+)(?:@(.*))?$/s.exec(text);
  const plain = /^(?:\[([^\]]*)\]|([^:]*)):(\d+)$/s.exec(text);
  const port = Number(inet?.[1] ?? plain?.[3] ?? Number.NaN);
  const host = inet === null ? (plain?.[1] ?? plain?.[2]) : inet[2]?.replace(/^\[(.*)\]$/, '$1');
  if (!(port <= 65_535) || /[\s\0]/.test(host ?? ''))
    throw new AddressError(
      `${JSON.stringify(text)} is no milter address: inet:port@host, host:port, unix:path`,
    );
  return host === '' || host === undefined ? { port } : { host, port };
}

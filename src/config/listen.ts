import { z } from 'zod';
import { parseEndpoint } from '../net/endpoint.ts';

/** What is wrong with `host:port`, `[ipv6]:port` or `unix:/path`, or undefined. */
function endpointFault(text: string): string | undefined {
  try {
    const endpoint = parseEndpoint(text);
    if (!('path' in endpoint)) return undefined;
    // sun_path holds 107 bytes and a NUL on Linux (unix(7)).
    if (!endpoint.path.startsWith('/')) return `"${text}": the path of a socket is absolute`;
    return Buffer.byteLength(endpoint.path) > 107
      ? `"${text}": a socket's path is at most 107 bytes`
      : undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const endpoint = z.string().superRefine((text, context) => {
  const fault = endpointFault(text);
  if (fault !== undefined) context.addIssue(fault);
});

/** Addresses to listen at. */
export const listenList = z.array(endpoint).max(64);

/** An address to connect to; '' for none. */
export const optionalEndpoint = z.literal('').or(endpoint);

/** A file mode as `chmod` takes it: '0660'. */
export const octalMode = z.codec(
  z.string().regex(/^0?[0-7]{3}$/, "this is no file mode such as '0660'"),
  z.number(),
  {
    decode: (text) => Number.parseInt(text, 8),
    encode: (mode) => mode.toString(8).padStart(4, '0'),
  },
);

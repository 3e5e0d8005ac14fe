import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { sameAddress } from '../reverse-name.ts';
import type { NameServer } from './servers.ts';

/** Who is told what comes from a server: any number of messages, or once that nothing more will come. */
export interface Listener {
  message: (bytes: Buffer) => void;
  failed: () => void;
}

/** Sends one message to a server; the result closes the socket, after which the listener hears nothing. */
export type Exchange = (server: NameServer, bytes: Buffer, listener: Listener) => () => void;

/** Addresses need no looking up. */
const lookup = (
  host: string,
  family: unknown,
  done: (error: null, address: string, family: unknown) => void,
): void => done(null, host, family);

/**
 * Over UDP, from a socket of its own: the system gives each a port at random, which somebody who forges replies has to
 * guess (RFC 5452 §9.2). The socket is connected, so that the system drops what others send and tells when nobody
 * listens; what came before it was connected is told by its address.
 */
export const overUdp: Exchange = (server, bytes, listener) => {
  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    socket.close();
  };
  const failed = (): void => {
    if (closed) return;
    close();
    listener.failed();
  };
  const socket = createSocket({
    type: server.family === 6 ? 'udp6' : 'udp4',
    lookup: lookup as never,
  });
  socket.on('error', failed);
  socket.on('message', (message, from) => {
    if (closed || from.port !== server.port) return;
    if (from.address === server.host || sameAddress(from.address, server.host)) listener.message(message);
  });
  socket.on('connect', () => {
    if (!closed) socket.send(bytes, (error) => error !== null && failed());
  });
  // Without a callback, which would be given the errors too.
  socket.connect(server.port, server.host);
  return close;
};

/** Octets of one message over TCP, which announces them in two. */
const LENGTH = 2;

/** Over TCP: one question, one reply of up to 64 KB (RFC 7766 §8). */
export const overTcp: Exchange = (server, bytes, listener) => {
  let closed = false;
  let chunks: Buffer[] = [];
  let held = 0;
  const socket = connect({ host: server.host, port: server.port, noDelay: true });
  const close = (): void => {
    closed = true;
    socket.destroy();
  };
  const failed = (): void => {
    if (closed) return;
    close();
    listener.failed();
  };
  const head = Buffer.alloc(LENGTH);
  head.writeUInt16BE(bytes.length);
  socket.write(Buffer.concat([head, bytes]));
  socket.on('error', failed);
  socket.on('close', failed);
  socket.on('data', (chunk) => {
    if (closed) return;
    chunks.push(chunk);
    held += chunk.length;
    if (held < LENGTH) return;
    if ((chunks[0]?.length ?? 0) < LENGTH) chunks = [Buffer.concat(chunks)];
    const announced = chunks[0]?.readUInt16BE(0) ?? 0;
    if (held < LENGTH + announced) return;
    listener.message(Buffer.concat(chunks).subarray(LENGTH, LENGTH + announced));
    // One question was asked; whatever the listener made of the reply, there is no other.
    failed();
  });
  return close;
};

/**
 * Many connections to an IMAP server, in a process of its own (it is forked), since each has a descriptor and memory here
 * too. An order opens so many and sends the same on each; they stay open until the process ends.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOGIN_INPUTS } from './login-inputs.ts';

export interface FloodOrder {
  readonly port: number;
  readonly connections: number;
  /** One of {@link LOGIN_INPUTS}. */
  readonly input: string;
  /** Connections from one address of loopback; the next ones come from 127.0.0.2, 127.0.0.3 and so on. */
  readonly perAddress: number;
}

export interface FloodReport {
  /** First octets of what was greeted with, and how often. */
  readonly greetings: Readonly<Record<string, number>>;
}

/** Connections that are being opened at the same time: more than the system queues would be refused. */
const AT_ONCE = 200;
const PACKET_PAUSE = 2;

async function flood({ port, connections, input, perAddress }: FloodOrder): Promise<FloodReport> {
  const { pieces = [] } = LOGIN_INPUTS[input] ?? {};
  const greetings: Record<string, number> = {};
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < connections) {
      const address = 1 + Math.floor(next++ / perAddress);
      const localAddress = `127.0.${address >> 8}.${address & 255}`;
      const socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true });
      const [greeting] = (await once(socket, 'data')) as [Buffer];
      const word = greeting.toString('latin1', 0, 4);
      greetings[word] = (greetings[word] ?? 0) + 1;
      // Who is told that it was too much is hung up on.
      socket.on('error', () => undefined);
      socket.resume();
      for (const piece of pieces) {
        socket.write(piece, 'latin1');
        if (pieces.length > 1) await sleep(PACKET_PAUSE);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { greetings };
}

process.once('message', (order: FloodOrder) => {
  void flood(order).then((report) => process.send?.(report));
});
process.once('disconnect', () => process.exit());

import { createMilterServer } from '../../src/servers/milter/server.ts';
import type { MilterServer, MilterServerOptions } from '../../src/servers/milter/server.ts';
import type { Log } from '../../src/log.ts';
import { FULL_OFFER, MilterClient } from './milter-client.ts';

/** Milters and MTAs of one test; `end` in afterEach. */
export class MilterFixture {
  readonly servers: MilterServer[] = [];
  readonly #clients: MilterClient[] = [];

  milter(options: MilterServerOptions): MilterServer {
    const server = createMilterServer(options);
    this.servers.push(server);
    return server;
  }

  /** Connects, having the milter listen when it does not yet, and negotiates. */
  async open(server: MilterServer, offer: object = {}): Promise<MilterClient> {
    const port = server.server.listening
      ? (server.server.address() as { port: number }).port
      : await server.listen('127.0.0.1:0');
    const client = await MilterClient.open(port);
    this.#clients.push(client);
    await client.negotiate({ ...FULL_OFFER, ...offer });
    return client;
  }

  /** A milter with these handlers, and an MTA that has said CONNECT and HELO to it. */
  async greeted(
    handlers: MilterServerOptions['handlers'],
    options: Partial<MilterServerOptions> = {},
    offer: object = {},
  ): Promise<MilterClient> {
    const client = await this.open(this.milter({ ...options, handlers }), offer);
    await client.connect();
    await client.helo();
    return client;
  }

  async end(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.close();
    await Promise.all(this.servers.splice(0).map((server) => server.close(0)));
  }
}

/** A logger that writes the texts down. */
export function recordingLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const note = (_: object, text: string): void => void lines.push(text);
  const log: Log = { debug: note, info: note, warn: note, error: note, child: () => log };
  return { log, lines };
}

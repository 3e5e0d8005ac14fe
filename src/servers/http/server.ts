import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Log } from '../../log.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import { listenAt } from '../../net/listen.ts';

/** What the endpoints show; handed in by the daemon. */
export interface HttpSources {
  /** Prometheus text and its content type. */
  metrics(): Promise<{ text: string; type: string }>;
  /** `ok`, or what is wrong, by part; the answer is 200 when all are well, 503 otherwise. */
  health(): Promise<Readonly<Record<string, string>>>;
}

/** Of a unix socket: whoever may come to its folder may read what is no secret. */
const SOCKET_MODE = 0o666;
/** A health check that takes longer than this (ms) is itself the fault. */
const HEALTH_TIMEOUT = 3000;
/** Milliseconds that closing waits for requests under way: longer than any answer takes. */
const CLOSE_TIMEOUT = HEALTH_TIMEOUT + 1000;

type Page = (sources: HttpSources) => Promise<{ status: number; type: string; body: string }>;

const PAGES: Readonly<Record<string, Page>> = {
  '/metrics': async (sources) => {
    const { text, type } = await sources.metrics();
    return { status: 200, type, body: text };
  },
  '/health': async (sources) => {
    const late = new Promise<Record<string, string>>((resolve) => {
      setTimeout(() => resolve({ health: `no answer within ${HEALTH_TIMEOUT} ms` }), HEALTH_TIMEOUT).unref();
    });
    const parts = await Promise.race([sources.health(), late]);
    const well = Object.values(parts).every((state) => state === 'ok');
    return {
      status: well ? 200 : 503,
      type: 'application/json',
      body: `${JSON.stringify({ status: well ? 'ok' : 'failing', parts })}\n`,
    };
  },
};

/** The endpoints for monitoring. Only GET and HEAD; no request body is read. */
export class HttpServer {
  readonly #server: Server;
  readonly #sources: HttpSources;
  readonly #log: Log;

  constructor(sources: HttpSources, log: Log) {
    this.#sources = sources;
    this.#log = log;
    this.#server = createServer(
      // Nobody who scrapes metrics needs more; slow clients are cut off.
      { maxHeaderSize: 8192, headersTimeout: 10_000, requestTimeout: 10_000, keepAliveTimeout: 5000 },
      (request, response) => void this.#answer(request, response),
    );
    this.#server.maxConnections = 64;
    // A connection that could not be taken, for want of file descriptors for instance: no reason to end.
    this.#server.on('error', (err) => log.warn({ err }, 'listening socket failed'));
  }

  /** Resolves with where it listens (the port in place of 0); rejects when the address cannot be had. */
  listen(endpoint: Endpoint): Promise<Endpoint> {
    return listenAt(this.#server, endpoint, SOCKET_MODE);
  }

  /** Answers what was asked already; a request that is not whole after `deadline` milliseconds never will be. */
  async close(deadline: number): Promise<void> {
    // From here on Node has no timeout of its own for requests that do not end.
    const timer = setTimeout(() => this.#server.closeAllConnections(), Math.min(deadline, CLOSE_TIMEOUT));
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    clearTimeout(timer);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const page = Object.hasOwn(PAGES, path) ? PAGES[path] : undefined;
    const send = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      send(405, 'text/plain', 'only GET and HEAD\n');
      return;
    }
    if (page === undefined) {
      send(404, 'text/plain', `nothing here; there is ${Object.keys(PAGES).join(' and ')}\n`);
      return;
    }
    try {
      const { status, type, body } = await page(this.#sources);
      send(status, type, body);
    } catch (error) {
      this.#log.error({ path, error: (error as Error).message }, 'http endpoint failed');
      send(500, 'text/plain', 'failed; see the log\n');
    }
  }
}

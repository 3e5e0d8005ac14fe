/**
 * Shows messages to clamd. On the main thread: sockets are there, and a worker that is killed must not take connections
 * with it.
 */
import { connect, type Socket } from 'node:net';
import type { Log } from '../../log.ts';
import { parseEndpoint } from '../../net/endpoint.ts';
import { instream, type Reply, ReplyReader } from './instream.ts';
import type { ClamdSettings } from './settings.ts';
import type { ClamdFinding } from './types.ts';

/** Messages that wait for a connection; with more, clamd is so far behind that they would time out anyhow. */
const MAX_WAITING = 1000;
/** Milliseconds for clamd to say that a message is too large; it does when it reads the length. */
const PROBE_TIME = 1000;
const FAIL_TEXT = 'Virus scanner is not available, try again later';

/** The connection broke while the message was sent. */
type Cut = Extract<Reply, { result: 'failed' }> & { readonly cut: true };

export class ClamdClient {
  private readonly settings: ClamdSettings;
  private readonly log: Log;
  private free: number;
  private readonly waiting = new Set<() => void>();
  /** So that it is complained of once. */
  private isDown = false;

  /** Throws a TypeError when `server` is no endpoint. */
  constructor(settings: ClamdSettings, log: Log) {
    parseEndpoint(settings.server);
    this.settings = settings;
    this.log = log;
    this.free = settings.connections;
  }

  /** Never rejects: what goes wrong is in the finding. */
  async scan(raw: Uint8Array): Promise<ClamdFinding> {
    const { action, text, failAction, messageBytes } = this.settings;
    if (raw.length > messageBytes) return { result: 'skipped', detail: `${raw.length} octets` };
    const reply = await this.ask(raw);
    this.note(reply);
    if (reply.result === 'clean') return { result: 'clean' };
    if (reply.result === 'found') return { result: 'found', detail: reply.name, demands: { action, text } };
    if (reply.result === 'skipped') return { result: 'skipped', detail: reply.reason };
    return {
      result: 'failed',
      detail: reply.reason,
      ...(failAction === 'tempfail' && { demands: { action: 'soft reject', text: FAIL_TEXT } }),
    };
  }

  private async ask(raw: Uint8Array): Promise<Reply> {
    const deadline = performance.now() + this.settings.timeout;
    if (!(await this.turn())) return { result: 'failed', reason: 'too many messages wait for it' };
    try {
      const pieces = instream(raw);
      const reply = await this.talk(pieces, deadline - performance.now());
      if (!('cut' in reply)) return reply;
      // Over TCP the reply "size limit exceeded" is lost when it comes while we still write. Without the message after
      // its length there is nothing to lose: that is the answer, or clamd waits for what we do not send.
      const left = Math.min(PROBE_TIME, deadline - performance.now());
      const probe = await this.talk(pieces.slice(0, 2), left);
      return probe.result === 'skipped' ? probe : reply;
    } finally {
      this.free++;
      const [next] = this.waiting;
      next?.();
    }
  }

  /** Takes a connection when one is free; false when it is not worth waiting. */
  private async turn(): Promise<boolean> {
    if (this.free > 0) {
      this.free--;
      return true;
    }
    if (this.waiting.size >= MAX_WAITING) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const start = (): void => {
      this.waiting.delete(start);
      clearTimeout(timer);
      this.free--;
      resolve(true);
    };
    const timer = setTimeout(() => {
      this.waiting.delete(start);
      resolve(false);
    }, this.settings.timeout);
    this.waiting.add(start);
    return promise;
  }

  private talk(pieces: readonly Uint8Array[], milliseconds: number): Promise<Reply | Cut> {
    const { promise, resolve } = Promise.withResolvers<Reply | Cut>();
    const reader = new ReplyReader();
    let socket: Socket | undefined;
    const end = (reply: Reply | Cut): void => {
      clearTimeout(timer);
      socket?.destroy();
      resolve(reply);
    };
    const timer = setTimeout(
      () => end({ result: 'failed', reason: `no reply within ${this.settings.timeout} ms` }),
      Math.max(1, milliseconds),
    );
    socket = connect(parseEndpoint(this.settings.server));
    socket.setEncoding('latin1');
    socket.on('data', (octets: string) => {
      const reply = reader.take(octets);
      if (reply !== undefined) end(reply);
    });
    socket.on('end', () => {
      const reply = reader.take('', true);
      if (reply !== undefined) end(reply);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const cut = error.code === 'EPIPE' || error.code === 'ECONNRESET';
      end({ result: 'failed', reason: error.message, ...(cut && { cut }) });
    });
    for (const piece of pieces) socket.write(piece);
    return promise;
  }

  private note(reply: Reply): void {
    if (reply.result === 'failed') {
      if (!this.isDown)
        this.log.warn({ server: this.settings.server, error: reply.reason }, 'clamd does not judge messages');
      this.isDown = true;
    } else if (this.isDown) {
      this.isDown = false;
      this.log.info({ server: this.settings.server }, 'clamd judges messages again');
    }
  }
}

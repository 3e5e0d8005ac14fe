import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { createOutbound, type OutboundQueue } from '../../src/delivery/outbound/queue.ts';
import { defaultOutboundSettings, type OutboundSettings } from '../../src/delivery/settings.ts';
import type { LocalRoute, OutboundMail, OutboundSigner } from '../../src/delivery/types.ts';
import { silentLog } from '../../src/log.ts';
import { DnsError, type Resolver } from '../../src/net/resolver.ts';
import { type Disk, disk } from '../../src/store/durable.ts';
import { type Sink, sink, type SinkOptions } from './sink.ts';

const noDns: Resolver = { resolve: (name, type) => Promise.reject(new DnsError('ENOTFOUND', name, type)) };

interface QueueOverrides {
  settings?: Partial<OutboundSettings>;
  resolver?: Resolver;
  local?: LocalRoute;
  signer?: OutboundSigner;
  disk?: Partial<Disk>;
  now?: () => number;
}

/** A spool in a folder of its own for each test, with queues and servers that are closed after it. */
export class SpoolRig {
  folder = '';
  #queues: OutboundQueue[] = [];
  #sinks: Sink[] = [];

  constructor() {
    beforeEach(() => {
      this.folder = mkdtempSync(join(tmpdir(), 'tamis-spool-'));
      this.#queues = [];
      this.#sinks = [];
    });
    afterEach(async () => {
      await Promise.all(this.#queues.map((queue) => queue.close(0)));
      await Promise.all(this.#sinks.map((server) => server.close()));
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  async queue(overrides: QueueOverrides = {}): Promise<OutboundQueue> {
    const queue = await createOutbound({
      folder: this.folder,
      hostname: 'us.example',
      resolver: noDns,
      log: silentLog,
      ...overrides,
      settings: {
        ...defaultOutboundSettings,
        // Retries within the patience of a test.
        firstRetry: 0.02,
        maxRetry: 0.1,
        connectTimeout: 2,
        ...overrides.settings,
      },
      disk: { ...disk, ...overrides.disk },
    });
    this.#queues.push(queue);
    return queue;
  }

  async sink(options?: SinkOptions): Promise<Sink> {
    const server = await sink(options);
    this.#sinks.push(server);
    return server;
  }

  files(name: string): string[] {
    return readdirSync(join(this.folder, name)).sort();
  }

  /** The control file of a mail. */
  control(id: string): { attempts: number; recipients: { address: string; state: string }[] } {
    return JSON.parse(readFileSync(join(this.folder, 'queue', `${id}.json`), 'utf8')) as never;
  }

  /** For {@link until}: all that was spooled is gone. */
  readonly empty = (): void => expect([this.files('queue'), this.files('tmp')]).toEqual([[], []]);
}

export const relayTo = (server: { port: number }): Partial<OutboundSettings> => ({
  relay: `127.0.0.1:${server.port}`,
});

export const mail = (overrides: Partial<OutboundMail> = {}): OutboundMail => ({
  cause: 'cause1',
  sender: 'anna@here.example',
  recipients: ['bob@there.example'],
  pieces: [Buffer.from('Subject: x\r\n'), Buffer.from('\r\n.dot\r\n..two\r\nend\r\n')],
  kind: 'redirect',
  ...overrides,
});

export const until = (check: () => void): Promise<void> =>
  vi.waitFor(check, { timeout: 30_000, interval: 5 });

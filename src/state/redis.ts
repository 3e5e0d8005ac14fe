import { Cluster } from 'ioredis';
import type { Redis } from 'ioredis';
import type { Log } from '../log.ts';
import {
  checkDay,
  checkDeltas,
  checkIncrement,
  checkKey,
  checkMany,
  checkPrefix,
  checkTokens,
  checkValue,
  ttlMilliseconds,
} from './keys.ts';
import { connectRedis } from './redis-client.ts';
import type { RedisClient } from './redis-client.ts';
import { ADD_TOKENS, INCREMENT } from './redis-scripts.ts';
import type { RedisSettings } from './settings.ts';
import { StateError } from './types.ts';
import type { State, TokenRow, TokenTable } from './types.ts';

export interface RedisStateOptions {
  settings: RedisSettings;
  log: Log;
}

/** Calls that may be under way at once: with a server that hangs, memory must not grow with the mail that comes in. */
const MAX_PENDING = 10_000;
/** Keys Redis looks at for one step of SCAN, and the values fetched at once (32 MB with the largest values). */
const SCAN_COUNT = 500;
const PAGE = 32;
/** Shares of the keys a cluster divides among its nodes. */
const CLUSTER_SLOTS = 16_384;

/** Errors a server answers with while it starts, fails over or is full; other error answers need somebody's hand. */
const TEMPORARY =
  /^(?:OOM|LOADING|BUSY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|READONLY|MISCONF|NOREPLICAS|UNKILLABLE)\b/;

/**
 * State on a Redis server, 6 or later, a Sentinel group or a cluster. Connects in the background and again after a
 * loss; until then calls fail with a temporary {@link StateError} within `timeout`, and at once when the server has
 * been away for longer. A write that failed by time or by a lost connection may have happened all the same.
 *
 * What was acknowledged is as durable as the server is set up: `appendonly yes`, and `maxmemory-policy noeviction`.
 */
export function createRedisState({ settings, log }: RedisStateOptions): State {
  return new RedisState(connectRedis(settings), settings, log);
}

class RedisState implements State {
  readonly #client: RedisClient;
  readonly #prefix: string;
  readonly #timeout: number;
  readonly #log: Log;
  /** Resolves when the connection is there; replaced when it is lost. */
  #ready = Promise.withResolvers<void>();
  #lostAt: number | undefined = performance.now();
  #lastError: string | undefined;
  #pending = 0;
  #closed = false;

  constructor(client: RedisClient, settings: RedisSettings, log: Log) {
    this.#client = client;
    this.#prefix = settings.prefix;
    this.#timeout = settings.timeout * 1000;
    this.#log = log;
    client.on('ready', () => this.#connected());
    client.on('close', () => this.#lost());
    client.on('end', () => this.#lost());
    client.on('error', (error: Error) => this.#failed(error));
  }

  get(key: string): Promise<Uint8Array | undefined> {
    checkKey(key);
    return this.#call(async () => (await this.#client.getBuffer(this.#entry(key))) ?? undefined);
  }

  /** Each key by itself: in a cluster they lie on different nodes. The client sends them in one go. */
  async getMany(keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    checkMany(keys.length);
    for (const key of keys) checkKey(key);
    return this.#call(async () => {
      const values = await Promise.all(keys.map((key) => this.#client.getBuffer(this.#entry(key))));
      return values.map((value) => value ?? undefined);
    });
  }

  async putMany(entries: readonly (readonly [string, Uint8Array])[], ttl?: number): Promise<void> {
    checkMany(entries.length);
    for (const [key, value] of entries) {
      checkKey(key);
      checkValue(value);
    }
    const life = ttlMilliseconds(ttl);
    await this.#call(() =>
      Promise.all(
        entries.map(([key, value]) => {
          const name = this.#entry(key);
          const bytes = bufferOf(value);
          return life === undefined
            ? this.#client.set(name, bytes)
            : this.#client.set(name, bytes, 'PX', life);
        }),
      ),
    );
  }

  async put(key: string, value: Uint8Array, ttl?: number): Promise<void> {
    checkKey(key);
    checkValue(value);
    const life = ttlMilliseconds(ttl);
    const name = this.#entry(key);
    const bytes = bufferOf(value);
    await this.#call(() =>
      life === undefined ? this.#client.set(name, bytes) : this.#client.set(name, bytes, 'PX', life),
    );
  }

  async putIfAbsent(key: string, value: Uint8Array, ttl?: number): Promise<boolean> {
    checkKey(key);
    checkValue(value);
    const life = ttlMilliseconds(ttl);
    const name = this.#entry(key);
    const bytes = bufferOf(value);
    const answer = await this.#call(() =>
      life === undefined
        ? this.#client.set(name, bytes, 'NX')
        : this.#client.set(name, bytes, 'PX', life, 'NX'),
    );
    return answer === 'OK';
  }

  async delete(key: string): Promise<boolean> {
    checkKey(key);
    return (await this.#call(() => this.#client.del(this.#entry(key)))) === 1;
  }

  /** Walks over all keys of the server (SCAN): for small rooms and rare questions. */
  async *list(prefix: string): AsyncIterable<{ key: string; value: Uint8Array }> {
    checkPrefix(prefix);
    const pattern = `${escapeGlob(this.#entry(prefix))}*`;
    const own = this.#entry('').length;
    // SCAN may give a key more than once while the server's table grows or shrinks.
    const seen = new Set<string>();
    for (const node of await this.#call(() => this.#masters())) {
      let cursor = '0';
      do {
        const [next, found] = await this.#call(() =>
          node.scan(cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT),
        );
        cursor = next;
        const fresh = found.filter((name) => !seen.has(name));
        for (const name of fresh) seen.add(name);
        for (let start = 0; start < fresh.length; start += PAGE) {
          const page = fresh.slice(start, start + PAGE);
          const values = await this.#call(() =>
            Promise.all(page.map((name) => this.#client.getBuffer(name))),
          );
          for (const [index, value] of values.entries()) {
            const name = page[index];
            if (name !== undefined && value !== null) yield { key: name.slice(own), value };
          }
        }
      } while (cursor !== '0');
    }
  }

  async increment(key: string, by: number, ttl?: number): Promise<number> {
    checkKey(key);
    checkIncrement(by);
    const life = ttlMilliseconds(ttl) ?? '';
    return Number(await this.#call(() => this.#client.eval(INCREMENT, 1, this.#entry(key), by, life)));
  }

  tokens(table: string): TokenTable {
    checkKey(table);
    const key = `${this.#prefix}t:${table}`;
    return {
      get: async (tokens, columns) => {
        checkTokens(tokens, columns);
        const counts = new Float64Array(tokens.length * columns);
        if (tokens.length === 0) return counts;
        const rows = await this.#call(() => this.#client.hmget(key, ...tokenFields(tokens)));
        for (const [at, row] of rows.entries())
          for (const [column, count] of countsOf(row ?? '')
            .slice(0, columns)
            .entries())
            counts[at * columns + column] = count;
        return counts;
      },
      sweep: (before, most) => this.#sweepTokens(key, before, most),
      list: (columns) => this.#listTokens(key, columns),
      clear: async () => {
        await this.#call(() => this.#client.unlink(key));
      },
      add: async (tokens, deltas, day) => {
        checkTokens(tokens, deltas.length);
        checkDeltas(deltas);
        if (day !== undefined) checkDay(day);
        if (tokens.length === 0) return;
        await this.#call(() =>
          this.#client.eval(ADD_TOKENS, 1, key, deltas.length, ...deltas, day ?? '', ...tokenFields(tokens)),
        );
      },
    };
  }

  async #sweepTokens(key: string, before: number, most: number): Promise<number> {
    checkDay(before);
    checkDeltas([most]);
    let removed = 0;
    for await (const page of this.#tokenPages(key)) {
      const old: Buffer[] = [];
      for (const { field, value } of page) {
        const day = dayOf(value);
        if (day === undefined || day >= before) continue;
        if (countsOf(value).reduce((sum, count) => sum + count, 0) <= most) old.push(field);
      }
      if (old.length > 0) removed += await this.#call(() => this.#client.hdel(key, ...old));
    }
    return removed;
  }

  async *#tokenPages(key: string): AsyncGenerator<readonly { field: Buffer; value: string }[]> {
    let cursor = '0';
    do {
      const [next, found] = await this.#call(() =>
        this.#client.hscanBuffer(key, cursor, 'COUNT', SCAN_COUNT),
      );
      cursor = next.toString();
      const page: { field: Buffer; value: string }[] = [];
      for (let at = 0; at + 1 < found.length; at += 2) {
        const [field, value] = [found[at], found[at + 1]];
        if (field !== undefined && value !== undefined) page.push({ field, value: value.toString() });
      }
      yield page;
    } while (cursor !== '0');
  }

  async *#listTokens(key: string, columns: number): AsyncGenerator<readonly TokenRow[]> {
    checkTokens(new BigUint64Array(), columns);
    for await (const page of this.#tokenPages(key)) {
      const rows: TokenRow[] = [];
      for (const { field, value } of page) {
        if (field.length !== 8) continue;
        const own = countsOf(value);
        const day = dayOf(value);
        rows.push({
          token: field.readBigUInt64LE(),
          counts: Array.from({ length: columns }, (_, column) => own[column] ?? 0),
          ...(day === undefined ? {} : { day }),
        });
      }
      if (rows.length > 0) yield rows;
    }
  }

  async ping(): Promise<void> {
    // In a cluster PING goes to some node: a read of a key asks one that is in charge.
    await this.#call(() => this.#client.exists(this.#entry('ping')));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // Lets what is under way finish, but not for longer than a call may take.
    const deadline = performance.now() + this.#timeout;
    while (this.#pending > 0 && performance.now() < deadline) await pause(10);
    this.#client.disconnect();
    this.#ready.promise.catch(() => undefined);
    this.#ready.reject(closedError());
  }

  /**
   * The servers that share the keys. Asked when the connection is there: before, a cluster knows of none. A node that
   * is gone drops out of the client's list, and what it holds would silently be missing: then it is a failure.
   */
  async #masters(): Promise<Redis[]> {
    if (!(this.#client instanceof Cluster)) return [this.#client];
    const nodes = this.#client.nodes('master');
    const ranges = (await nodes[0]?.cluster('SLOTS')) ?? [];
    const owners = new Set<string>();
    let slots = 0;
    for (const [first, last, owner] of ranges) {
      slots += last - first + 1;
      owners.add((owner ?? []).slice(0, 2).join(' '));
    }
    if (slots !== CLUSTER_SLOTS || nodes.length < owners.size)
      throw new StateError('redis: not all nodes of the cluster can be reached', true);
    return nodes;
  }

  #entry(key: string): string {
    return `${this.#prefix}e:${key}`;
  }

  /** Runs a command within the time limit. Any failure is a {@link StateError}. */
  async #call<T>(command: () => Promise<T>): Promise<T> {
    if (this.#closed) throw closedError();
    if (this.#pending >= MAX_PENDING) throw new StateError('redis: too many calls are waiting', true);
    const started = performance.now();
    const late = Promise.withResolvers<never>();
    let timer: NodeJS.Timeout | undefined;
    this.#pending++;
    try {
      const away = this.#lostAt === undefined ? 0 : started - this.#lostAt;
      if (away > this.#timeout) throw this.#unreachable();
      timer = setTimeout(() => late.reject(this.#unreachable()), this.#timeout);
      if (this.#client.status !== 'ready') await Promise.race([this.#ready.promise, late.promise]);
      return await Promise.race([command(), late.promise]);
    } catch (cause) {
      throw stateError(cause);
    } finally {
      clearTimeout(timer);
      this.#pending--;
    }
  }

  #unreachable(): StateError {
    return new StateError(`redis: ${this.#lastError ?? 'no answer in time'}`, true);
  }

  #connected(): void {
    if (this.#lostAt !== undefined) this.#log.info({}, 'redis connected');
    this.#lostAt = undefined;
    this.#lastError = undefined;
    this.#ready.resolve();
  }

  #lost(): void {
    if (this.#lostAt !== undefined || this.#closed) return;
    this.#lostAt = performance.now();
    this.#ready = Promise.withResolvers<void>();
    this.#log.warn({}, 'redis connection lost');
  }

  /** Each attempt to connect fails anew: only what is new is worth a line. Its text only: the error holds AUTH's password. */
  #failed({ message }: Error): void {
    if (message !== this.#lastError && !this.#closed)
      this.#log.warn({ error: message }, 'redis connection failed');
    this.#lastError = message;
  }
}

const closedError = (): StateError => new StateError('the state is closed', false);

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, milliseconds));

function stateError(cause: unknown): StateError {
  if (cause instanceof StateError) return cause;
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const temporary = error.name !== 'ReplyError' || TEMPORARY.test(error.message);
  // The command's arguments hang on ioredis' errors: only the text goes on, or values would end up in logs.
  return new StateError(`redis: ${error.message}`, temporary);
}

/** A view on the same bytes: ioredis sends Buffers as they are. */
const bufferOf = (value: Uint8Array): Buffer => Buffer.from(value.buffer, value.byteOffset, value.byteLength);

/** Each token as 8 bytes, low byte first on every machine. */
function tokenFields(tokens: BigUint64Array): Buffer[] {
  const bytes = Buffer.alloc(tokens.length * 8);
  for (const [index, token] of tokens.entries()) bytes.writeBigUInt64LE(token, index * 8);
  return Array.from(tokens, (_, index) => bytes.subarray(index * 8, index * 8 + 8));
}

/** Counts of a token, without its day. */
const countsOf = (value: string): number[] => (value.split(';')[0] ?? '').split(' ').map(Number);

/** When it was last added to; undefined for what is never too old. */
function dayOf(value: string): number | undefined {
  const day = /;(\d+)$/.exec(value)?.[1];
  return day === undefined ? undefined : Number(day);
}

/** What SCAN's MATCH takes for itself: `* ? [ ] ^ - \`; escaped they are plain characters. */
const escapeGlob = (text: string): string => text.replace(/[*?[\]^\\-]/g, '\\$&');

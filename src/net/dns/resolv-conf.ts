import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';

/** What a resolv.conf says that matters to who asks whole names: no search lists. */
export interface ResolvConf {
  /** Addresses without ports; the local host when the file names none. */
  servers: string[];
  /** Milliseconds until the next attempt. */
  timeout: number | undefined;
  attempts: number | undefined;
  rotate: boolean;
  /** The way to the servers is trusted, and so is their AD bit. */
  trustAd: boolean;
}

/** Servers of a file that count. Other resolvers stop at three; more only make a failure last longer. */
const MAX_SERVERS = 8;
/** The bounds the C library sets, in seconds and attempts. */
const MAX_TIMEOUT = 30;
const MAX_ATTEMPTS = 5;
/** A file larger than this is not a resolv.conf. */
const MAX_BYTES = 65_536;

/** Reads a resolv.conf as the C library does: unknown lines and options are left out, the last of an option counts. */
export function parseResolvConf(text: string): ResolvConf {
  const conf: ResolvConf = {
    servers: [],
    timeout: undefined,
    attempts: undefined,
    rotate: false,
    trustAd: false,
  };
  for (const line of text.slice(0, MAX_BYTES).split(/\r?\n/)) {
    const [keyword, ...words] = line.split(/[ \t]+/);
    if (keyword === 'nameserver') {
      const [server = ''] = words;
      if (isIP(server) !== 0 && conf.servers.length < MAX_SERVERS) conf.servers.push(server);
    } else if (keyword === 'options') for (const word of words) readOption(conf, word);
  }
  if (conf.servers.length === 0) conf.servers.push('127.0.0.1');
  return conf;
}

function readOption(conf: ResolvConf, word: string): void {
  const [, key, digits = ''] = /^([a-z-]+)(?::(\d{1,9}))?$/.exec(word) ?? [];
  if (key === 'rotate') conf.rotate = true;
  else if (key === 'trust-ad') conf.trustAd = true;
  else if (key === 'timeout' && digits !== '')
    conf.timeout = Math.min(Math.max(Number(digits), 1), MAX_TIMEOUT) * 1_000;
  else if (key === 'attempts' && digits !== '')
    conf.attempts = Math.min(Math.max(Number(digits), 1), MAX_ATTEMPTS);
}

/** Milliseconds between two looks at the file: a change is noticed soon, and a look costs nothing beside a question. */
const LOOK_EVERY = 2_000;

/**
 * A resolv.conf that may change under us. `read` gives the configuration when it is asked for the first time and when
 * the file has changed, else undefined. A file that is not there counts as an empty one.
 */
export class ResolvConfFile {
  readonly #path: string;
  readonly #now: () => number;
  #looked = Number.NEGATIVE_INFINITY;
  #seen: string | undefined;

  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
  }

  read(): ResolvConf | undefined {
    const now = this.#now();
    if (now < this.#looked + LOOK_EVERY) return undefined;
    this.#looked = now;
    const state = this.#state();
    if (state === this.#seen) return undefined;
    this.#seen = state;
    return parseResolvConf(this.#text());
  }

  /** What changes when the file does; also when a link leads to another one. */
  #state(): string {
    try {
      const { dev, ino, size, mtimeMs } = statSync(this.#path);
      return `${dev} ${ino} ${size} ${mtimeMs}`;
    } catch {
      return 'absent';
    }
  }

  #text(): string {
    try {
      return readFileSync(this.#path, 'latin1');
    } catch {
      return '';
    }
  }
}

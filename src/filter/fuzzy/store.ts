import type { State } from '../../state/types.ts';
import {
  bandKeys,
  decodeEntry,
  decodeLearned,
  encodeEntry,
  encodeLearned,
  type Entry,
  fileKey,
  isEntryKey,
  noCounts,
  textKey,
} from './entries.ts';
import type { FuzzySettings } from './settings.ts';
import { similarityOf } from './shingles.ts';
import { type Fingerprint, FUZZY_KINDS, type FuzzyFinding, type FuzzyKind } from './types.ts';

/** What became of a wish. `nothing`: the message has nothing to compare. `full`: the limit of entries is reached. */
export type FuzzyOutcome = 'learned' | 'relearned' | 'forgotten' | 'known' | 'nothing' | 'full';

/** A wish to learn or forget a message, known by its hash (`messageHash`). */
export interface FuzzyWish {
  kind: FuzzyKind | 'forget';
  message: bigint;
  /** Not needed to forget. */
  fingerprint: Fingerprint | undefined;
}

export interface FuzzyStoreOptions {
  state: State;
  settings: Pick<FuzzySettings, 'similarity' | 'expire' | 'entries'>;
}

/** A text as near as this to one that was learned counts as another copy of it, instead of an entry of its own. */
const SAME = 0.8;
/** What was learned both ways says nothing unless one side has so many times the other. */
const MAJORITY = 4;
/** Seconds after which other processes may have learned the first thing. */
const LOOK_AGAIN = 10;
/** There is something to be found while this key is. */
const SOME = 'fuzzy/some';
/** Entries made since the counter began; it begins anew when what it counted has expired. */
const ADDED = 'fuzzy/added';
const PRESENT = Buffer.from('1');

const messageKey = (message: bigint): string => `fuzzy/m/${message.toString(36)}`;

/**
 * Texts and files that were learned, in the state. A text is found by pairs of numbers of its signature and compared by
 * the whole of it. Several processes may learn into one state; a count may be lost when two learn copies of one thing
 * in the same moment. All methods reject with a `StateError` only.
 */
export class FuzzyStore {
  readonly #state: State;
  readonly #settings: FuzzyStoreOptions['settings'];
  /** One change after the other. */
  #work: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  readonly #some = new Int32Array(new SharedArrayBuffer(4));

  constructor({ state, settings }: FuzzyStoreOptions) {
    this.#state = state;
    this.#settings = settings;
  }

  /** An Int32, for the workers: 0 while nothing was learned, so that nobody need ask. */
  get memory(): SharedArrayBuffer {
    return this.#some.buffer;
  }

  /** Looks now, and from time to time, whether anything was learned. `failed` is told when the state does not answer. */
  async start(failed: (error: Error) => void): Promise<void> {
    const look = async (): Promise<void> => {
      try {
        Atomics.store(this.#some, 0, (await this.#state.get(SOME)) === undefined ? 0 : 1);
      } catch (error) {
        failed(error as Error);
      }
      if (this.#timer !== undefined) this.#timer = setTimeout(() => void look(), LOOK_AGAIN * 1000).unref();
    };
    this.#timer ??= setTimeout(() => undefined, 0);
    await look();
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#work;
  }

  /** What of a message was learned, the text first. */
  async find({ signature, files }: Fingerprint): Promise<FuzzyFinding[]> {
    const findings: FuzzyFinding[] = [];
    if (signature !== undefined) {
      const near = await this.#nearest(signature, this.#settings.similarity);
      const verdict = near === undefined ? undefined : verdictOf(near.entry);
      if (near !== undefined && verdict !== undefined)
        findings.push({ ...verdict, similarity: near.similarity });
    }
    const values = await this.#state.getMany(files.map(({ digest }) => fileKey(digest)));
    for (const [index, value] of values.entries()) {
      const verdict = verdictOf(decodeEntry(value));
      if (verdict !== undefined) findings.push({ ...verdict, similarity: 1, file: files[index]?.name ?? '' });
    }
    return findings;
  }

  /** Learns or forgets a message; once, however often it is asked. */
  learn(wish: FuzzyWish): Promise<FuzzyOutcome> {
    const result = this.#work.then(() => this.#learn(wish));
    this.#work = result.catch(() => undefined);
    return result;
  }

  async #learn({ kind, message, fingerprint }: FuzzyWish): Promise<FuzzyOutcome> {
    const state = this.#state;
    const key = messageKey(message);
    const before = decodeLearned(await state.get(key));
    if (before?.kind === kind || (kind === 'forget' && before === undefined)) return 'known';
    // A trap knows less than a person.
    if (kind === 'probable' && before !== undefined) return 'known';
    if (kind === 'forget') {
      await this.#take(before);
      await state.delete(key);
      return 'forgotten';
    }
    if (fingerprint === undefined) return 'nothing';
    // Who corrects what was learned is not turned away.
    if (before === undefined && (await this.#isFull())) return 'full';
    await this.#take(before);
    const { expire } = this.#settings;
    const keys: string[] = [];
    const puts: [string, Uint8Array][] = [];
    let added = 0;
    const count = (at: string, entry: Entry | undefined, signature?: Uint32Array): void => {
      const { counts } = entry ?? { counts: noCounts() };
      counts[kind]++;
      if (entry === undefined) added++;
      keys.push(at);
      const kept = entry?.signature ?? signature;
      puts.push([at, encodeEntry({ counts, ...(kept === undefined ? {} : { signature: kept }) })]);
    };
    if (fingerprint.signature !== undefined) {
      const { signature } = fingerprint;
      const near = await this.#nearest(signature, SAME);
      const at = near?.key ?? textKey(signature);
      count(at, near?.entry, signature);
      const id = Buffer.from(at);
      for (const band of bandKeys(near?.entry.signature ?? signature)) puts.push([band, id]);
    }
    const fileKeys = fingerprint.files.map(({ digest }) => fileKey(digest));
    const known = await state.getMany(fileKeys);
    for (const [index, at] of fileKeys.entries()) count(at, decodeEntry(known[index]));
    puts.push([key, encodeLearned({ kind, keys })], [SOME, PRESENT]);
    await state.putMany(puts, expire);
    if (added > 0) await state.increment(ADDED, added, expire);
    Atomics.store(this.#some, 0, 1);
    return before === undefined ? 'learned' : 'relearned';
  }

  async #isFull(): Promise<boolean> {
    const added = await this.#state.get(ADDED);
    return added !== undefined && Number(Buffer.from(added).toString()) >= this.#settings.entries;
  }

  /** Takes a message out of the entries it counts in; those that nothing is left of go. */
  async #take(learned: ReturnType<typeof decodeLearned>): Promise<void> {
    if (learned === undefined) return;
    const values = await this.#state.getMany(learned.keys);
    for (const [index, key] of learned.keys.entries()) {
      const entry = decodeEntry(values[index]);
      if (entry === undefined) continue;
      entry.counts[learned.kind] = Math.max(0, entry.counts[learned.kind] - 1);
      if (FUZZY_KINDS.some((kind) => entry.counts[kind] > 0))
        await this.#state.put(key, encodeEntry(entry), this.#settings.expire);
      // What leads to it leads nowhere then, until it expires.
      else await this.#state.delete(key);
    }
  }

  /** The learned text most like this one, at least by `least`. */
  async #nearest(
    signature: Uint32Array,
    least: number,
  ): Promise<{ key: string; entry: Entry; similarity: number } | undefined> {
    const ids = await this.#state.getMany(bandKeys(signature));
    const found = ids.flatMap((id) => (id === undefined ? [] : Buffer.from(id).toString()));
    const keys = [...new Set(found.filter(isEntryKey))];
    if (keys.length === 0) return undefined;
    const values = await this.#state.getMany(keys);
    let best: { key: string; entry: Entry; similarity: number } | undefined;
    for (const [index, value] of values.entries()) {
      const entry = decodeEntry(value);
      if (entry?.signature === undefined) continue;
      const similarity = similarityOf(signature, entry.signature);
      if (similarity >= least && similarity > (best?.similarity ?? 0))
        best = { key: keys[index] ?? '', entry, similarity };
    }
    return best;
  }
}

/** As what something counts; undefined for nothing, and for what was learned both ways. */
function verdictOf(entry: Entry | undefined): { kind: FuzzyKind; count: number } | undefined {
  if (entry === undefined) return undefined;
  const { deny, probable, white } = entry.counts;
  const against = deny + probable;
  if (white > 0 && white >= against * MAJORITY) return { kind: 'white', count: white };
  if (against === 0 || against < white * MAJORITY) return undefined;
  return deny > 0 ? { kind: 'deny', count: against } : { kind: 'probable', count: probable };
}

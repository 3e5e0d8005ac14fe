import type { MacroStage } from './wire/types.ts';

/**
 * Order in which macros of a later stage hide those of an earlier one. Unknown commands stand beside the
 * transaction and live for that one command.
 */
const ORDER: readonly MacroStage[] = ['C', 'H', 'M', 'R', 'T', 'L', 'N', 'B', 'E'];
const FIRST_OF_MESSAGE = ORDER.indexOf('M');

/** `{client_addr}` and `client_addr` are the same macro. */
const plainName = (name: string): string =>
  name.startsWith('{') && name.endsWith('}') ? name.slice(1, -1) : name;

/**
 * The MTA's macros of one connection. Each stage has its own; a name is looked up from the latest stage backwards.
 * A command forgets what later stages had, and what its own stage had unless it was sent anew just before.
 */
export class Macros {
  readonly #stages = new Map<MacroStage, ReadonlyMap<string, string>>();
  /** Stages whose macros came since the stage's last command. */
  readonly #fresh = new Set<MacroStage>();

  define(stage: MacroStage, macros: ReadonlyArray<readonly [string, string]>): void {
    this.#stages.set(stage, new Map(macros.map(([name, value]) => [plainName(name), value])));
    this.#fresh.add(stage);
  }

  /** The command of this stage arrived. */
  reached(stage: MacroStage): void {
    if (!this.#fresh.delete(stage)) this.#stages.delete(stage);
    if (stage !== 'U') this.#stages.delete('U');
    for (const later of ORDER.slice(ORDER.indexOf(stage) + 1)) if (stage !== 'U') this.#forget(later);
  }

  /** The message is over: MAIL and everything after it is forgotten. */
  endOfMessage(): void {
    for (const stage of ORDER.slice(FIRST_OF_MESSAGE)) this.#forget(stage);
  }

  clear(): void {
    this.#stages.clear();
    this.#fresh.clear();
  }

  /** Value of a macro, with or without its braces; undefined when the MTA did not send it. */
  get(name: string): string | undefined {
    const plain = plainName(name);
    const passing = this.#stages.get('U')?.get(plain);
    if (passing !== undefined) return passing;
    for (let index = ORDER.length - 1; index >= 0; index--) {
      const value = this.#stages.get(ORDER[index] as MacroStage)?.get(plain);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  #forget(stage: MacroStage): void {
    this.#stages.delete(stage);
    this.#fresh.delete(stage);
  }
}

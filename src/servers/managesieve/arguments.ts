import type { Argument, ResponseCode } from './wire/types.ts';

/** An argument is not what its command takes: answered with NO. */
export class ArgumentError extends Error {
  readonly code: ResponseCode | undefined;
  constructor(message: string, code?: ResponseCode) {
    super(message);
    this.code = code;
  }
}

/** The arguments of a command, by their places. All methods throw {@link ArgumentError}. */
export class Arguments {
  readonly #list: readonly Argument[];

  constructor(list: readonly Argument[]) {
    this.#list = list;
  }

  get count(): number {
    return this.#list.length;
  }

  octets(at: number): Buffer {
    const argument = this.#list[at];
    if (argument?.type === 'string') return argument.octets;
    if (argument?.type === 'oversize')
      throw new ArgumentError(`${argument.size} octets are too many`, { name: 'QUOTA/MAXSIZE' });
    throw new ArgumentError('A string is expected');
  }

  /** A string that is UTF-8 (RFC 5804 §4). */
  text(at: number): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.octets(at));
    } catch (error) {
      if (error instanceof ArgumentError) throw error;
      throw new ArgumentError('A string is not UTF-8');
    }
  }

  number(at: number): number {
    const argument = this.#list[at];
    if (argument?.type !== 'number') throw new ArgumentError('A number is expected');
    return argument.value;
  }
}

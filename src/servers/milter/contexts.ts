import type { Agreed, Connection, HeaderLine, Path } from './handlers.ts';
import { STEPS } from './wire/constants.ts';
import { decodeText } from './wire/bytes.ts';
import type { Macros } from './macros.ts';
import type { Family } from './wire/types.ts';

/** What the session knows of the SMTP connection; handlers see it as {@link Connection}. */
export class ConnectionContext implements Connection {
  readonly id: number;
  readonly signal: AbortSignal;
  readonly #macros: Macros;
  agreed: Agreed;
  hostname = '';
  family: Family = 'unknown';
  address: string | undefined;
  port: number | undefined;
  helo: string | undefined;

  constructor(id: number, signal: AbortSignal, macros: Macros, agreed: Agreed) {
    this.id = id;
    this.signal = signal;
    this.#macros = macros;
    this.agreed = agreed;
  }

  macro(name: string): string | undefined {
    return this.#macros.get(name);
  }
}

export function path(argv: readonly string[]): Path {
  const [argument = '', ...parameters] = argv;
  const address = argument.startsWith('<') && argument.endsWith('>') ? argument.slice(1, -1) : argument;
  return { address, argument, parameters };
}

/** A header field whose text is decoded when it is asked for. */
export class WireHeaderLine implements HeaderLine {
  readonly rawName: Buffer;
  readonly rawValue: Buffer;
  readonly #steps: number;

  constructor(rawName: Buffer, rawValue: Buffer, steps: number) {
    this.rawName = rawName;
    this.rawValue = rawValue;
    this.#steps = steps;
  }

  get name(): string {
    return decodeText(this.rawName);
  }

  get rawText(): string {
    return decodeText(this.rawValue);
  }

  get value(): string {
    const text = this.rawText;
    return (this.#steps & STEPS.HDR_LEADSPC) !== 0 && text.startsWith(' ') ? text.slice(1) : text;
  }
}

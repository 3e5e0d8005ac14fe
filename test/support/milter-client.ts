import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { STEPS } from '../../src/servers/milter/wire/constants.ts';
import { encodeCommand } from '../../src/servers/milter/wire/commands.ts';
import { PacketReader } from '../../src/servers/milter/wire/reader.ts';
import { decodeResponse } from '../../src/servers/milter/wire/responses.ts';
import type { Command, Connect, MacroStage, Response } from '../../src/servers/milter/wire/types.ts';

/** A mail for {@link MilterClient.message}. */
export interface SampleMail {
  sender?: string;
  recipients?: readonly string[];
  headers?: ReadonlyArray<readonly [name: string, value: string]>;
  body?: string | Buffer;
}

/** The step bit under which the filter does not answer this command. */
const NO_REPLY: Partial<Record<Command['type'], number>> = {
  connect: STEPS.NR_CONN,
  helo: STEPS.NR_HELO,
  mail: STEPS.NR_MAIL,
  rcpt: STEPS.NR_RCPT,
  data: STEPS.NR_DATA,
  header: STEPS.NR_HDR,
  eoh: STEPS.NR_EOH,
  body: STEPS.NR_BODY,
  unknown: STEPS.NR_UNKN,
};
const LEFT_OUT: Partial<Record<Command['type'], number>> = {
  connect: STEPS.NOCONNECT,
  helo: STEPS.NOHELO,
  mail: STEPS.NOMAIL,
  rcpt: STEPS.NORCPT,
  data: STEPS.NODATA,
  header: STEPS.NOHDRS,
  eoh: STEPS.NOEOH,
  body: STEPS.NOBODY,
  unknown: STEPS.NOUNKNOWN,
};

/** Everything an MTA of today offers, as Postfix 3.x does. */
export const FULL_OFFER = { version: 6, actions: 0x1ff, steps: 0x1fffff } as const;

/** The MTA's side of the protocol, for driving a filter command by command. */
export class MilterClient {
  readonly socket: Socket;
  readonly #reader = new PacketReader(64 * 1024 * 1024);
  readonly #responses: Response[] = [];
  #wake: (() => void) | undefined;
  #closed = false;
  /** What was agreed on. */
  agreed: Extract<Response, { type: 'negotiate' }> | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.#reader.push(chunk);
      for (let packet = this.#reader.next(); packet !== undefined; packet = this.#reader.next())
        this.#responses.push(decodeResponse(packet));
      this.#wake?.();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#closed = true;
      this.#wake?.();
    });
  }

  /** Connects to a port of loopback, or to the path of a unix socket. */
  static async open(where: number | string): Promise<MilterClient> {
    const socket = typeof where === 'number' ? connect(where, '127.0.0.1') : connect(where);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new MilterClient(socket);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Responses that came and were not taken. */
  get pending(): readonly Response[] {
    return this.#responses;
  }

  send(command: Command): void {
    this.socket.write(encodeCommand(command));
  }

  /** The filter's next response; rejects when it hangs up instead. */
  async next(): Promise<Response> {
    for (;;) {
      const response = this.#responses.shift();
      if (response !== undefined) return response;
      if (this.#closed) throw new Error('the filter closed the connection');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Resolves when the filter has hung up. */
  async hungUp(): Promise<void> {
    while (!this.#closed)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }

  async negotiate(
    offer: { version: number; actions: number; steps: number } = FULL_OFFER,
  ): Promise<Response> {
    this.send({ type: 'negotiate', ...offer });
    const response = await this.next();
    if (response.type === 'negotiate') this.agreed = response;
    return response;
  }

  /** Sends a command as an MTA would: not when it was to be left out, not waiting where no answer comes. */
  async command(command: Command): Promise<Response | undefined> {
    const steps = this.agreed?.steps ?? 0;
    if ((steps & (LEFT_OUT[command.type] ?? 0)) !== 0) return undefined;
    this.send(command);
    return (steps & (NO_REPLY[command.type] ?? 0)) === 0 ? this.next() : undefined;
  }

  macros(stage: MacroStage, macros: Readonly<Record<string, string>>): void {
    this.send({ type: 'macros', stage, macros: Object.entries(macros) });
  }

  connect(hostname = 'client.example', address = '192.0.2.1', port = 4711): Promise<Response | undefined> {
    const command: Connect = { type: 'connect', hostname, family: 'inet', address, port };
    return this.command(command);
  }

  helo(name = 'client.example'): Promise<Response | undefined> {
    return this.command({ type: 'helo', name });
  }

  mail(address: string, ...parameters: string[]): Promise<Response | undefined> {
    return this.command({ type: 'mail', argv: [`<${address}>`, ...parameters] });
  }

  rcpt(address: string, ...parameters: string[]): Promise<Response | undefined> {
    return this.command({ type: 'rcpt', argv: [`<${address}>`, ...parameters] });
  }

  header(name: string, value: string): Promise<Response | undefined> {
    return this.command({ type: 'header', name: Buffer.from(name), value: Buffer.from(value) });
  }

  /** Body in packets of the usual size; stops where the filter has had enough. */
  async body(content: string | Buffer): Promise<Response | undefined> {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    let last: Response | undefined;
    for (let at = 0; at < bytes.length; at += 65_535) {
      last = await this.command({ type: 'body', chunk: bytes.subarray(at, at + 65_535) });
      if (last !== undefined && last.type !== 'continue') return last;
    }
    return last;
  }

  /** Ends the message: the changes, and the decision last. Progress is left out. */
  async end(chunk: Buffer = Buffer.alloc(0)): Promise<Response[]> {
    this.send({ type: 'eom', chunk });
    const responses: Response[] = [];
    for (;;) {
      const response = await this.next();
      if (response.type === 'progress') continue;
      responses.push(response);
      if (DECISIONS.has(response.type)) return responses;
    }
  }

  /** A whole message from MAIL to the end; ends early at the first answer that is not `continue`. */
  async message(mail: SampleMail = {}): Promise<Response[]> {
    const recipients = mail.recipients ?? ['user@example.org'];
    const headers = mail.headers ?? [
      ['From', 'sender@example.com'],
      ['Subject', 'test'],
    ];
    const steps: Array<() => Promise<Response | undefined>> = [
      () => this.mail(mail.sender ?? 'sender@example.com'),
      ...recipients.map((address) => () => this.rcpt(address)),
      () => this.command({ type: 'data' }),
      ...headers.map(
        ([name, value]) =>
          () =>
            this.header(name, value),
      ),
      () => this.command({ type: 'eoh' }),
      () => this.body(mail.body ?? 'Hello\r\n'),
    ];
    for (const step of steps) {
      const response = await step();
      if (response !== undefined && response.type !== 'continue' && response.type !== 'skip')
        return [response];
    }
    return this.end();
  }

  close(): void {
    this.socket.destroy();
  }
}

const DECISIONS: ReadonlySet<Response['type']> = new Set([
  'continue',
  'accept',
  'reject',
  'tempfail',
  'discard',
  'reply',
  'shutdown',
  'connection-failure',
]);

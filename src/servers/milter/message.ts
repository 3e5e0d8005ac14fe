import type { BodyContent, EndOfMessage, Path, RecipientPath } from './handlers.ts';
import { MilterError } from './handlers.ts';
import type { ConnectionContext } from './contexts.ts';
import { ACTIONS, STEPS, dataLimit } from './wire/constants.ts';
import type { ActionName } from './wire/constants.ts';
import type { Response } from './wire/types.ts';

/** Where changes go while the end of a message is answered. */
export interface Output {
  send(response: Response): void;
  /** Resolves when the socket has room again, or is gone. */
  drained(): Promise<void>;
}

/** ftext of RFC 5322 §3.6.8, at most the 998 octets of a line (RFC 5322 §2.1.1). */
const FIELD_NAME = /^[\x21-\x39\x3b-\x7e]{1,998}$/;

/** The message under way: its envelope, and at its end the changes to it. */
export class MessageContext implements EndOfMessage {
  readonly connection: ConnectionContext;
  sender: Path | undefined;
  readonly recipients: RecipientPath[] = [];
  #output: Output | undefined;
  /** A body is being sent: Postfix wants it in one run, so what else is changed meanwhile waits. */
  #replacing = false;
  #waiting: Response[] = [];
  #body: Promise<void> = Promise.resolve();

  constructor(connection: ConnectionContext) {
    this.connection = connection;
  }

  macro(name: string): string | undefined {
    return this.connection.macro(name);
  }

  can(action: ActionName): boolean {
    return (this.connection.agreed.actions & ACTIONS[action]) !== 0;
  }

  addHeader(name: string, value: string): void {
    this.modify('ADDHDRS', { type: 'add-header', name, value: this.#spaced(value) });
  }

  insertHeader(position: number, name: string, value: string): void {
    this.modify('ADDHDRS', { type: 'insert-header', index: position, name, value: this.#spaced(value) });
  }

  changeHeader(name: string, index: number, value: string): void {
    this.modify('CHGHDRS', { type: 'change-header', name, index, value: this.#spaced(value) });
  }

  removeHeader(name: string, index: number): void {
    this.modify('CHGHDRS', { type: 'change-header', name, index, value: '' });
  }

  addRecipient(address: string, parameters?: string): void {
    const action = parameters === undefined ? 'ADDRCPT' : 'ADDRCPT_PAR';
    this.modify(action, { type: 'add-recipient', address: bracketed(address), parameters });
  }

  removeRecipient(address: string): void {
    this.modify('DELRCPT', { type: 'delete-recipient', address: bracketed(address) });
  }

  changeSender(address: string, parameters?: string): void {
    this.modify('CHGFROM', { type: 'change-sender', address: bracketed(address), parameters });
  }

  quarantine(reason: string): void {
    this.modify('QUARANTINE', { type: 'quarantine', reason });
  }

  progress(): void {
    const output = this.#open();
    // The chunks of a body are sign enough.
    if (!this.#replacing) output.send({ type: 'progress' });
  }

  replaceBody(content: BodyContent): Promise<void> {
    this.#require('CHGBODY');
    if (this.#replacing) throw new MilterError('the body is being replaced already');
    this.#replacing = true;
    const run = this.#sendBody(content, this.#open()).finally(() => {
      this.#replacing = false;
      for (const response of this.#waiting.splice(0)) this.#output?.send(response);
    });
    // A failure reaches the handler by `run` and the session by `settle`; neither may be an unhandled rejection.
    this.#body = run;
    run.catch(() => undefined);
    return run;
  }

  /**
   * Sends a change as it is given, without the niceties of the other methods.
   * @throws MilterError as they do
   */
  modify(action: ActionName, change: Response): void {
    this.#require(action);
    const output = this.#open();
    const sent = checked(change);
    if (this.#replacing) this.#waiting.push(sent);
    else output.send(sent);
  }

  /** The session is at the end of this message. */
  begin(output: Output): void {
    this.#output = output;
  }

  /** Waits for a body on its way; rejects with what went wrong with it. */
  settle(): Promise<void> {
    return this.#body;
  }

  /** From here on nothing can be changed. */
  end(): void {
    this.#output = undefined;
  }

  async #sendBody(content: BodyContent, output: Output): Promise<void> {
    const limit = dataLimit(this.connection.agreed.steps);
    let sent = false;
    const pieces = typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
    for await (const piece of pieces) {
      const bytes = typeof piece === 'string' ? Buffer.from(piece) : view(piece);
      for (let at = 0; at < bytes.length; at += limit) {
        if (this.connection.signal.aborted || this.#output === undefined)
          throw new MilterError('the end of the message is over');
        output.send({ type: 'replace-body', chunk: bytes.subarray(at, at + limit) });
        sent = true;
        await output.drained();
      }
    }
    // An empty body is one packet without data.
    if (!sent) output.send({ type: 'replace-body', chunk: Buffer.alloc(0) });
  }

  #open(): Output {
    if (this.#output === undefined) throw new MilterError('only at the end of the message');
    return this.#output;
  }

  #require(action: ActionName): void {
    this.#open();
    if (!this.can(action)) throw new MilterError(`${action} was not agreed on with the MTA`);
  }

  /** With HDR_LEADSPC the MTA puts nothing between the colon and the value. */
  #spaced(value: string): string {
    const leading = (this.connection.agreed.steps & STEPS.HDR_LEADSPC) !== 0;
    return leading && !/^[ \t]/.test(value) && value !== '' ? ` ${value}` : value;
  }
}

const view = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function bracketed(address: string): string {
  return address.startsWith('<') ? address : `<${address}>`;
}

/** Refuses what would break out of its place in the message or the envelope; CRLF folds become the LF of the protocol. */
function checked(change: Response): Response {
  switch (change.type) {
    case 'add-header':
    case 'insert-header':
    case 'change-header': {
      if (!FIELD_NAME.test(change.name))
        throw new MilterError(`${JSON.stringify(change.name)} is no header field name`);
      const index = change.type === 'add-header' ? 0 : change.index;
      if (!Number.isInteger(index) || index < 0 || index > 0x7fffffff)
        throw new MilterError(`${index} is no header index`);
      const value = change.value.replaceAll('\r\n', '\n');
      if (/[\0\r]|\n(?![ \t])/.test(value))
        throw new MilterError(`the value of ${change.name} holds a line break that is no fold`);
      return { ...change, value };
    }
    case 'add-recipient':
    case 'delete-recipient':
    case 'change-sender': {
      const parameters = change.type === 'delete-recipient' ? '' : (change.parameters ?? '');
      if (/[\0\r\n]/.test(change.address) || /[\0\r\n]/.test(parameters))
        throw new MilterError('an address with a line break or a NUL');
      return change;
    }
    case 'quarantine': {
      const reason = change.reason.replaceAll(/[\0-\x1f\x7f]+/g, ' ').trim();
      if (reason === '') throw new MilterError('a quarantine needs a reason');
      return { ...change, reason };
    }
    default:
      return change;
  }
}

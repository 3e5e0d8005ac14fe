/** What is used of the package, which brings no types. */
declare module '@xmpp/client' {
  export interface Element {
    readonly attrs: Readonly<Record<string, string | undefined>>;
    is(name: string): boolean;
    toString(): string;
  }
  export interface Client {
    /** Connects and logs in; rejects when that fails. */
    start(): Promise<unknown>;
    /** Closes the stream and the connection. */
    stop(): Promise<unknown>;
    write(text: string): Promise<void>;
    /** Whether TLS is used. */
    isSecure(): boolean;
    readonly reconnect: { stop(): void };
    on(event: 'error', listener: (error: Error) => void): this;
    on(event: 'disconnect' | 'offline', listener: () => void): this;
    on(event: 'stanza', listener: (stanza: Element) => void): this;
  }
  export type Authenticate = (
    credentials: { username: string; password: string },
    mechanism: string,
  ) => Promise<void>;
  export interface ClientOptions {
    service: string;
    domain: string;
    username: string;
    resource?: string;
    /** Milliseconds to wait for an answer of the server. */
    timeout?: number;
    credentials(
      authenticate: Authenticate,
      mechanisms: readonly string[],
      fast: unknown,
      entity: Client,
    ): Promise<void>;
  }
  export function client(options: ClientOptions): Client;
  export function xml(name: string, attrs?: Readonly<Record<string, string>>): Element;
}

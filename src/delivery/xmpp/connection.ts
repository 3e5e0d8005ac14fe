import { randomBytes } from 'node:crypto';
import { connect as connectTcp, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { escapeXml } from '../../message/xml.ts';
import { MIN_TLS_VERSION } from '../../net/tls.ts';
import { splitJid } from './jid.ts';
import { ScramLogin } from './scram.ts';
import type { XmppSettings } from './settings.ts';
import { childOf, STREAMS, XmlStream, type XmppElement } from './xml-stream.ts';

const TLS = 'urn:ietf:params:xml:ns:xmpp-tls';
const SASL = 'urn:ietf:params:xml:ns:xmpp-sasl';
const BIND = 'urn:ietf:params:xml:ns:xmpp-bind';
/** Elements that wait to be read while we log in; a server sends one at a time. */
const MAX_INBOX = 16;
/** Milliseconds the last words may take: a server that has stopped reading must not hold us up. */
const FAREWELL_MS = 1000;
const PORT = 5222;
/** TLS from the beginning (XEP-0368). */
const TLS_PORT = 5223;

export interface ConnectionOptions {
  settings: XmppSettings;
  /** Milliseconds to connect and log in. */
  timeout: number;
  /** What comes once we are online. */
  onElement(element: XmppElement): void;
  onClose(): void;
}

/** A client's connection to an XMPP server (RFC 6120): logged in when {@link open} resolves. */
export class XmppConnection {
  readonly #options: ConnectionOptions;
  readonly #domain: string;
  #socket: Socket;
  #stream: XmlStream | undefined;
  #secure: boolean;
  #online = false;
  #fault: Error | undefined;
  readonly #inbox: XmppElement[] = [];
  #waiting: { resolve(element: XmppElement): void; reject(error: Error): void } | undefined;

  private constructor(options: ConnectionOptions) {
    this.#options = options;
    const { domain } = splitJid(options.settings.jid);
    const place = placeOf(options.settings.service, domain);
    this.#domain = domain;
    this.#secure = place.tls;
    this.#socket = place.tls
      ? connectTls({
          ...place,
          servername: domain,
          minVersion: MIN_TLS_VERSION,
          ALPNProtocols: ['xmpp-client'],
        })
      : connectTcp(place);
    this.#attach();
  }

  /** Rejects when it takes too long, the server is not to be trusted, or does not let us in. */
  static async open(options: ConnectionOptions): Promise<XmppConnection> {
    const connection = new XmppConnection(options);
    const late = (): void => connection.#end(new Error('the XMPP server takes too long'));
    const timer = setTimeout(late, options.timeout);
    try {
      await connection.#logIn();
      connection.#online = true;
      return connection;
    } catch (error) {
      // A write that fails is told of before the reason, which the socket gives.
      await nextTurn();
      connection.#end(error instanceof Error ? error : new Error(String(error)));
      throw connection.#fault;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves when the system has taken it. */
  write(text: string): Promise<void> {
    if (this.#fault !== undefined) return Promise.reject(this.#fault);
    return new Promise((resolve, reject) => {
      this.#socket.write(text, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  /** Closes the stream (RFC 6120 §4.4); what is under way goes out first, unless the server does not take it. */
  async close(): Promise<void> {
    const end = (): void => this.#end(new Error('the connection is closed'));
    // Ending it ends the write, too.
    const timer = setTimeout(end, FAREWELL_MS);
    await this.write('</stream:stream>').catch(() => undefined);
    clearTimeout(timer);
    end();
  }

  #attach(): void {
    const socket = this.#socket;
    socket.on('data', (bytes: Uint8Array) => this.#stream?.write(bytes));
    socket.on('error', (error) => this.#end(error));
    socket.on('close', () => {
      if (socket === this.#socket) this.#end(new Error('the XMPP server has closed the connection'));
    });
  }

  #end(error: Error): void {
    if (this.#fault !== undefined) return;
    this.#fault = error;
    this.#stream?.stop();
    this.#socket.destroy();
    this.#waiting?.reject(error);
    this.#waiting = undefined;
    this.#options.onClose();
  }

  #take(element: XmppElement): void {
    if (element.name === 'error' && element.namespace === STREAMS)
      return this.#end(new Error(`the XMPP server says: ${element.children[0]?.name ?? 'error'}`));
    if (this.#online) return this.#options.onElement(element);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) waiting.resolve(element);
    else if (this.#inbox.length < MAX_INBOX) this.#inbox.push(element);
    else this.#end(new Error('the XMPP server sends more than it is asked for'));
  }

  #next(): Promise<XmppElement> {
    const element = this.#inbox.shift();
    if (element !== undefined) return Promise.resolve(element);
    if (this.#fault !== undefined) return Promise.reject(this.#fault);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  async #ask(text: string): Promise<XmppElement> {
    await this.write(text);
    return this.#next();
  }

  /** Begins a stream (RFC 6120 §4.3.2); gives the features the server offers in it. */
  async #begin(): Promise<XmppElement> {
    this.#stream?.stop();
    const stream = new XmlStream({
      element: (element) => this.#take(element),
      end: () => this.#end(new Error('the XMPP server has closed the stream')),
      fault: (text) => this.#end(new Error(text)),
    });
    this.#stream = stream;
    const features = await this.#ask(
      `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='${STREAMS}' to='${escapeXml(this.#domain)}' version='1.0'>`,
    );
    if (features.name === 'features' && features.namespace === STREAMS) return features;
    throw new Error('the XMPP server offers nothing');
  }

  async #logIn(): Promise<void> {
    let features = await this.#begin();
    if (!this.#secure && childOf(features, 'starttls', TLS) !== undefined) {
      await this.#startTls();
      features = await this.#begin();
    }
    if (!this.#secure && !this.#options.settings.allowPlain) throw new Error('the XMPP server offers no TLS');
    await this.#authenticate(features);
    features = await this.#begin();
    if (childOf(features, 'bind', BIND) === undefined) throw new Error('the XMPP server binds no resource');
    const { resource } = splitJid(this.#options.settings.jid);
    const wanted = resource === undefined ? '' : `<resource>${escapeXml(resource)}</resource>`;
    const bound = await this.#ask(`<iq type='set' id='bind'><bind xmlns='${BIND}'>${wanted}</bind></iq>`);
    if (bound.attributes.get('type') !== 'result') throw new Error('the XMPP server refuses the resource');
  }

  /** RFC 6120 §5.4. */
  async #startTls(): Promise<void> {
    const answer = await this.#ask(`<starttls xmlns='${TLS}'/>`);
    if (answer.name !== 'proceed' || answer.namespace !== TLS) throw new Error('the XMPP server refuses TLS');
    // What was said before the handshake could be anybody's word.
    if (this.#inbox.length > 0) throw new Error('the XMPP server goes on without TLS');
    this.#stream?.stop();
    const plain = this.#socket;
    plain.removeAllListeners('data');
    await new Promise<void>((resolve, reject) => {
      this.#waiting = { resolve: () => undefined, reject };
      const tls = connectTls({ socket: plain, servername: this.#domain, minVersion: MIN_TLS_VERSION }, () =>
        resolve(),
      );
      this.#socket = tls;
      this.#attach();
    });
    this.#waiting = undefined;
    this.#secure = true;
  }

  /** RFC 6120 §6.4. */
  async #authenticate(features: XmppElement): Promise<void> {
    const { password, jid } = this.#options.settings;
    const { username } = splitJid(jid);
    const offered = (childOf(features, 'mechanisms', SASL)?.children ?? []).map(({ text }) => text.trim());
    const hash = offered.includes('SCRAM-SHA-256')
      ? 'sha256'
      : offered.includes('SCRAM-SHA-1')
        ? 'sha1'
        : undefined;
    if (hash === undefined) {
      if (!offered.includes('PLAIN')) throw new Error('the XMPP server offers no way to log in that we know');
      const answer = await this.#ask(sasl('auth', `\0${username}\0${password}`, 'PLAIN'));
      if (answer.name !== 'success') throw refusal(answer);
      return;
    }
    const scram = new ScramLogin(hash, username, password, randomBytes(18).toString('base64'));
    let answer = await this.#ask(sasl('auth', scram.first(), `SCRAM-SHA-${hash === 'sha256' ? 256 : 1}`));
    if (answer.name !== 'challenge') throw refusal(answer);
    answer = await this.#ask(sasl('response', await scram.final(decoded(answer))));
    // The proof comes with the success, or before it.
    if (answer.name === 'challenge') {
      scram.verify(decoded(answer));
      answer = await this.#ask(sasl('response', ''));
      if (answer.name !== 'success') throw refusal(answer);
      return;
    }
    if (answer.name !== 'success') throw refusal(answer);
    scram.verify(decoded(answer));
  }
}

function sasl(name: string, data: string, mechanism?: string): string {
  const which = mechanism === undefined ? '' : ` mechanism='${mechanism}'`;
  return `<${name} xmlns='${SASL}'${which}>${Buffer.from(data, 'utf8').toString('base64')}</${name}>`;
}

const decoded = ({ text }: XmppElement): string => Buffer.from(text, 'base64').toString('utf8');

const refusal = ({ children }: XmppElement): Error =>
  new Error(`the XMPP server does not log us in: ${children[0]?.name ?? 'no reason given'}`);

/** Where the server is: that of the settings, or the domain itself. */
function placeOf(service: string, domain: string): { host: string; port: number; tls: boolean } {
  const [, scheme = 'xmpp', bracketed, plain, digits] =
    /^(xmpps?):\/\/(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(service) ?? [];
  const tls = scheme === 'xmpps';
  return { host: bracketed ?? plain ?? domain, port: Number(digits ?? (tls ? TLS_PORT : PORT)), tls };
}

import { SaxesParser } from 'saxes';

/** An element below the stream, with what is in it. */
export interface XmppElement {
  /** Name without a prefix, and its namespace. */
  readonly name: string;
  readonly namespace: string;
  /** Attributes without a prefix. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmppElement[];
  /** Directly in it. */
  readonly text: string;
}

interface Open extends XmppElement {
  children: Open[];
  text: string;
}

export interface XmlStreamEvents {
  /** An element directly below the root has ended. */
  element(element: XmppElement): void;
  /** The root has ended. */
  end(): void;
  /** It is no stream, or too much of one; nothing comes after that. */
  fault(text: string): void;
}

/** Octets of one element: RFC 6120 §13.12 asks for 10,000 at least; features and errors are a fraction of that. */
const MAX_ELEMENT = 256 * 1024;
const MAX_DEPTH = 32;
const MAX_CHILDREN = 1000;

/** Reads a stream of XML (RFC 6120 §4.2): a root that stays open, and elements below it. Never throws. */
export class XmlStream {
  readonly #events: XmlStreamEvents;
  readonly #parser = new SaxesParser({ xmlns: true });
  readonly #decoder = new TextDecoder();
  /** Elements that are open, without the root. */
  readonly #open: Open[] = [];
  #rooted = false;
  #size = 0;
  #ended = false;

  constructor(events: XmlStreamEvents) {
    this.#events = events;
    this.#parser.on('error', (error) => this.#fail(error.message));
    // RFC 6120 §11.1: neither a document type nor what it could declare.
    this.#parser.on('doctype', () => this.#fail('it has a document type'));
    this.#parser.on('opentag', ({ local, uri, attributes }) => {
      if (this.#ended) return;
      if (!this.#rooted) {
        this.#rooted = true;
        if (local !== 'stream' || uri !== STREAMS) this.#fail('it is no stream');
        return;
      }
      const plain = Object.values(attributes).filter(({ prefix }) => prefix === '');
      const element: Open = {
        name: local,
        namespace: uri,
        attributes: new Map(plain.map((attribute) => [attribute.local, attribute.value])),
        children: [],
        text: '',
      };
      const parent = this.#open.at(-1);
      if (this.#open.length >= MAX_DEPTH || (parent?.children.length ?? 0) >= MAX_CHILDREN)
        return this.#fail('an element has too much in it');
      parent?.children.push(element);
      this.#open.push(element);
    });
    const text = (data: string): void => {
      const inner = this.#open.at(-1);
      if (inner !== undefined && !this.#ended) inner.text += data;
    };
    this.#parser.on('text', text);
    this.#parser.on('cdata', text);
    this.#parser.on('closetag', () => {
      if (this.#ended) return;
      const element = this.#open.pop();
      if (element === undefined) {
        this.#ended = true;
        this.#events.end();
      } else if (this.#open.length === 0) {
        this.#size = 0;
        this.#events.element(element);
      }
    });
  }

  write(bytes: Uint8Array): void {
    if (this.#ended) return;
    this.#size += bytes.length;
    if (this.#size > MAX_ELEMENT) return this.#fail('an element is too large');
    try {
      this.#parser.write(this.#decoder.decode(bytes, { stream: true }));
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  /** What comes is not read any more. */
  stop(): void {
    this.#ended = true;
  }

  #fail(text: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#events.fault(`the XMPP server sends what cannot be read: ${text.slice(0, 200)}`);
  }
}

export const STREAMS = 'http://etherx.jabber.org/streams';

/** The child of that name and namespace. */
export function childOf(element: XmppElement, name: string, namespace: string): XmppElement | undefined {
  return element.children.find((child) => child.name === name && child.namespace === namespace);
}

import { createSocket, type Socket } from 'node:dgram';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { type Answer, decode, encode } from 'dns-packet';

/** A question as the server saw it. */
export interface AskedQuestion {
  /** As it was spelt. */
  name: string;
  type: string;
  id: number;
  over: 'udp' | 'tcp';
  /** The asker's port. */
  port: number;
  /** The announced UDP size; undefined without EDNS. */
  ednsSize: number | undefined;
  /** The AD bit of the query. */
  wantsAuthentic: boolean;
}

/** A reply, or how it goes wrong. All of it optional: the empty object is an empty NOERROR reply. */
export interface ServerReply {
  answers?: Answer[];
  authorities?: Answer[];
  additionals?: Answer[];
  /** Up to 4095; what is above 15 goes into an OPT record. */
  rcode?: number;
  authentic?: boolean;
  truncated?: boolean;
  /** Milliseconds. */
  delay?: number;
  /** Added to the ID. */
  idOffset?: number;
  /** How the question comes back; `none`: not at all. */
  echo?: 'exact' | 'lower' | 'none' | 'other';
  /** Sent from another port than the question went to. */
  fromElsewhere?: boolean;
  /** AA; default false. */
  authoritative?: boolean;
  /** Default true: RA. */
  recursive?: boolean;
  /** Where the message is cut, as `slice` counts. */
  cutAt?: number;
  /** Put in place of what follows the question. */
  tail?: Buffer;
  /** Sent instead of a message. */
  raw?: Buffer;
  /** How often it is sent. */
  times?: number;
}

/** What the server says; undefined: nothing at all. A list is sent in order. */
export type ServerAnswer = (question: AskedQuestion) => ServerReply | ServerReply[] | undefined;

const RECURSION_DESIRED = 0x0100;
const RECURSION_AVAILABLE = 0x0080;
const AUTHORITATIVE = 0x0400;
const TRUNCATED = 0x0200;
const AUTHENTIC = 0x0020;

/** A SOA record for the authority section of denials. */
export function soa(zone: string, ttl: number, minimum: number): Answer {
  const data = {
    mname: `ns.${zone}`,
    rname: `x.${zone}`,
    serial: 1,
    refresh: 1,
    retry: 1,
    expire: 1,
    minimum,
  };
  return { type: 'SOA', name: zone, ttl, data };
}

/** A name server on loopback over UDP and TCP, on one port, that answers as it is told. */
export class FakeNameServer {
  readonly asked: AskedQuestion[] = [];
  readonly host: string;
  readonly port: number;
  readonly #udp: Socket;
  readonly #tcp: Server | undefined;
  #closed = false;
  answer: ServerAnswer;

  private constructor(udp: Socket, tcp: Server | undefined, host: string, answer: ServerAnswer) {
    this.#udp = udp;
    this.#tcp = tcp;
    this.host = host;
    this.port = udp.address().port;
    this.answer = answer;
    udp.on('message', (bytes, from) => {
      this.#asked(bytes, 'udp', from.port, (reply, elsewhere) => {
        if (this.#closed) return;
        if (!elsewhere) return udp.send(reply, from.port, from.address);
        const other = createSocket('udp4');
        other.send(reply, from.port, from.address, () => other.close());
      });
    });
    tcp?.on('connection', (socket) => {
      socket.on('error', () => undefined);
      let held = Buffer.alloc(0);
      socket.on('data', (chunk) => {
        held = Buffer.concat([held, chunk]);
        if (held.length < 2 || held.length < 2 + held.readUInt16BE(0)) return;
        this.#asked(held.subarray(2), 'tcp', socket.remotePort ?? 0, (reply) => {
          const head = Buffer.alloc(2);
          head.writeUInt16BE(reply.length);
          // In two pieces, the first of them half a length.
          socket.write(head.subarray(0, 1), () => socket.write(Buffer.concat([head.subarray(1), reply])));
        });
      });
    });
  }

  /** Listens on `port`, or a free one, of `127.0.0.1` or another loopback address; `udpOnly`: TCP is refused. */
  static async start(
    answer: ServerAnswer,
    options: { host?: string; port?: number; udpOnly?: boolean } = {},
  ): Promise<FakeNameServer> {
    const host = options.host ?? '127.0.0.1';
    for (;;) {
      const tcp = createServer();
      await new Promise<void>((resolve) => {
        tcp.listen(options.port ?? 0, host, resolve);
      });
      const { port } = tcp.address() as AddressInfo;
      if (options.udpOnly === true) tcp.close();
      const udp = createSocket(host.includes(':') ? 'udp6' : 'udp4');
      const bound = await new Promise<boolean>((resolve) => {
        udp.once('error', () => resolve(false));
        udp.bind(port, host, () => resolve(true));
      });
      if (bound) return new FakeNameServer(udp, options.udpOnly === true ? undefined : tcp, host, answer);
      tcp.close();
    }
  }

  /** As settings write it. */
  get address(): string {
    return this.host.includes(':') ? `[${this.host}]:${this.port}` : `${this.host}:${this.port}`;
  }

  /** `TYPE name` of every question, in lower case. */
  get questions(): string[] {
    return this.asked.map(({ name, type }) => `${type} ${name.toLowerCase()}`);
  }

  close(): void {
    this.#closed = true;
    this.#udp.close();
    this.#tcp?.close();
  }

  #asked(
    bytes: Buffer,
    over: 'udp' | 'tcp',
    port: number,
    send: (reply: Buffer, elsewhere: boolean) => void,
  ): void {
    const packet = decode(bytes);
    const [question] = packet.questions ?? [];
    if (question === undefined) return;
    const opt = packet.additionals?.find(({ type }) => type === 'OPT') as
      | { udpPayloadSize?: number }
      | undefined;
    const asked: AskedQuestion = {
      name: question.name,
      type: question.type,
      id: packet.id ?? 0,
      over,
      port,
      ednsSize: opt?.udpPayloadSize,
      wantsAuthentic: ((packet.flags ?? 0) & AUTHENTIC) !== 0,
    };
    this.asked.push(asked);
    const replies = this.answer(asked) ?? [];
    for (const reply of Array.isArray(replies) ? replies : [replies]) {
      const message = replyBytes(asked, reply);
      const go = (): void => {
        for (let i = 0; i < (reply.times ?? 1); i++) send(message, reply.fromElsewhere ?? false);
      };
      if (reply.delay === undefined) go();
      else setTimeout(go, reply.delay);
    }
  }
}

/** The bytes of a reply, as the server sends them. */
export function replyBytes(asked: Pick<AskedQuestion, 'name' | 'type' | 'id'>, reply: ServerReply): Buffer {
  if (reply.raw !== undefined) return reply.raw;
  const rcode = reply.rcode ?? 0;
  const additionals = [...(reply.additionals ?? [])];
  if (rcode > 15) additionals.push({ type: 'OPT', name: '.', extendedRcode: rcode >> 4 } as Answer);
  const spelling = { exact: asked.name, lower: asked.name.toLowerCase(), none: '', other: 'other.example' };
  const name = spelling[reply.echo ?? 'exact'];
  const message = encode({
    type: 'response',
    id: (asked.id + (reply.idOffset ?? 0)) & 0xffff,
    flags:
      RECURSION_DESIRED |
      (reply.recursive === false ? 0 : RECURSION_AVAILABLE) |
      (rcode & 15) |
      (reply.authoritative === true ? AUTHORITATIVE : 0) |
      (reply.truncated === true ? TRUNCATED : 0) |
      (reply.authentic === true ? AUTHENTIC : 0),
    questions: name === '' ? [] : [{ type: asked.type as Answer['type'] & 'A', name }],
    answers: reply.answers ?? [],
    authorities: reply.authorities ?? [],
    additionals,
  });
  if (reply.tail === undefined) return message.subarray(0, reply.cutAt);
  return Buffer.concat([message.subarray(0, 12 + name.length + 2 + 4), reply.tail]);
}

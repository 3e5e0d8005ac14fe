import { Cursor, encodePacket, string, uint32 } from './bytes.ts';
import { ProtocolError } from './types.ts';
import type { Packet, PlainResponse, Response, SymbolList } from './types.ts';

/** Codes of the answers that carry nothing (SMFIR_*). */
const PLAIN: Readonly<Record<PlainResponse, string>> = {
  continue: 'c',
  accept: 'a',
  reject: 'r',
  tempfail: 't',
  discard: 'd',
  skip: 's',
  'connection-failure': 'f',
  shutdown: '4',
  progress: 'p',
};

const PLAIN_TYPES: ReadonlyMap<string, Response> = new Map(
  Object.entries(PLAIN).map(([type, code]) => [code, { type: type as PlainResponse }]),
);

/** Encoded once: they are most of what is sent. */
const PLAIN_PACKETS = new Map(Object.entries(PLAIN).map(([type, code]) => [type, encodePacket(code)]));

/**
 * The filter's side: a whole packet.
 * @throws ProtocolError for a string with a NUL inside
 */
export function encodeResponse(response: Response): Buffer {
  switch (response.type) {
    case 'negotiate':
      return encodePacket(
        'O',
        uint32(response.version),
        uint32(response.actions),
        uint32(response.steps),
        ...response.symbols.flatMap((list) => [uint32(list.stage), string(list.names.join(' '))]),
      );
    case 'reply':
      return encodePacket('y', string(response.text));
    case 'add-recipient':
      return response.parameters === undefined
        ? encodePacket('+', string(response.address))
        : encodePacket('2', string(response.address), string(response.parameters));
    case 'delete-recipient':
      return encodePacket('-', string(response.address));
    case 'change-sender':
      return response.parameters === undefined
        ? encodePacket('e', string(response.address))
        : encodePacket('e', string(response.address), string(response.parameters));
    case 'replace-body':
      return encodePacket('b', response.chunk);
    case 'add-header':
      return encodePacket('h', string(response.name), string(response.value));
    case 'insert-header':
      return encodePacket('i', uint32(response.index), string(response.name), string(response.value));
    case 'change-header':
      return encodePacket('m', uint32(response.index), string(response.name), string(response.value));
    case 'quarantine':
      return encodePacket('q', string(response.reason));
    default:
      return PLAIN_PACKETS.get(response.type) ?? encodePacket(PLAIN[response.type]);
  }
}

/** One decoder per code that carries something. */
const DECODERS: Readonly<Record<string, (cursor: Cursor) => Response>> = {
  O: (cursor) => {
    const version = cursor.uint32();
    const actions = cursor.uint32();
    const steps = cursor.uint32();
    const symbols: SymbolList[] = [];
    while (!cursor.done) {
      const stage = cursor.uint32();
      const names = cursor.text();
      symbols.push({ stage, names: names === '' ? [] : names.split(' ') });
    }
    return { type: 'negotiate', version, actions, steps, symbols };
  },
  y: (cursor) => ({ type: 'reply', text: cursor.text() }),
  '+': (cursor) => ({ type: 'add-recipient', address: cursor.text() }),
  // The parameters may be missing: libmilter leaves the string out when there are none.
  '2': (cursor) => ({
    type: 'add-recipient',
    address: cursor.text(),
    parameters: cursor.done ? '' : cursor.text(),
  }),
  '-': (cursor) => ({ type: 'delete-recipient', address: cursor.text() }),
  e: (cursor) => {
    const address = cursor.text();
    return cursor.done
      ? { type: 'change-sender', address }
      : { type: 'change-sender', address, parameters: cursor.text() };
  },
  b: (cursor) => ({ type: 'replace-body', chunk: cursor.rest() }),
  h: (cursor) => ({ type: 'add-header', name: cursor.text(), value: cursor.text() }),
  i: (cursor) => ({
    type: 'insert-header',
    index: cursor.uint32(),
    name: cursor.text(),
    value: cursor.text(),
  }),
  m: (cursor) => ({
    type: 'change-header',
    index: cursor.uint32(),
    name: cursor.text(),
    value: cursor.text(),
  }),
  q: (cursor) => ({ type: 'quarantine', reason: cursor.text() }),
};

/**
 * The MTA's side: what the filter says.
 * @throws ProtocolError when the packet is none of the protocol's responses or is malformed
 */
export function decodeResponse(packet: Packet): Response {
  const cursor = new Cursor(packet, `response ${JSON.stringify(packet.code)}`);
  const plain = PLAIN_TYPES.get(packet.code);
  const decode = Object.hasOwn(DECODERS, packet.code) ? DECODERS[packet.code] : undefined;
  const response = plain ?? decode?.(cursor);
  if (response === undefined) throw new ProtocolError(`unknown response ${JSON.stringify(packet.code)}`);
  cursor.end();
  return response;
}

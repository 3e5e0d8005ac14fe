import { Cursor, encodePacket, string, uint16, uint32 } from './bytes.ts';
import { ProtocolError } from './types.ts';
import type { Command, CommandType, Connect, Family, MacroStage, Packet } from './types.ts';

/** Code of each command (SMFIC_*). */
export const COMMAND_CODES: Readonly<Record<CommandType, string>> = {
  negotiate: 'O',
  macros: 'D',
  connect: 'C',
  helo: 'H',
  mail: 'M',
  rcpt: 'R',
  data: 'T',
  header: 'L',
  eoh: 'N',
  body: 'B',
  eom: 'E',
  abort: 'A',
  quit: 'Q',
  'quit-new-connection': 'K',
  unknown: 'U',
};

const MACRO_STAGES = 'CHMRTLNBEU';
const FAMILIES: Readonly<Record<string, Family>> = { U: 'unknown', L: 'unix', 4: 'inet', 6: 'inet6' };
const FAMILY_CODES: Readonly<Record<Family, string>> = { unknown: 'U', unix: 'L', inet: '4', inet6: '6' };

/** One decoder per code. */
const DECODERS: Readonly<Record<string, (packet: Packet) => Command>> = {
  O: (packet) => {
    const cursor = new Cursor(packet, 'negotiation');
    const version = cursor.uint32();
    const actions = cursor.uint32();
    // Later versions may append to the offer; what follows is not for us.
    return { type: 'negotiate', version, actions, steps: cursor.uint32() };
  },
  D: (packet) => {
    const cursor = new Cursor(packet, 'macros');
    const stage = cursor.character();
    if (!MACRO_STAGES.includes(stage)) cursor.fail('unknown stage');
    const macros: Array<[string, string]> = [];
    while (!cursor.done) macros.push([cursor.text(), cursor.text()]);
    return { type: 'macros', stage: stage as MacroStage, macros };
  },
  C: decodeConnect,
  H: (packet) => {
    const cursor = new Cursor(packet, 'helo');
    const name = cursor.text();
    cursor.end();
    return { type: 'helo', name };
  },
  M: (packet) => ({ type: 'mail', argv: argv(packet, 'mail') }),
  R: (packet) => ({ type: 'rcpt', argv: argv(packet, 'rcpt') }),
  T: () => ({ type: 'data' }),
  L: (packet) => {
    const cursor = new Cursor(packet, 'header');
    const name = cursor.bytes();
    const value = cursor.bytes();
    cursor.end();
    return { type: 'header', name, value };
  },
  N: () => ({ type: 'eoh' }),
  B: (packet) => ({ type: 'body', chunk: packet.data }),
  E: (packet) => ({ type: 'eom', chunk: packet.data }),
  A: () => ({ type: 'abort' }),
  Q: () => ({ type: 'quit' }),
  K: () => ({ type: 'quit-new-connection' }),
  U: (packet) => ({ type: 'unknown', command: new Cursor(packet, 'unknown command').bytes() }),
};

function argv(packet: Packet, what: string): string[] {
  const cursor = new Cursor(packet, what);
  const values = cursor.texts();
  if (values.length === 0) cursor.fail('no arguments');
  return values;
}

function decodeConnect(packet: Packet): Connect {
  const cursor = new Cursor(packet, 'connect');
  const hostname = cursor.text();
  const family = FAMILIES[cursor.character()] ?? cursor.fail('unknown address family');
  // Nothing follows family U; what some MTAs append all the same means nothing.
  if (family === 'unknown') return { type: 'connect', hostname, family };
  const port = cursor.uint16();
  let address = cursor.text();
  cursor.end();
  // Sendmail writes IPv6 addresses as in an address literal (RFC 5321 §4.1.3).
  if (family === 'inet6' && /^ipv6:/i.test(address)) address = address.slice(5);
  return { type: 'connect', hostname, family, port, address };
}

/**
 * What the MTA says.
 * @throws ProtocolError when the packet is none of the protocol's commands or is malformed
 */
export function decodeCommand(packet: Packet): Command {
  const decode = Object.hasOwn(DECODERS, packet.code) ? DECODERS[packet.code] : undefined;
  if (decode === undefined) throw new ProtocolError(`unknown command ${JSON.stringify(packet.code)}`);
  return decode(packet);
}

/**
 * The MTA's side: a whole packet.
 * @throws ProtocolError for a string with a NUL inside
 */
export function encodeCommand(command: Command): Buffer {
  return encodePacket(COMMAND_CODES[command.type], ...pieces(command));
}

function pieces(command: Command): Buffer[] {
  switch (command.type) {
    case 'negotiate':
      return [uint32(command.version), uint32(command.actions), uint32(command.steps)];
    case 'macros':
      return [
        Buffer.from(command.stage, 'latin1'),
        ...command.macros.flatMap(([name, value]) => [string(name), string(value)]),
      ];
    case 'connect': {
      const head = [string(command.hostname), Buffer.from(FAMILY_CODES[command.family], 'latin1')];
      if (command.family === 'unknown') return head;
      return [...head, uint16(command.port ?? 0), string(command.address ?? '')];
    }
    case 'helo':
      return [string(command.name)];
    case 'mail':
    case 'rcpt':
      return command.argv.map((argument) => string(argument));
    case 'header':
      return [string(command.name), string(command.value)];
    case 'body':
    case 'eom':
      return [command.chunk];
    case 'unknown':
      return [string(command.command)];
    case 'data':
    case 'eoh':
    case 'abort':
    case 'quit':
    case 'quit-new-connection':
      return [];
  }
}

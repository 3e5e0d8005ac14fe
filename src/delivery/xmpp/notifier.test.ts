/** Servers that do not behave; one that does is in test/delivery/xmpp.test.ts. */
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { silentLog } from '../../log.ts';
import { bareJid } from './jid.ts';
import { createXmppNotifier, type XmppNotifier } from './notifier.ts';
import { defaultXmppSettings } from './settings.ts';

let server: Server | undefined;
let notifier: XmppNotifier | undefined;
const sockets = new Set<Socket>();

afterEach(async () => {
  await notifier?.close();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await new Promise((resolve) => {
    if (server === undefined) resolve(undefined);
    else server.close(resolve);
  });
  server = undefined;
});

/** Says that to everything that comes, and keeps what came. */
async function serve(answer: (data: string, socket: Socket) => void): Promise<number> {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data) => answer(data.toString(), socket));
  });
  await new Promise<void>((resolve) => {
    server?.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

function sendTo(
  port: number,
  more: { allowPlain?: boolean; stanza?: string; timeout?: number } = {},
): Promise<void> {
  const { allowPlain = false, stanza = '<message/>', timeout = 300 } = more;
  const settings = { ...defaultXmppSettings, jid: 'robot@x.test', password: 'secret-1', allowPlain };
  notifier = createXmppNotifier({ ...settings, service: `xmpp://127.0.0.1:${port}` }, silentLog, timeout);
  return notifier.send({ kind: 'xmpp', to: 'a@x.test', stanza });
}

const STREAM =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' from='x.test' version='1.0'>";
const features = (inner: string): string => `${STREAM}<stream:features>${inner}</stream:features>`;
const PLAIN =
  "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>";

test('one that is silent, talks nonsense or is not there is an error in time', async () => {
  const silent = await serve(() => undefined);
  await expect(sendTo(silent)).rejects.toThrow();
  await notifier?.close();
  const nonsense = await serve((_, socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n<<<'));
  await expect(sendTo(nonsense)).rejects.toThrow();
  await notifier?.close();
  const closing = await serve((_, socket) => socket.end());
  await expect(sendTo(closing)).rejects.toThrow();
  await expect(sendTo(1)).rejects.toThrow('ECONNREFUSED');
});

test('the password is told to nobody without TLS, whatever is offered', async () => {
  let heard = '';
  const port = await serve((data, socket) => {
    heard += data;
    socket.write(features(PLAIN));
  });
  await expect(sendTo(port)).rejects.toThrow('offers no TLS');
  await notifier?.close();
  expect(heard).toContain('<stream:stream');
  expect(heard).not.toMatch(/auth|secret-1|c2VjcmV0/);
});

test('a STARTTLS that leads nowhere is an error', async () => {
  const port = await serve((data, socket) =>
    socket.write(
      data.includes('starttls')
        ? "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>not TLS"
        : features("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"),
    ),
  );
  await expect(sendTo(port, { allowPlain: true })).rejects.toThrow();
});

test('one that stops reading holds up neither the notification nor the end', async () => {
  let bound = false;
  const port = await serve((data, socket) => {
    if (bound) return;
    if (data.includes('<auth ')) socket.write("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    else if (data.includes("type='set'")) {
      socket.write("<iq type='result' id='bind'/>");
      bound = true;
      socket.pause();
    } else socket.write(features(`${PLAIN}<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>`));
  });
  // More than the buffers of both systems hold.
  const stanza = `<message>${'x'.repeat(32 * 1024 * 1024)}</message>`;
  await expect(sendTo(port, { allowPlain: true, stanza, timeout: 2000 })).rejects.toThrow('takes too long');
  await notifier?.close();
  expect(bound).toBe(true);
}, 15_000);

test('other notifications are not for it', async () => {
  notifier = createXmppNotifier({ ...defaultXmppSettings, jid: 'robot@x.test' }, silentLog);
  await expect(notifier.send({ kind: 'https', url: 'https://x', body: '' })).rejects.toThrow(
    'no way to send',
  );
});

test('bare addresses', () => {
  expect(['a@b', 'a@b/c', 'a@b/c/d@e', ''].map(bareJid)).toEqual(['a@b', 'a@b', 'a@b', '']);
});

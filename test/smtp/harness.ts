import { afterEach } from 'vitest';
import type { Endpoint } from '../../src/net/endpoint.ts';
import { createSmtpServer } from '../../src/servers/smtp/smtp-server.ts';
import type { SmtpServerOptions } from '../../src/servers/smtp/smtp-server.ts';
import type { MailServer } from '../../src/servers/smtp/server.ts';
import { defaultSmtpSettings } from '../../src/servers/smtp/settings.ts';
import type { SmtpSettings } from '../../src/servers/smtp/settings.ts';
import { memoryLog, MemoryDelivery, MemoryOutbound, testScanner, testTransactions } from './fakes.ts';
import { Wire } from './wire.ts';

/** A small message. */
export const MAIL = 'From: a@example.org\r\nSubject: hello\r\n\r\nbody\r\n';

const servers: MailServer[] = [];
/** Connections of this test, closed after it. */
export const wires: Wire[] = [];

/** Ends what a test has begun. */
export function cleanUp(): void {
  afterEach(async () => {
    for (const wire of wires.splice(0)) wire.destroy();
    for (const server of servers.splice(0)) await server.close(0);
  });
}

/** An SMTP server that delivers into memory. */
export async function start(settings: Partial<SmtpSettings> = {}, options: Partial<SmtpServerOptions> = {}) {
  const delivery = new MemoryDelivery();
  const outbound = new MemoryOutbound();
  const log = memoryLog();
  const server = createSmtpServer({
    settings: { ...defaultSmtpSettings, greetingDelay: 0, ...settings },
    hostname: 'tamis.example',
    transactions: testTransactions(log, testScanner()),
    log,
    local: { delivery, outbound },
    ...options,
  });
  servers.push(server);
  const endpoint = await server.listen({ host: '127.0.0.1', port: 0 });
  return { endpoint, delivery, outbound, log, server };
}

export async function client(endpoint: Endpoint): Promise<Wire> {
  const wire = await Wire.greeted(endpoint);
  wires.push(wire);
  return wire;
}

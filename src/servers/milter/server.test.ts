import { afterEach, describe, expect, it } from 'vitest';
import { MilterClient } from '../../../test/support/milter-client.ts';
import { createMilterServer } from './server.ts';
import type { MilterServer, MilterServerOptions } from './server.ts';

const running: MilterServer[] = [];
async function start(options: MilterServerOptions): Promise<MilterClient> {
  const server = createMilterServer(options);
  running.push(server);
  return MilterClient.open(await server.listen('127.0.0.1:0'));
}
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close(0)));
});

describe('MilterServer', () => {
  it('adds a header field', async () => {
    const client = await start({
      handlers: { endOfMessage: (message) => message.addHeader('X-Seen', 'yes') },
    });
    await client.negotiate();
    await client.connect();
    await client.helo();
    expect(await client.message()).toEqual([
      { type: 'add-header', name: 'X-Seen', value: 'yes' },
      { type: 'continue' },
    ]);
  });
});

import { connect, Server } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../log.ts';
import { endpointText } from '../../net/endpoint.ts';
import { HttpServer, type HttpSources } from './server.ts';

const running: HttpServer[] = [];

async function serve(sources: Partial<HttpSources>): Promise<string> {
  const server = new HttpServer(
    {
      metrics: () => Promise.resolve({ text: 'tamis_messages_total 1\n', type: 'text/plain; version=0.0.4' }),
      health: () => Promise.resolve({ state: 'ok' }),
      ...sources,
    },
    silentLog,
  );
  running.push(server);
  return `http://${endpointText(await server.listen({ host: '127.0.0.1', port: 0 }))}`;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close(1000)));
});

describe('HttpServer', () => {
  it('serves metrics', async () => {
    const answer = await fetch(`${await serve({})}/metrics`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4');
    expect(await answer.text()).toBe('tamis_messages_total 1\n');
  });

  it('says 200 when every part is well and 503 when one is not', async () => {
    const url = await serve({});
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok', parts: { state: 'ok' } });
    const failing = await serve({ health: () => Promise.resolve({ state: 'ok', pool: 'no worker' }) });
    const answer = await fetch(`${failing}/health`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({ status: 'failing', parts: { state: 'ok', pool: 'no worker' } });
  });

  it('answers 404 with what there is, 405 for other methods, 500 when a source fails', async () => {
    const url = await serve({ metrics: () => Promise.reject(new Error('broken')) });
    const missing = await fetch(`${url}/constructor`);
    expect(missing.status).toBe(404);
    expect(await missing.text()).toContain('/metrics and /health');
    expect((await fetch(`${url}/health`, { method: 'POST' })).status).toBe(405);
    const failed = await fetch(`${url}/metrics`);
    expect(failed.status).toBe(500);
    expect(await failed.text()).not.toContain('broken');
  });

  it('answers HEAD without a body', async () => {
    const answer = await fetch(`${await serve({})}/health`, { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('');
  });

  it('outlives a connection that cannot be taken', async () => {
    const listen = vi.spyOn(Server.prototype, 'listen');
    const url = await serve({});
    const listening = listen.mock.contexts[0] as Server;
    listen.mockRestore();
    listening.emit('error', new Error('accept ENOBUFS'));
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it('does not wait for requests that do not end when it closes', async () => {
    const server = new HttpServer(
      { metrics: () => Promise.reject(new Error()), health: () => Promise.resolve({}) },
      silentLog,
    );
    const place = await server.listen({ host: '127.0.0.1', port: 0 });
    const client = connect('port' in place ? place.port : 0, '127.0.0.1');
    client.on('error', () => undefined);
    client.write('GET /health HTTP/1.1\r\nHost: ');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const began = performance.now();
    await server.close(200);
    expect(performance.now() - began).toBeLessThan(15_000);
    client.destroy();
  });

  it('rejects when the address is taken', async () => {
    const url = await serve({});
    const second = new HttpServer(
      { metrics: () => Promise.reject(new Error()), health: () => Promise.resolve({}) },
      silentLog,
    );
    await expect(second.listen({ host: '127.0.0.1', port: Number(new URL(url).port) })).rejects.toThrow(
      'EADDRINUSE',
    );
  });
});

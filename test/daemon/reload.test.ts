import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { tamis, TamisServer } from '../support/tamis.ts';

const sample = join(import.meta.dirname, '../../corpus/samples/ham.eml');

const server = new TamisServer();
afterAll(() => server.dispose());

it('a delivery under way ends with the configuration it began with', async () => {
  const programs = join(server.folder, 'programs');
  const [begun, done] = [join(server.folder, 'begun'), join(server.folder, 'done')];
  mkdirSync(programs);
  chmodSync(programs, 0o755);
  writeFileSync(join(programs, 'slow'), `#!/bin/sh\ntouch ${begun}\nsleep 2\ncat > ${done}\n`, {
    mode: 0o755,
  });
  server.configure(`hostname: mx.tamis.test
policy: {domains: [tamis.test]}
sieve: {programs: {folder: ${programs}, pipe: [slow]}}
servers: {http: {listen: []}, smtp: {listen: ['127.0.0.1:0'], greeting_delay: 0ms}}
`);
  await tamis(['user', 'add', 'demo@tamis.test', '--config', server.configFile]);
  const scripts = join(server.data, 'sieve/demo@tamis.test');
  mkdirSync(scripts, { recursive: true });
  writeFileSync(join(scripts, 'active.sieve'), 'require "vnd.dovecot.pipe"; pipe "slow";');
  await server.start();
  const sent = tamis(['send', sample, '--server', server.address('smtp'), '--to', 'demo@tamis.test']);
  await vi.waitFor(() => expect(existsSync(begun)).toBe(true), 20_000);
  server.signal('SIGHUP');
  await server.waitFor(({ msg }) => msg === 'configuration reloaded');
  expect((await sent).stdout).toMatch(/^250 /);
  expect(existsSync(done)).toBe(true);
  expect(server.log.filter(({ level }) => ['warn', 'error'].includes(level)).map(({ msg }) => msg)).toEqual(
    [],
  );
});

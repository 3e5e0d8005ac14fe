import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { until } from '../support/mta.ts';
import { describePeers, program } from '../support/peers.ts';
import { TamisServer } from '../support/tamis.ts';

/** Receives datagrams at a unix socket and prints them (Node has no such sockets). */
const RECEIVER = `use Socket; $| = 1; socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die; bind($s, sockaddr_un($ARGV[0])) or die;
while (defined recv($s, my $text, 4096, 0)) { print "$text\\n"; }`;

describePeers(['systemd-notify', 'perl'], 'under systemd', () => {
  it('says when it is ready, and when it stops', async () => {
    const server = new TamisServer();
    const socket = join(server.folder, 'notify');
    const receiver = spawn(program('perl'), ['-e', RECEIVER, socket], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let told = '';
    receiver.stdout.on('data', (chunk: Buffer) => (told += chunk.toString('utf8')));
    try {
      await until(() => existsSync(socket) || undefined, 'the socket is there');
      server.configure("hostname: mx.tamis.test\nservers: {http: {listen: ['127.0.0.1:0']}}\n");
      server.environment = { NOTIFY_SOCKET: socket };
      await server.start();
      await until(() => told.includes('READY=1') || undefined, 'ready');
      expect(told).toContain(`STATUS=listening at ${server.address('http')}`);
      await server.stop();
      expect(told).toContain('STOPPING=1');
    } finally {
      receiver.kill();
      await server.dispose();
    }
  });
});

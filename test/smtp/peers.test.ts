import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { createSmtpServer } from '../../src/servers/smtp/smtp-server.ts';
import type { MailServer } from '../../src/servers/smtp/server.ts';
import { defaultSmtpSettings } from '../../src/servers/smtp/settings.ts';
import { until } from '../support/mta.ts';
import { describePeers, program } from '../support/peers.ts';
import { freePort } from '../support/port.ts';
import { memoryLog, MemoryDelivery, MemoryOutbound, testScanner, testTransactions } from './fakes.ts';
import { Wire } from './wire.ts';

const run = promisify(execFile);

let server: MailServer | undefined;
let sink: ChildProcess | undefined;

afterEach(async () => {
  sink?.kill();
  sink = undefined;
  await server?.close(0);
});

async function start(nextHop = '') {
  const delivery = new MemoryDelivery();
  const log = memoryLog();
  server = createSmtpServer({
    settings: {
      ...defaultSmtpSettings,
      connectionsPerAddress: 200,
      nextHop: { ...defaultSmtpSettings.nextHop, address: nextHop },
    },
    hostname: 'tamis.example',
    transactions: testTransactions(log, testScanner()),
    log,
    local: { delivery, outbound: new MemoryOutbound() },
  });
  const place = await server.listen({ host: '127.0.0.1', port: 0 });
  if (!('port' in place)) throw new Error('not on a port');
  return { delivery, log, port: place.port };
}

describePeers(['swaks'], 'swaks', () => {
  const swaks = async (port: number, ...options: string[]): Promise<string> => {
    const all = [
      '--server',
      `127.0.0.1:${port}`,
      '--from',
      'a@example.org',
      '--ehlo',
      'swaks.example',
      ...options,
    ];
    try {
      return (await run(program('swaks'), all)).stdout;
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  };

  it('sends to several recipients, one of them refused', async () => {
    const { port, delivery } = await start();
    const output = await swaks(
      port,
      '--to',
      'b@example.com,refused@example.com,c@example.com',
      '--header',
      'Subject: swaks',
    );
    expect(output).toMatch(/<\*\* 550 5\.1\.1 No such mailbox here/);
    expect(output).toMatch(/<- {2}250 2\.0\.0 Ok/);
    expect([...delivery.boxes.keys()]).toEqual(['b', 'c']);
    expect(delivery.boxes.get('b')?.[0]).toContain('Subject: swaks');
  });

  it('pipelines', async () => {
    const { port, delivery } = await start();
    const output = await swaks(port, '--to', 'b@example.com,c@example.com', '--pipeline');
    expect(output).toMatch(/<- {2}250 2\.1\.0 Ok[^]*<- {2}354 [^]*<- {2}250 2\.0\.0 Ok/);
    expect([...delivery.boxes.keys()]).toEqual(['b', 'c']);
  });

  it('is refused a message that the filter does not want, in one answer', async () => {
    const { port } = await start();
    const output = await swaks(port, '--to', 'b@example.com', '--header', 'X-Test-Action: reject');
    expect(output).toMatch(/<\*\* 550 5\.7\.1 Message refused as spam/);
  });
});

describePeers(['smtp-sink', 'smtp-source'], "Postfix's test programs", () => {
  const startSink = async (...options: string[]): Promise<number> => {
    const port = await freePort();
    sink = spawn(program('smtp-sink'), ['-u', 'nobody', ...options, `127.0.0.1:${port}`, '200'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await until(
      () =>
        new Promise<true | undefined>((resolve) => {
          const probe = connect(port, '127.0.0.1');
          probe.once('connect', () => {
            probe.destroy();
            resolve(true);
          });
          probe.once('error', () => resolve(undefined));
        }),
      'smtp-sink answers',
    );
    return port;
  };

  it('send 300 messages over 20 connections through us to the sink', async () => {
    const behind = await startSink();
    const { port, log } = await start(`127.0.0.1:${behind}`);
    const load = [
      '-s',
      '20',
      '-m',
      '300',
      '-l',
      '4000',
      '-r',
      '3',
      '-f',
      'a@example.org',
      '-t',
      'b@example.com',
    ];
    await run(program('smtp-source'), [...load, `127.0.0.1:${port}`]);
    const outcomes = log.lines.filter(({ text }) => text === 'finish').map(({ fields }) => fields['outcome']);
    expect(outcomes).toHaveLength(300);
    expect(new Set(outcomes)).toEqual(new Set(['forwarded']));
  });

  it.each([
    [['-r', '.'], /^450 4\.3\.0/],
    [['-f', '.'], /^500 5\.3\.0/],
    [['-q', '.'], /^451 4\.4\.1/],
  ])('say what the sink says to the message: %j', async (options, answer) => {
    const behind = await startSink(...options);
    const { port } = await start(`127.0.0.1:${behind}`);
    const wire = await Wire.greeted({ host: '127.0.0.1', port });
    await wire.command('EHLO c.example');
    await wire.envelope('a@example.org', 'b@example.com');
    expect(await wire.command('Subject: x\r\n\r\nbody\r\n.')).toMatch(answer);
    wire.destroy();
  });
});

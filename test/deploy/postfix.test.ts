import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../support/mta.ts';
import { describePostfix, Postfix } from '../support/postfix.ts';
import { freePort } from '../support/port.ts';
import { tamis, TamisServer } from '../support/tamis.ts';

const root = join(import.meta.dirname, '../..');
const snippet = (name: string): string => readFileSync(join(root, 'deploy/postfix', name), 'utf8');

/** A main.cf as Postfix reads it: comments out, continued lines joined. */
function mainCf(text: string): Record<string, string> {
  const lines: string[] = [];
  for (const line of text.split('\n'))
    if (/^\s+\S/.test(line)) lines.push(`${lines.pop() ?? ''} ${line.trim()}`);
    else if (line !== '' && !line.startsWith('#')) lines.push(line);
  return Object.fromEntries(
    lines.map((line) => {
      const equals = line.indexOf('=');
      return [line.slice(0, equals).trim(), line.slice(equals + 1).trim()];
    }),
  );
}

/** The services of a master.cf snippet, each with its `-o` settings. */
function masterCf(text: string): { line: string; options: string[] }[] {
  const services: { line: string; options: string[] }[] = [];
  for (const line of text.split('\n'))
    if (/^\s+-o /.test(line)) services.at(-1)?.options.push(line.trim().slice(3));
    else if (line !== '' && !line.startsWith('#')) services.push({ line, options: [] });
  return services;
}

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).toReversed()) await step();
});

async function startTamis(yaml: string): Promise<TamisServer> {
  const server = new TamisServer();
  cleanUp.push(() => server.dispose());
  server.configure(`hostname: mx.example.org\npolicy:\n  domains: [example.org]\n${yaml}`);
  await tamis(['user', 'add', 'demo@example.org', '--config', server.configFile]);
  await server.start();
  return server;
}

async function startPostfix(options: ConstructorParameters<typeof Postfix>[0]): Promise<Postfix> {
  const postfix = new Postfix(options);
  cleanUp.push(() => postfix.stop());
  await postfix.start();
  return postfix;
}

const send = (port: number, sample: string, to: string) =>
  tamis(['send', join(root, 'corpus/samples', sample), '--server', `127.0.0.1:${port}`, '--to', to]);

function mailbox(server: TamisServer, folder: string): string[] {
  const path = join(server.data, 'mail/demo@example.org/Maildir', folder, 'new');
  try {
    return readdirSync(path).map((name) => readFileSync(join(path, name), 'latin1'));
  } catch {
    return [];
  }
}

describePostfix('the snippets of deploy/postfix', () => {
  it('main.cf.milter and main.cf.lmtp: judged once, filed by Tamis', async () => {
    const server = await startTamis(
      "servers: { http: { listen: [] }, milter: { listen: ['127.0.0.1:0'] }, lmtp: { listen: ['127.0.0.1:0'], scan: false } }\n",
    );
    const postfix = await startPostfix({
      main: {
        ...mainCf(snippet('main.cf.milter').replaceAll('9900', String(server.port('milter')))),
        // The client of this test is a stranger.
        mynetworks: '192.0.2.0/24',
        smtpd_relay_restrictions: 'permit_mynetworks, reject_unauth_destination',
        ...mainCf(snippet('main.cf.lmtp').replaceAll('2424', String(server.port('lmtp')))),
      },
    });
    expect((await send(postfix.port, 'ham.eml', 'demo@example.org')).stdout).toMatch(/^250 /);
    expect((await send(postfix.port, 'spam.eml', 'demo@example.org')).stdout).toMatch(/^250 /);
    const [ham] = await until(
      () => (mailbox(server, '').length === 1 ? mailbox(server, '') : undefined),
      'ham is filed',
    );
    const [spam] = await until(
      () => (mailbox(server, '.Junk').length === 1 ? mailbox(server, '.Junk') : undefined),
      'spam is filed',
    );
    expect(ham?.match(/^X-Spam-Status: No/gm)).toHaveLength(1);
    expect(spam?.match(/^X-Spam-Flag: YES/gm)).toHaveLength(1);
    expect(ham).toMatch(/^Authentication-Results: mx\.example\.org;/m);
    // Asked at RCPT time: an address nobody has is refused while the client is there.
    const refused = await send(postfix.port, 'ham.eml', 'nobody@example.org');
    expect(refused.stderr).toMatch(/^[45]50 /);
  });

  it('master.cf.proxy: judged before the queue, on to the second smtpd in the same transaction', async () => {
    const second = await freePort();
    const [outer, inner] = masterCf(snippet('master.cf.proxy'));
    const server = await startTamis(
      `  check_addresses: { smtp: false }
servers:
  http: { listen: [] }
  smtp: { listen: ['127.0.0.1:0'], xforward: ['127.0.0.1'], next_hop: { address: '127.0.0.1:${second}' } }
`,
    );
    const smtpd = (outer?.options ?? []).map((option) =>
      option.replace('2525', String(server.port('smtp'))).split('=', 2),
    );
    const postfix = await startPostfix({
      smtpd: Object.fromEntries(smtpd) as Record<string, string>,
      services: [
        (inner?.line ?? '').replace('10026', String(second)).replace(/ y /, ' n '),
        ...(inner?.options ?? []).map((option) => `  -o ${option}`),
      ],
    });
    expect((await send(postfix.port, 'ham.eml', 'anna@example.com')).stdout).toMatch(/^250 .*queued as /);
    const [mail] = await postfix.settled();
    expect(mail?.recipient).toBe('anna@example.com');
    expect(mail?.raw.toString('latin1')).toMatch(/^X-Spam-Status: No/m);
    const finish = await server.waitFor((line) => line.msg === 'finish');
    expect(finish).toMatchObject({ outcome: 'forwarded' });
  });
});

describe('the systemd unit', () => {
  it('names commands that there are', async () => {
    const unit = readFileSync(join(root, 'deploy/systemd/tamis.service'), 'utf8');
    const commands = [...unit.matchAll(/^Exec\w+=\/opt\/tamis\/bin\/tamis (.+)$/gm)].map(
      (match) => match[1] ?? '',
    );
    expect(commands.map((command) => command.split(' ')[0])).toEqual(['config', 'serve']);
    for (const command of commands)
      expect(
        (
          await tamis([
            ...command.split(' ').filter((word) => !word.includes('/') && word !== '--config'),
            '--help',
          ])
        ).code,
      ).toBe(0);
  });
});

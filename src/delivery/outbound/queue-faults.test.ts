import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { program } from '../../../test/support/peers.ts';
import { mail, relayTo, SpoolRig, until } from '../../../test/delivery/spool-rig.ts';
import { disk } from '../../store/durable.ts';

const rig = new SpoolRig();

describe('damage', () => {
  test('what is damaged is set aside, the rest is sent', async () => {
    const before = await rig.queue();
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) ids.push(await before.enqueue(mail()));
    const path = (n: number, extension: string): string =>
      join(rig.folder, 'queue', `${ids[n]}.${extension}`);
    writeFileSync(path(0, 'json'), '{"version":1,');
    writeFileSync(path(1, 'json'), JSON.stringify({ ...rig.control(ids[1] ?? ''), recipients: 'all' }));
    rmSync(path(2, 'eml'));
    truncateSync(path(3, 'eml'), 5);
    copyFileSync(path(4, 'json'), join(rig.folder, 'queue', 'other.json'));
    writeFileSync(join(rig.folder, 'queue', 'orphan.eml'), 'x');
    utimesSync(join(rig.folder, 'queue', 'orphan.eml'), 1, 1);
    const server = await rig.sink();
    const after = await rig.queue({ settings: relayTo(server) });
    await after.start();
    await until(rig.empty);
    expect(server.mails.length).toBe(2);
    expect(rig.files('corrupt')).toEqual(
      [
        `${ids[0]}.eml`,
        `${ids[0]}.json`,
        `${ids[1]}.eml`,
        `${ids[1]}.json`,
        `${ids[2]}.json`,
        `${ids[3]}.eml`,
        `${ids[3]}.json`,
        'other.json',
      ].sort(),
    );
  });

  test('what is no file is set aside or left, and a lock in which something stands is a lock', async () => {
    const before = await rig.queue();
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push(await before.enqueue(mail()));
    const path = (n: number, extension: string): string =>
      join(rig.folder, 'queue', `${ids[n]}.${extension}`);
    const make = [
      (name: string) => mkdirSync(name),
      (name: string) => execFileSync(program('mkfifo'), [name]),
      (name: string) => symlinkSync('/dev/zero', name),
    ];
    for (const [n, one] of make.entries()) {
      rmSync(path(n, 'json'));
      one(path(n, 'json'));
    }
    rmSync(path(3, 'eml'));
    symlinkSync('/etc/passwd', path(3, 'eml'));
    symlinkSync('nowhere', join(rig.folder, 'queue', 'dangling.eml'));
    mkdirSync(join(rig.folder, 'queue', 'folder.eml'));
    utimesSync(join(rig.folder, 'queue', 'folder.eml'), 1, 1);
    writeFileSync(join(rig.folder, 'lock'), 'no database, but long enough to look like one. '.repeat(20));
    const server = await rig.sink();
    const after = await rig.queue({ settings: relayTo(server) });
    await after.start();
    await expect((await rig.queue()).start()).rejects.toThrow('is locked');
    await until(() => expect(server.mails.length).toBe(1));
    expect(rig.files('corrupt')).toEqual(
      ids
        .slice(0, 4)
        .flatMap((id) => [`${id}.eml`, `${id}.json`])
        .sort(),
    );
  });

  test('a mail that came while the clock was wrong is sent, and has its time', async () => {
    const before = await rig.queue({ now: () => Date.UTC(2200, 0) });
    const id = await before.enqueue(mail());
    const server = await rig.sink({ rcpt: () => '451 later' });
    const after = await rig.queue({ settings: { ...relayTo(server), lifetime: 1 } });
    await after.start();
    // Within its lifetime from now on, and given up when that is over.
    await until(() => expect(rig.files('queue').some((name) => name.startsWith(id))).toBe(false));
  });

  test.each(['write', 'rename', 'syncFolder'] as const)(
    'a mail that cannot be spooled (%s) is no mail',
    async (step) => {
      let failing = false;
      const original = disk[step] as (...args: unknown[]) => Promise<never>;
      const queue = await rig.queue({
        disk: {
          [step]: (...args: unknown[]) =>
            failing ? Promise.reject(new Error('injected')) : original(...args),
        },
      });
      failing = true;
      await expect(queue.enqueue(mail())).rejects.toThrow('injected');
      rig.empty();
      expect(queue.status().mails).toBe(0);
    },
  );

  test('sent, but not recorded: not sent twice by this process', async () => {
    let failing = false;
    const server = await rig.sink({
      data: () => {
        failing = true;
        return undefined;
      },
    });
    let failures = 0;
    const queue = await rig.queue({
      settings: relayTo(server),
      disk: {
        remove: (path) =>
          failing && path.includes('/queue/') && failures++ < 2
            ? Promise.reject(new Error('injected'))
            : disk.remove(path),
      },
    });
    await queue.start();
    await queue.enqueue(mail());
    await until(rig.empty);
    expect(failures).toBeGreaterThan(1);
    expect(server.mails.length).toBe(1);
  });

  test('a disk too full for the bounce: neither mail nor bounce is lost', async () => {
    let full = false;
    const server = await rig.sink({ rcpt: (address) => (address.startsWith('bob') ? '550 no' : undefined) });
    const queue = await rig.queue({
      settings: relayTo(server),
      disk: {
        write: (path, pieces) => (full ? Promise.reject(new Error('full')) : disk.write(path, pieces)),
      },
    });
    await queue.enqueue(mail());
    full = true;
    await queue.start();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(rig.files('queue').length).toBe(2);
    full = false;
    await until(rig.empty);
    expect(server.mails.map(({ sender }) => sender)).toEqual(['']);
  });
});

describe('odd servers', () => {
  /** Speaks just enough SMTP to fall silent, or away, at one place. */
  const oddServer = (
    script: (line: string, answer: (text: string) => void, close: () => void) => void,
  ): Promise<Server & { port: number }> =>
    new Promise((resolve) => {
      const server = createServer((socket) => {
        let rest = '';
        socket.on('error', () => undefined);
        script(
          '',
          (text) => socket.write(`${text}\r\n`),
          () => socket.destroy(),
        );
        socket.on('data', (chunk) => {
          const lines = (rest + chunk.toString()).split('\r\n');
          rest = lines.pop() ?? '';
          for (const line of lines)
            script(
              line,
              (text) => socket.write(`${text}\r\n`),
              () => socket.destroy(),
            );
        });
      });
      server.listen(0, '127.0.0.1', () =>
        resolve(Object.assign(server, { port: (server.address() as { port: number }).port })),
      );
    });

  test.each([
    [
      'a greeting of 554',
      'waiting',
      (line: string, answer: (text: string) => void) => answer(line === '' ? '554 not you' : '221 bye'),
    ],
    [
      'silence instead of the last answer',
      'waiting',
      (line: string, answer: (text: string) => void, close: () => void) => {
        if (line === '.') close();
        else if (line === '' || /^(EHLO|MAIL|RCPT)/.test(line)) answer(line === '' ? '220 hi' : '250 ok');
        else if (line === 'DATA') answer('354 go');
      },
    ],
    [
      'a refusal of MAIL for good',
      'failed',
      (line: string, answer: (text: string) => void) => {
        if (line === '') answer('220 hi');
        else answer(line.startsWith('EHLO') ? '250 ok' : '552 5.3.4 too large\r\n');
      },
    ],
  ] as const)('%s: %s', async (_, state, script) => {
    let blank = false;
    const server = await oddServer((line, answer, close) => {
      // Only the greeting comes for the first empty line, those of the message are the script's own business.
      if (line === '' && blank) return;
      blank = true;
      script(line, answer, close);
      if (line === '.') blank = false;
    });
    const queue = await rig.queue({ settings: { ...relayTo(server), firstRetry: 60, maxRetry: 60 } });
    const id = await queue.enqueue(mail({ sender: '' }));
    await queue.start();
    if (state === 'waiting')
      await until(() => expect(rig.control(id)).toMatchObject({ attempts: 1, recipients: [{ state }] }));
    else await until(() => expect(rig.files('dead').length).toBe(2));
    server.close();
  });
});

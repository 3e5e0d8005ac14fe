import { describe, expect, it } from 'vitest';
import { cleanUp, client, MAIL, start, wires } from './harness.ts';
import { Wire } from './wire.ts';

cleanUp();

describe('limits', () => {
  it('closes after too many errors, and clears them after a message', async () => {
    const { endpoint } = await start({ errors: 3 });
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    for (let i = 0; i < 2; i++) expect(await wire.command('FOO')).toMatch(/^500 5\.5\.2/);
    await wire.envelope('a@example.org', 'b@example.com');
    expect(await wire.command(`${MAIL}.`)).toMatch(/^250/);
    for (let i = 0; i < 3; i++) expect(await wire.command('FOO')).toMatch(/^500/);
    expect(await wire.command('NOOP')).toMatch(/^421 4\.7\.0/);
    expect(await wire.reply()).toBe('closed');
  });

  it('closes after too many commands without a message', async () => {
    const { endpoint } = await start({ commands: 10 });
    const wire = await client(endpoint);
    wire.write('NOOP\r\n'.repeat(50));
    const answers: string[] = [];
    for (let answer = await wire.reply(); answer !== 'closed'; answer = await wire.reply())
      answers.push(answer);
    expect(answers).toHaveLength(11);
    expect(answers.at(-1)).toMatch(/^421 4\.7\.0/);
  });

  it('takes no more recipients than it may, and keeps those it has', async () => {
    const { endpoint, delivery } = await start({ recipients: 2 });
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    const answers = await wire.envelope('a@example.org', 'b@example.com', 'c@example.com', 'd@example.com');
    expect(answers[3]).toMatch(/^452 4\.5\.3/);
    expect(await wire.command(`${MAIL}.`)).toMatch(/^250/);
    expect([...delivery.boxes.keys()]).toEqual(['b', 'c']);
  });

  it('delivers once to a recipient named twice', async () => {
    const { endpoint, delivery } = await start();
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    await wire.envelope('a@example.org', 'b@example.com', 'b@example.com');
    expect(await wire.command(`${MAIL}.`)).toMatch(/^250/);
    expect(delivery.boxes.get('b')).toHaveLength(1);
  });

  it('refuses a message over the size, whatever SIZE said, and goes on', async () => {
    const { endpoint, delivery } = await start({ messageBytes: 1000 });
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    await wire.envelope('a@example.org', 'b@example.com');
    expect(await wire.command(`${MAIL}${'x'.repeat(2000)}\r\n.`)).toMatch(/^552 5\.3\.4/);
    expect(delivery.requests).toHaveLength(0);
    await wire.envelope('a@example.org', 'b@example.com');
    expect(await wire.command(`${MAIL}.`)).toMatch(/^250/);
  });

  it('refuses a command line over its limit and closes', async () => {
    const { endpoint } = await start({ commandLine: 600 });
    const wire = await client(endpoint);
    expect(await wire.command(`EHLO ${'x'.repeat(700)}`)).toMatch(/^500 5\.5\.2/);
    expect(await wire.reply()).toBe('closed');
  });

  it('holds connections to their number, in all and from one address', async () => {
    const { endpoint } = await start({ connectionsPerAddress: 2 });
    await client(endpoint);
    await client(endpoint);
    const third = new Wire(endpoint);
    wires.push(third);
    expect(await third.reply()).toMatch(/^421 4\.7\.0/);
    expect(await third.reply()).toBe('closed');
    wires[0]?.destroy();
    // Its place is free when the server has seen that it is gone.
    await expect
      .poll(() =>
        client(endpoint).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
  });

  it('turns away who talks before the greeting', async () => {
    const { endpoint } = await start({ greetingDelay: 200 });
    const wire = new Wire(endpoint);
    wires.push(wire);
    wire.write('EHLO early.example\r\n');
    expect(await wire.reply()).toMatch(/^421/);
    expect(await wire.reply()).toBe('closed');
  });

  it('closes an idle connection, but not one that waits for our answer', async () => {
    const { endpoint, delivery } = await start({ idleTimeout: 1 });
    delivery.delay = 2500;
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    await wire.envelope('a@example.org', 'b@example.com');
    expect(await wire.command(`${MAIL}.`)).toMatch(/^250/);
    expect(await wire.reply()).toMatch(/^421 4\.4\.2/);
  });

  it('gives up on a message that does not end', async () => {
    const { endpoint, delivery, log } = await start({ messageTimeout: 1 });
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    await wire.envelope('a@example.org', 'b@example.com');
    const drip = setInterval(() => wire.write('x\r\n'), 100);
    expect(await wire.reply()).toMatch(/^421 4\.4\.2/);
    clearInterval(drip);
    expect(delivery.requests).toHaveLength(0);
    await expect
      .poll(() => log.lines.findLast(({ text }) => text === 'finish')?.fields['outcome'])
      .toBe('aborted');
  });
});

describe('closing', () => {
  it('lets the message under way finish and sends the others away', async () => {
    const { endpoint, delivery, server } = await start();
    delivery.delay = 300;
    const idle = await client(endpoint);
    await idle.command('EHLO idle.example');
    const busy = await client(endpoint);
    await busy.command('EHLO busy.example');
    await busy.command('MAIL FROM:<a@example.org>');
    const closed = server.close(5000);
    expect(await idle.reply()).toMatch(/^421 4\.3\.2/);
    expect(await busy.command('RCPT TO:<b@example.com>')).toMatch(/^250/);
    expect(await busy.command('DATA')).toMatch(/^354/);
    expect(await busy.command(`${MAIL}.`)).toMatch(/^250/);
    expect(await busy.reply()).toMatch(/^421 4\.3\.2/);
    await closed;
    expect(delivery.boxes.get('b')).toEqual([MAIL]);
    await expect(Wire.greeted(endpoint)).rejects.toThrow(/closed/);
  });

  it('cuts off at the deadline what does not end', async () => {
    const { endpoint, server } = await start();
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    await wire.envelope('a@example.org', 'b@example.com');
    const begun = Date.now();
    await server.close(300);
    expect(Date.now() - begun).toBeLessThan(15_000);
    expect(await wire.reply()).toBe('closed');
  });
});

describe('a client that goes away', () => {
  it('in the middle of its message leaves nothing behind', async () => {
    const { endpoint, delivery, log, server } = await start();
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    await wire.envelope('a@example.org', 'b@example.com');
    wire.write(`${MAIL}half a`);
    wire.destroy();
    await expect
      .poll(() => log.lines.filter(({ text }) => text === 'finish').map((l) => l.fields['outcome']))
      .toEqual(['aborted']);
    expect(delivery.requests).toHaveLength(0);
    expect(server.connections).toBe(0);
  });

  it('does not have its last, unfinished line carried out', async () => {
    const { endpoint, log, server } = await start();
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    wire.write('MAIL FROM:<a@example.org>');
    wire.end();
    await expect.poll(() => server.connections).toBe(0);
    expect(log.lines.filter(({ text }) => text === 'mail')).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import { describeCommand, SELECTED, string } from '../../../../test/support/imap-command.ts';
import { ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: ['CANCELUPDATE ', string('x')], states: SELECTED, status: 'NO', leftOver: [' )'] });

const rig = new ImapRig();
const mail = (day: number) => `Subject: s${day}\nDate: ${day} Feb 2026 10:00:00 +0000\n\nfox\n`;

async function start() {
  await rig.start();
  await rig.deliver([mail(1), mail(3)]);
  return rig.selected();
}

const live = (untagged: readonly string[]) => untagged.filter((line) => line.startsWith('ESEARCH'));

describe('CONTEXT=SEARCH', () => {
  test('tells what comes into the results and what leaves them', async () => {
    const client = await start();
    const tag = client.tag();
    client.send(`${tag} UID SEARCH RETURN (UPDATE COUNT) UNSEEN BODY fox\r\n`);
    expect((await client.reply(tag)).untagged).toEqual([`ESEARCH (TAG "${tag}") UID COUNT 2`]);
    const on = `ESEARCH (TAG "${tag}") UID`;
    expect(live((await client.ok('STORE 1 +FLAGS (\\Seen)')).untagged)).toEqual([`${on} REMOVEFROM (0 1)`]);
    expect(live((await client.ok('STORE 1 -FLAGS (\\Seen)')).untagged)).toEqual([`${on} ADDTO (0 1)`]);
    await rig.deliver([mail(2), 'Subject: dog\n\ndog\n']);
    expect((await client.ok('NOOP')).untagged.filter((line) => /ESEARCH|EXISTS/.test(line))).toEqual([
      '4 EXISTS',
      `${on} ADDTO (0 3)`,
    ]);
    await client.ok('UID STORE 2,4 +FLAGS (\\Deleted)');
    const { untagged } = await client.ok('EXPUNGE');
    expect(untagged.filter((line) => /ESEARCH|EXPUNGE/.test(line))).toEqual([
      `${on} REMOVEFROM (0 2)`,
      '4 EXPUNGE',
      '2 EXPUNGE',
    ]);
    await client.ok(`CANCELUPDATE "${tag}"`);
    expect(live((await client.ok('STORE 1 +FLAGS (\\Seen)')).untagged)).toEqual([]);
  });

  test('keeps the order of SORT', async () => {
    const client = await start();
    const tag = client.tag();
    client.send(`${tag} SORT RETURN (UPDATE ALL) (REVERSE DATE) UTF-8 UNDELETED\r\n`);
    expect((await client.reply(tag)).untagged).toEqual([`ESEARCH (TAG "${tag}") ALL 2,1`]);
    await rig.deliver([mail(2)]);
    expect(live((await client.ok('NOOP')).untagged)).toEqual([`ESEARCH (TAG "${tag}") ADDTO (2 3)`]);
    expect(live((await client.ok('STORE 2:3 +FLAGS.SILENT (\\Deleted)')).untagged)).toEqual([
      `ESEARCH (TAG "${tag}") REMOVEFROM (2 3 1 2)`,
    ]);
    expect(live((await client.ok('EXPUNGE')).untagged)).toEqual([]);
  });

  test('ends with the mailbox, and when there are too many', async () => {
    const client = await start();
    for (let count = 0; count < 16; count++) await client.ok('SEARCH RETURN (UPDATE COUNT) SEEN');
    const { untagged } = await client.ok('SEARCH RETURN (UPDATE COUNT) SEEN');
    expect(untagged[0]).toMatch(/^NO \[NOUPDATE "T19"\] /);
    expect(untagged[1]).toBe('ESEARCH (TAG "T19") COUNT 0');
    await client.ok('SELECT INBOX');
    expect(live((await client.ok('STORE 1 +FLAGS (\\Seen)')).untagged)).toEqual([]);
  });
});

describe('CANCELUPDATE', () => {
  test('refuses searches that are not there', async () => {
    const client = await start();
    expect((await client.command('CANCELUPDATE "x"')).status).toBe('NO');
    expect((await client.command('CANCELUPDATE {1}', 'x')).status).toBe('NO');
  });

  test.each(['CANCELUPDATE', 'CANCELUPDATE ', 'CANCELUPDATE "a" )'])('refuses %s', async (command) => {
    const client = await start();
    expect((await client.command(command)).status).toBe('BAD');
  });

  test('is for an open mailbox', async () => {
    await rig.start();
    expect((await (await rig.loggedIn()).command('CANCELUPDATE "x"')).status).toBe('BAD');
  });
});

import { describe, expect, test } from 'vitest';
import { describeCommand, SELECTED, text } from '../../../../test/support/imap-command.ts';
import { ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: ['THREAD REFERENCES UTF-8 SUBJECT ', text('x')], states: SELECTED });
describeCommand({ form: 'UID THREAD REFERENCES UTF-8 ALL', states: SELECTED });

const rig = new ImapRig();

const mail = (day: number, id: string, references: string, subject: string) =>
  `Message-ID: <${id}@x>\n${references === '' ? '' : `References: ${references}\n`}Subject: ${subject}\n` +
  `Date: ${day} Feb 2026 10:00:00 +0000\n\ntext ${id}\n`;

const MAIL = [
  mail(1, 'a', '', 'one'),
  mail(2, 'b', '<a@x>', 'Re: one'),
  mail(4, 'c', '<a@x> <b@x>', 'other'),
  mail(3, 'd', '', 'Re: one'),
  mail(5, 'e', '<gone@x>', 'lost'),
];

async function start() {
  await rig.start();
  await rig.deliver(MAIL);
  return rig.selected();
}

describe('THREAD', () => {
  test.each([
    ['REFERENCES', '(1 (2 3)(4))(5)'],
    ['REFS', '(4)(1 2 3)(5)'],
    ['ORDEREDSUBJECT', '(1 (2)(4))(3)(5)'],
  ])('by %s', async (algorithm, threads) => {
    const client = await start();
    if (algorithm === 'REFS') {
      // The day of arrival counts there, and all of them came in one second.
      const { untagged } = await client.ok('THREAD REFS UTF-8 ALL');
      expect(untagged[0]).toContain('(1 2 3)');
      expect(untagged[0]?.match(/\d/g)).toHaveLength(5);
      return;
    }
    expect((await client.ok(`THREAD ${algorithm} UTF-8 ALL`)).untagged).toEqual([`THREAD ${threads}`]);
  });

  test('with UIDs, of those a search finds', async () => {
    const client = await start();
    await client.ok('STORE 1 +FLAGS (\\Deleted)');
    await client.ok('EXPUNGE');
    expect((await client.ok('UID THREAD REFERENCES US-ASCII NOT BODY "text d"')).untagged).toEqual([
      'THREAD (2 3)(5)',
    ]);
    expect((await client.ok('THREAD REFERENCES US-ASCII NOT BODY "text d"')).untagged).toEqual([
      'THREAD (1 2)(4)',
    ]);
  });

  test('of nothing', async () => {
    const client = await start();
    expect((await client.ok('THREAD REFERENCES UTF-8 BODY {4}', 'none')).untagged).toEqual(['THREAD']);
  });

  test.each(['THREAD', 'THREAD NONE UTF-8 ALL', 'THREAD REFERENCES', 'THREAD REFERENCES UTF-8'])(
    'refuses %s',
    async (command) => {
      const client = await start();
      expect((await client.command(command)).status).toBe('BAD');
    },
  );

  test('needs UIDs under UIDONLY, and an open mailbox', async () => {
    const client = await start();
    await client.ok('ENABLE UIDONLY');
    expect((await client.command('THREAD REFERENCES UTF-8 ALL')).code).toBe('UIDREQUIRED');
    expect((await (await rig.loggedIn()).command('THREAD REFERENCES UTF-8 ALL')).status).toBe('BAD');
  });
});

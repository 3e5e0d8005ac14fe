import { expect, test } from 'vitest';
import { Pop3Rig } from '../../../../test/support/pop3-rig.ts';

const rig = new Pop3Rig();
const ONE = 'Subject: one\n\nfirst\n';
const TWO = 'Subject: two\n\n.\n..dots\nsecond\n';

test('all, one, none', async () => {
  const client = await rig.with(ONE, TWO, ONE);
  await client.ok('DELE 2');
  expect(await client.lines('LIST')).toEqual(['1 23', '3 23']);
  expect(await client.command('LIST 3')).toBe('+OK 3 23');
  expect(await client.command('LIST 2')).toBe('-ERR Message 2 is deleted');
  for (const number of ['0', '4', '99999999999', '-1', '1x'])
    expect(await client.command(`LIST ${number}`)).toMatch(/^-ERR/);
});

test('an empty maildrop', async () => {
  const client = await rig.with();
  expect(await client.lines('LIST')).toEqual([]);
});

test('a size is that of what RETR sends', async () => {
  const client = await rig.with(ONE, TWO);
  for (const line of await client.lines('LIST')) {
    const [number, size] = line.split(' ');
    expect((await client.octets(`RETR ${number}`)).length).toBe(Number(size));
  }
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ImapRig } from '../../../test/support/imap-rig.ts';
import type { ImapEvents } from '../../delivery/imap-events/types.ts';
import { selfSignedCertificate } from '../../net/tls.ts';

const rig = new ImapRig();

test('what is announced stands in the documentation, and the other way round', async () => {
  const events: ImapEvents = {
    url: 'sieve://mail.example.org',
    wants: async () => false,
    run: async () => undefined,
    forget: () => undefined,
  };
  const tls = await selfSignedCertificate('mail.example.org', new Date());
  await rig.start({ server: { tls, events } });
  const client = await rig.client();
  const named = (line: string): string[] => line.replace(/.*CAPABILITY ([^\]]*).*/, '$1').split(' ');
  const before = named(client.greeting).filter((name) => !name.startsWith('AUTH='));
  const after = named((await rig.loggedIn()).greeting);
  const loggedIn = await rig.loggedIn();
  const announced = named((await loggedIn.ok('CAPABILITY')).untagged[0] ?? '');
  expect(new Set(announced).size).toBe(announced.length);
  expect(after).toContain('STARTTLS');
  const documented = readFileSync(new URL('../../../docs/imap.md', import.meta.url), 'utf8')
    .split('\n')
    .map((line) => /^\| ([A-Z][^ |]*) \| (?:\d{4}|draft) \|/.exec(line)?.[1])
    .filter((name) => name !== undefined);
  const plain = [...before, ...announced].map((name) =>
    name.replace(/^(APPENDLIMIT|MESSAGELIMIT)=\d+$/, '$1').replace(/^(IMAPSIEVE)=sieve:.+/, '$1'),
  );
  expect([...new Set(plain)].toSorted()).toEqual(documented.toSorted());
});

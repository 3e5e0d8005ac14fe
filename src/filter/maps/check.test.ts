import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { parseMessage } from '../../message/parse.ts';
import type { CheckContext } from '../types.ts';
import { createMapsCheck } from './check.ts';
import { readEntries } from './entries.ts';
import {
  defaultMapsSettings,
  MAP_KINDS,
  type MapKind,
  MAP_LIMITS,
  type MapSettings,
  type MapSubject,
} from './settings.ts';

const message = `From: "The Bank" <Info@Mail.Bank.example>
Reply-To: answers@elsewhere.example
X-Mailer: Blaster 3
X-Mailer: Other
Subject: =?utf-8?Q?W=C3=BCnsche?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

Please look at http://www.shop.example/win?a=1 and http://198.51.100.9/
--b
Content-Type: application/octet-stream
Content-Disposition: attachment; filename="Invoice.scr"
Content-Transfer-Encoding: base64

SGVsbG8=
--b--
`;

const context: CheckContext = {
  message: parseMessage(Buffer.from(message.replaceAll('\n', '\r\n'))),
  envelope: {
    client: { address: '::ffff:192.0.2.7', helo: 'Mx.Sender.Example', name: 'host.isp.example' },
    sender: 'bounce@lists.sender.example',
    recipients: [{ address: 'one@our.example' }, { address: 'Two@our.example' }],
  },
  authentication: {
    spf: { result: 'none', domain: '', identity: 'mailfrom' },
    dkim: [
      { result: 'pass', domain: 'signed.example', selector: 's', aligned: true },
      { result: 'fail', domain: 'forged.example', selector: 's', aligned: true },
    ],
    dmarc: { result: 'none', domain: '', policy: undefined },
    arc: { result: 'none', instances: 0 },
    iprev: 'none',
    field: '',
  },
  now: 0,
};

async function look(kind: MapKind, of: MapSettings['of'], entry: string, header?: string, given = context) {
  const list: MapSettings = { kind, of, score: 3, ...(header === undefined ? {} : { header }) };
  const check = createMapsCheck({ ...defaultMapsSettings, lists: { MINE: list } });
  const { entries, faults } = readEntries(kind, [entry]);
  expect(faults).toEqual([]);
  check.replace({ generation: 1, entries: { MINE: entries } });
  const hits = await check.run(given);
  return hits[0]?.detail;
}

const sha256 = createHash('sha256').update('Hello').digest('hex');

test.each<[MapKind, MapSettings['of'][number], string, string | undefined, string?]>([
  ['network', 'client', '192.0.2.0/28', '192.0.2.7'],
  ['network', 'client', '192.0.2.8', undefined],
  ['network', 'links', '198.51.100.0/24', '198.51.100.9'],
  ['domain', 'helo', 'sender.example', 'Mx.Sender.Example'],
  ['exact', 'helo', 'mx.sender.example', 'Mx.Sender.Example'],
  ['regex', 'reverse_name', String.raw`^host\.`, 'host.isp.example'],
  ['address', 'sender', 'bounce@lists.sender.example', 'bounce@lists.sender.example'],
  ['domain', 'sender', 'sender.example', 'bounce@lists.sender.example'],
  ['address', 'from', 'info@mail.bank.example', 'Info@Mail.Bank.example'],
  ['domain', 'from', 'bank.example', 'Info@Mail.Bank.example'],
  ['regex', 'from', '^"?the bank', '"The Bank" <Info@Mail.Bank.example>'],
  ['address', 'reply_to', 'answers@elsewhere.example', 'answers@elsewhere.example'],
  ['address', 'recipient', 'two@our.example', 'Two@our.example'],
  ['domain', 'dkim', 'signed.example', 'signed.example'],
  ['domain', 'dkim', 'forged.example', undefined],
  ['domain', 'links', 'shop.example', 'www.shop.example'],
  ['regex', 'links', String.raw`/win\?`, 'http://www.shop.example/win?a=1'],
  ['exact', 'header', 'other', 'Other', 'x-mailer'],
  ['regex', 'header', '^wünsche$', 'Wünsche', 'Subject'],
  ['regex', 'text', 'please look', 'text'],
  ['regex', 'file_name', String.raw`\.scr$`, 'Invoice.scr'],
  ['hash', 'file_hash', sha256, sha256],
  [
    'hash',
    'file_hash',
    createHash('md5').update('Hello').digest('hex'),
    createHash('md5').update('Hello').digest('hex'),
  ],
  ['hash', 'file_hash', createHash('sha1').update('hello').digest('hex'), undefined],
])('%s of %s: %s gives %s', async (kind, subject, entry, expected, header) => {
  expect(MAP_KINDS[kind]).toContain(subject);
  expect(await look(kind, [subject], entry, header)).toBe(expected);
});

test('every subject of every kind can be looked at, also where the message has none', async () => {
  const samples: Record<MapKind, string> = {
    address: 'a@b.example',
    domain: 'b.example',
    network: '203.0.113.1',
    hash: 'a'.repeat(40),
    exact: 'nothing',
    regex: 'no such thing',
  };
  const empty: CheckContext = {
    ...context,
    message: parseMessage(Buffer.from('')),
    envelope: { client: {}, sender: '', recipients: [] },
    authentication: { ...context.authentication, dkim: [] },
  };
  for (const [kind, subjects] of Object.entries(MAP_KINDS) as [MapKind, readonly MapSubject[]][])
    for (const given of [context, empty])
      expect(await look(kind, [...subjects], samples[kind], 'x-none', given)).toBeUndefined();
});

test('a list gives its symbol once; lists without entries cost nothing', async () => {
  const lists: Record<string, MapSettings> = {
    BOTH: { kind: 'domain', of: ['sender', 'helo'], score: 1 },
    EMPTY: { kind: 'domain', of: ['sender'], score: 1 },
  };
  const check = createMapsCheck({ ...defaultMapsSettings, lists });
  expect(check.run(context)).toEqual([]);
  check.replace({
    generation: 1,
    entries: { BOTH: ['sender.example'], EMPTY: [], GONE: ['sender.example'] },
  });
  expect(await check.run(context)).toEqual([{ symbol: 'BOTH', detail: 'bounce@lists.sender.example' }]);
});

test('expressions see so much of a message and no more', async () => {
  const text = `${'x'.repeat(MAP_LIMITS.characters)}needle`;
  const long = { ...context, message: parseMessage(Buffer.from(`From: a@b.example\r\n\r\n${text}\r\n`)) };
  expect(await look('regex', ['text'], 'needle', undefined, long)).toBeUndefined();
  expect(await look('regex', ['text'], '^x+$', undefined, long)).toBe('text');
});

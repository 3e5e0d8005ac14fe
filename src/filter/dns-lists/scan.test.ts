import { expect, test } from 'vitest';
import { defaultAuthenticationSettings } from '../../authentication/settings.ts';
import { silentLog } from '../../log.ts';
import { defaultMessageLimits } from '../../message/limits.ts';
import { defaultDnsSettings } from '../../net/settings.ts';
import { defaultFilterSettings } from '../settings.ts';
import { createLocalScanner } from '../worker-scanner.ts';

const lists = {
  bl: {
    zone: 'bl.test',
    ask: ['client' as const, 'links' as const],
    answers: {
      '127.0.0.2': { symbol: 'RCVD_IN_BL', score: 4 },
      '127.0.0.3': { symbol: 'URIBL_BL', score: 5 },
    },
  },
};
const request = {
  id: 'm1',
  raw: Buffer.from('From: anna@example.org\r\nSubject: x\r\n\r\nhttp://www.shop.example/\r\n'),
  envelope: {
    client: { address: '198.51.100.7', helo: 'mx.example.org' },
    sender: 'anna@example.org',
    recipients: [],
  },
};

async function scan(queries: number) {
  const scanner = createLocalScanner(
    {
      filter: {
        ...defaultFilterSettings,
        dnsLists: { ...defaultFilterSettings.dnsLists, lists },
        forcedActions: { RCVD_IN_BL: { action: 'reject', text: 'Listed' } },
        scores: { URIBL_BL: 1.5 },
      },
      authentication: defaultAuthenticationSettings,
      dns: {
        ...defaultDnsSettings,
        queries,
        zone: { '7.100.51.198.bl.test': { A: ['127.0.0.2'] }, 'shop.example.bl.test': { A: ['127.0.0.3'] } },
      },
      message: defaultMessageLimits,
    },
    silentLog,
  );
  try {
    return await scanner.scan(request);
  } finally {
    await scanner.close();
  }
}

test('symbols of lists count like all others: scores and actions of the settings', async () => {
  const { hits, action, text } = await scan(100);
  expect({ action, text }).toEqual({ action: 'reject', text: 'Listed' });
  expect(hits.filter(({ symbol }) => symbol.endsWith('_BL'))).toEqual([
    { symbol: 'RCVD_IN_BL', score: 4, detail: '198.51.100.7 (bl)' },
    { symbol: 'URIBL_BL', score: 1.5, detail: 'www.shop.example (bl)' },
  ]);
});

test('lists and authentication have one budget', async () => {
  const { hits } = await scan(1);
  expect(hits).toContainEqual({ symbol: 'DNSBL_FAIL', score: 0, detail: 'bl' });
});

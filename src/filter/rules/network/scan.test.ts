/** Rules that ask, and the question for the sender's MX, in a whole scanner with its one budget. */
import { expect, test } from 'vitest';
import { defaultAuthenticationSettings } from '../../../authentication/settings.ts';
import { silentLog } from '../../../log.ts';
import { defaultMessageLimits } from '../../../message/limits.ts';
import { defaultDnsSettings } from '../../../net/settings.ts';
import { defaultFilterSettings } from '../../settings.ts';
import { createLocalScanner } from '../../worker-scanner.ts';
import { parseRules } from '../language/parse.ts';
import { prepareRules } from '../prepare.ts';

const RULES = `header IN_LIST eval:check_rbl('x-lastexternal', 'bl.test.')
tflags IN_LIST net
score IN_LIST 0 2 0 2
askdns ASKED _SENDERDOMAIN_.dom.test A 127.0.0.2
tflags ASKED net
score ASKED 0 3 0 3
`;

async function symbols(network: boolean, queries = 100): Promise<string[]> {
  const scanner = createLocalScanner(
    {
      filter: {
        ...defaultFilterSettings,
        rules: { ...defaultFilterSettings.rules, network },
        senderDns: { ...defaultFilterSettings.senderDns, enabled: network },
      },
      authentication: defaultAuthenticationSettings,
      dns: {
        ...defaultDnsSettings,
        queries,
        zone: { '7.100.51.198.bl.test': { A: ['127.0.0.2'] }, 'out.test.dom.test': { A: ['127.0.0.2'] } },
      },
      message: defaultMessageLimits,
      rules: prepareRules(parseRules([{ name: 'a.cf', text: RULES }])),
    },
    silentLog,
  );
  try {
    const { hits } = await scanner.scan({
      id: 'm1',
      raw: Buffer.from('From: anna@out.test\r\nSubject: x\r\n\r\nx\r\n'),
      envelope: {
        client: { address: '198.51.100.7', helo: 'mx.out.test' },
        sender: 'anna@out.test',
        recipients: [],
      },
    });
    return hits.map(({ symbol }) => symbol).filter((symbol) => /^(?:IN_LIST|ASKED|.*_MX.*)$/.test(symbol));
  } finally {
    await scanner.close();
  }
}

test('with network they ask, without they do not', async () => {
  expect((await symbols(true)).toSorted()).toEqual(['ASKED', 'IN_LIST', 'SENDER_NO_MX']);
  expect(await symbols(false)).toEqual([]);
});

test('they share the budget of authentication', async () => {
  expect(await symbols(true, 0)).toEqual(['SENDER_MX_FAIL']);
});

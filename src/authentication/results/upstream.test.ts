import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuTime } from '../../../test/support/cpu.ts';
import { silentLog } from '../../log.ts';
import { parseMessage } from '../../message/parse.ts';
import { createZoneResolver } from '../../net/zone-resolver.ts';
import { createAuthenticator } from '../authenticator.ts';
import { defaultAuthenticationSettings } from '../settings.ts';
import { createResultEdits } from './edits.ts';
import { parseResults } from './parse.ts';

describe('parseResults', () => {
  it('reads what programs write', () => {
    const value =
      ' mx.example.org (a comment; with "signs") 1;\r\n\tspf=pass (ok) smtp.mailfrom="a b"@example.com;' +
      ' DKIM/1 = Fail reason="bad \\"sum\\"" header.d=example.com header.b=AbC/d=+; x; dmarc=pass' +
      ' header . from=example.com policy.dmarc = none; none';
    expect(parseResults(value)).toEqual({
      authservId: 'mx.example.org',
      methods: [
        { method: 'spf', result: 'pass', properties: new Map([['smtp.mailfrom', 'a b@example.com']]) },
        {
          method: 'dkim',
          result: 'fail',
          properties: new Map([
            ['reason', 'bad "sum"'],
            ['header.d', 'example.com'],
            ['header.b', 'AbC/d=+'],
          ]),
        },
        {
          method: 'dmarc',
          result: 'pass',
          properties: new Map([
            ['header.from', 'example.com'],
            ['policy.dmarc', 'none'],
          ]),
        },
      ],
    });
  });

  it.each([
    '',
    ';',
    'spf=pass',
    'a b c; spf=pass',
    '(never closed; spf=pass',
    'x "never closed',
    'x'.repeat(20_000),
  ])('refuses %j', (value) => {
    expect(parseResults(value)).toBeUndefined();
  });

  it('takes anything, in time that grows with its length', () => {
    const piece = fc.constantFrom(
      'a',
      '=',
      ';',
      '"',
      '\\',
      '(',
      ')',
      ' ',
      '.',
      '/',
      '\r\n ',
      '\0',
      'é',
      '__proto__',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        for (const { method, properties } of parseResults(pieces.join(''))?.methods ?? []) {
          expect(typeof method).toBe('string');
          expect(properties.size).toBeLessThanOrEqual(20);
        }
      }),
      { numRuns: 400 },
    );
    const used = cpuTime(() => {
      for (const part of ['(', '"', '=', ';a=b', ' ', 'a=b ', '\\"'])
        parseResults(`x;${part.repeat(16_000 / part.length)}`);
    });
    expect(used).toBeLessThan(300);
  });
});

const settings = {
  ...defaultAuthenticationSettings,
  authservId: 'inner.example',
  relayNetworks: ['10.0.0.0/8'],
  trustedAuthservIds: ['Edge.example'],
};
const resolver = createZoneResolver({
  'example.com': { TXT: ['v=spf1 -all'] },
  '_dmarc.example.com': { TXT: ['v=DMARC1; p=reject'] },
});
const authenticator = createAuthenticator({
  resolver,
  budget: { queries: 100, time: 5_000 },
  settings,
  log: silentLog,
});
const edge =
  'edge.example; iprev=pass policy.iprev=192.0.2.9; spf=pass smtp.mailfrom=a@example.com; spf=none smtp.helo=h.example; dmarc=pass header.from=example.com';

function verify(fields: string[], address = '10.1.2.3', sender = 'a@example.com') {
  const header = fields.map((value) => `Authentication-Results: ${value}\r\n`).join('');
  const message = parseMessage(Buffer.from(`${header}From: a@example.com\r\n\r\nhi`));
  const envelope = { client: { address, helo: 'relay.example' }, sender, recipients: [] };
  return authenticator.verify(message, envelope).then((results) => ({
    ...results,
    removed: createResultEdits(settings)(message, envelope, results),
  }));
}

describe('results of a relay of ours', () => {
  it('are taken over', async () => {
    const results = await verify([edge, 'other.example; spf=fail smtp.mailfrom=x.example']);
    expect(results).toMatchObject({
      upstream: 'edge.example',
      spf: { result: 'pass', domain: 'example.com', identity: 'mailfrom' },
      spfHelo: { result: 'none', domain: 'h.example', identity: 'helo' },
      iprev: 'pass',
      dmarc: { result: 'pass', spfAligned: true, policyDomain: 'example.com' },
      removed: [],
    });
    expect(results.field).toContain('\tiprev=pass;\n\tspf=pass smtp.mailfrom=example.com;');
  });

  it('count where ours say otherwise', async () => {
    const passed = await verify([
      'edge.example; spf=fail smtp.mailfrom=example.com; dmarc=pass header.from=example.com',
    ]);
    expect(passed.dmarc).toMatchObject({
      result: 'pass',
      reason: 'as the relay reported',
      disposition: 'none',
    });
    const failed = await verify([
      'edge.example; spf=pass smtp.mailfrom=example.com; dmarc=fail header.from=example.com',
    ]);
    expect(failed.dmarc).toMatchObject({ result: 'fail', policy: 'reject' });
  });

  it('are those of the topmost field and its neighbours of the same name', async () => {
    const split = await verify([
      'edge.example; dmarc=none',
      'edge.example; spf=softfail smtp.mailfrom=example.com',
    ]);
    expect(split.spf.result).toBe('softfail');
    const apart = await verify([
      'edge.example; dmarc=none',
      'x.example; none',
      'edge.example; spf=pass smtp.mailfrom=b.example',
    ]);
    expect(apart.spf.result).toBe('none');
  });

  it('of the HELO name count for DMARC only where there is no sender', async () => {
    const fields = ['edge.example; spf=pass smtp.helo=example.com'];
    const named = await verify(fields);
    expect(named).toMatchObject({
      spf: { result: 'none' },
      spfHelo: { result: 'pass' },
      dmarc: { result: 'none' },
    });
    const bounce = await verify(fields, '10.1.2.3', '');
    expect(bounce).toMatchObject({ spf: { result: 'pass', identity: 'helo' }, dmarc: { result: 'pass' } });
    expect(bounce.spfHelo).toBeUndefined();
  });

  it('leave DMARC of another author to us, which without SPF cannot fail', async () => {
    const results = await verify(['edge.example; dmarc=pass header.from=other.example']);
    expect(results).toMatchObject({ spf: { result: 'none' }, iprev: 'none' });
    expect(results.dmarc.result).toBe('fail');
    expect((await verify([])).dmarc).toMatchObject({ result: 'none', policy: undefined });
  });

  it('are forged when they come from anybody else', async () => {
    const results = await verify(['x.example; none', edge, 'inner.example; spf=pass'], '192.0.2.1');
    expect(results.upstream).toBeUndefined();
    expect(results.spf.result).toBe('fail');
    expect(results.removed).toEqual([
      { kind: 'remove', name: 'Authentication-Results', index: 2 },
      { kind: 'remove', name: 'Authentication-Results', index: 3 },
    ]);
    const own = await verify([edge, 'inner.example; spf=pass']);
    expect(own.removed).toEqual([{ kind: 'remove', name: 'Authentication-Results', index: 2 }]);
  });
});

describe('hostile fields', () => {
  it('never throw, and let nothing out of ours', async () => {
    const faults: unknown[] = [];
    const watched = createAuthenticator({
      resolver,
      budget: { queries: 100, time: 5_000 },
      settings: {
        ...settings,
        bimi: { enabled: true },
        arc: { trustedSealers: ['example.com'] },
        dmarc: {
          ...settings.dmarc,
          apply: 'reject',
          mailingLists: ['example.com'],
          organizationalDomain: 'psl',
        },
      },
      log: { ...silentLog, error: (fields) => faults.push(fields) },
    });
    const piece = fc.constantFrom(
      'edge.example',
      ';',
      ' spf=pass',
      ' smtp.mailfrom=',
      'a@example.com',
      ' dmarc=pass',
      ' header.from=example.com',
      ' iprev=fail',
      '"',
      '\\',
      '(',
      ')',
      '\r\n ',
      '\0',
      'é',
      '<',
      '>',
      'v=BIMI1; s=a',
      'i=1; ',
    );
    const name = fc.constantFrom(
      'Authentication-Results',
      'ARC-Authentication-Results',
      'ARC-Seal',
      'List-Id',
      'BIMI-Selector',
      'BIMI-Location',
    );
    const field = fc.tuple(name, fc.array(piece, { maxLength: 10 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(field, { maxLength: 5 }),
        fc.constantFrom('10.1.2.3', '192.0.2.1'),
        async (fields, address) => {
          const header = fields.map(([key, pieces]) => `${key}: ${pieces.join('')}\r\n`).join('');
          const message = parseMessage(Buffer.from(`${header}From: a@example.com\r\n\r\nhi`, 'latin1'));
          const envelope = {
            client: { address, helo: 'h.example' },
            sender: 'a@example.com',
            recipients: [],
          };
          const results = await watched.verify(message, envelope);
          expect(results.field).toMatch(/^[\x20-\x7e]+(\n\t[\x20-\x7e]+)+$/);
          if (address === '192.0.2.1') expect(results.upstream).toBeUndefined();
        },
      ),
      { numRuns: 300 },
    );
    expect(faults).toEqual([]);
  });
});

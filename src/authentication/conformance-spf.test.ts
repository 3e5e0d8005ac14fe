import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { describeShared } from '../../test/support/shared.ts';
import type { Zone, ZoneFailure, ZoneValue } from '../net/zone-resolver.ts';
import { createZoneResolver } from '../net/zone-resolver.ts';
import { defaultAuthenticationSettings } from './settings.ts';
import { checkSpf } from './spf.ts';

const settings = defaultAuthenticationSettings;

function documents<T>(path: string): T[] {
  return parseAllDocuments(readFileSync(path, 'utf8'))
    .map((document) => (document as { toJS(): unknown }).toJS() as T)
    .filter((document) => document !== null);
}

interface SpfSuite {
  description: string;
  tests: Record<
    string,
    { host: string; helo?: string; mailfrom?: string; result: string | string[]; explanation?: string }
  >;
  zonedata: Record<string, (string | Record<string, string | string[] | [number, string]>)[]>;
}

const TYPES = ['A', 'AAAA', 'MX', 'TXT', 'PTR', 'CNAME', 'NS', 'SOA'] as const;

/** The suite's way to write a zone: an SPF record stands for TXT, TXT NONE for no TXT, TIMEOUT for the other types. */
function spfZone(zonedata: SpfSuite['zonedata']): Zone {
  const names = Object.entries(zonedata).map(([name, records]) => {
    const types = new Map<string, ZoneValue[] | ZoneFailure>();
    const listed = records.filter((record) => typeof record !== 'string').flatMap(Object.entries<unknown>);
    const hasText = listed.some(([type]) => type === 'TXT');
    for (const [type, value] of listed) {
      if ((type === 'SPF' && hasText) || (type === 'TXT' && value === 'NONE')) continue;
      const key = type === 'SPF' ? 'TXT' : type;
      const values = (types.get(key) ?? []) as ZoneValue[];
      values.push(
        type === 'MX'
          ? { priority: (value as [number, string])[0], exchange: (value as [number, string])[1] }
          : (value as ZoneValue),
      );
      types.set(key, values);
    }
    if (records.includes('TIMEOUT'))
      for (const type of TYPES) if (!types.has(type)) types.set(type, 'TIMEOUT');
    return [name, Object.fromEntries(types)] as const;
  });
  return Object.fromEntries(names);
}

describeShared('conformance/spf/rfc7208-tests.yml', 'SPF suite of RFC 7208', (path) => {
  for (const suite of documents<SpfSuite>(path)) {
    const resolver = createZoneResolver(spfZone(suite.zonedata));
    describe(suite.description, () => {
      it.each(Object.entries(suite.tests))('%s', async (_, test) => {
        const request = {
          address: test.host,
          helo: test.helo ?? '',
          sender: test.mailfrom ?? '',
          receiver: 'receiver.example',
        };
        const answer = await checkSpf(request, resolver, settings.limits);
        expect([test.result].flat()).toContain(answer.result);
        if (test.explanation !== undefined && test.explanation !== 'DEFAULT')
          // Names are the same in any case; the suite writes addresses with capitals.
          expect(answer.explanation?.toLowerCase()).toBe(test.explanation.toLowerCase());
      });
    });
  }
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { describeShared } from '../../test/support/shared.ts';
import { parseMessage } from '../message/parse.ts';
import type { ZoneFailure } from '../net/zone-resolver.ts';
import { createZoneResolver } from '../net/zone-resolver.ts';
import { defaultAuthenticationSettings } from './settings.ts';
import { KeyCache } from './dkim/keys.ts';
import { verifySignatures } from './signatures.ts';

const settings = defaultAuthenticationSettings;
const keyCache = new KeyCache(100);

function documents<T>(path: string): T[] {
  return parseAllDocuments(readFileSync(path, 'utf8'))
    .map((document) => (document as { toJS(): unknown }).toJS() as T)
    .filter((document) => document !== null);
}

interface ArcSuite {
  description: string;
  tests: Record<string, { message: string; cv: string }>;
  'txt-records': Record<string, string>;
}

/** The suite was written against draft 18; where it disagrees with RFC 8617, the RFC wins. */
const ARC_EXCEPTIONS: Readonly<Record<string, string>> = {
  ams_fields_c_na: 'no c= means simple/simple (RFC 8617 §4.1.2, RFC 6376 §3.5)',
  ams_fields_h_empty: 'h= must not be empty and must name From (RFC 6376 §3.5)',
};

describeShared('conformance/arc/arc-draft-validation-tests.yml', 'ARC validation suite', (path) => {
  for (const suite of documents<ArcSuite>(path)) {
    const zone = Object.entries(suite['txt-records']).map(([name, text]) => [name, { TXT: [text] }]);
    const resolver = createZoneResolver(Object.fromEntries(zone));
    describe(suite.description, () => {
      for (const [name, test] of Object.entries(suite.tests)) {
        const exception = ARC_EXCEPTIONS[name];
        it(exception === undefined ? name : `${name} (fails: ${exception})`, async () => {
          const message = parseMessage(Buffer.from(test.message));
          const { arc } = await verifySignatures({
            message,
            resolver,
            keyCache,
            settings,
            now: 0,
            author: '',
          });
          // Where the suite leaves the value empty, the chain had failed before.
          const failed = exception !== undefined || test.cv === '';
          expect(arc.result).toBe(failed ? 'fail' : test.cv.toLowerCase());
        });
      }
    });
  }
});

interface DkimVector {
  id: string;
  message: string;
  dns: Record<string, string[] | ZoneFailure>;
  now: number | null;
  minBits?: number;
  expect: 'pass' | 'nopass' | 'temperror';
  sigs: string[] | null;
  tags?: string[];
}

describeShared('conformance/dkim/vectors.json', 'DKIM vectors', (path) => {
  for (const vector of JSON.parse(readFileSync(path, 'utf8')) as DkimVector[]) {
    const exception = vector.tags?.includes('draft-era') ? 'written before the RFC' : undefined;
    const run = async () => {
      const zone = Object.entries(vector.dns).map(
        ([name, texts]) => [name, Array.isArray(texts) ? { TXT: texts } : texts] as const,
      );
      const { dkim } = await verifySignatures({
        message: parseMessage(Buffer.from(vector.message, 'base64')),
        resolver: createZoneResolver(Object.fromEntries(zone)),
        keyCache,
        settings: {
          ...settings,
          minimumKeyBits: vector.minBits ?? settings.minimumKeyBits,
          partialBody: 'pass',
        },
        now: vector.now === null ? Date.now() : vector.now * 1000,
        author: '',
      });
      // RFC 8301 §3.1: rsa-sha1 must not pass; these are good signatures but for that.
      if (vector.tags?.includes('sha1') === true && vector.expect === 'pass') {
        expect(dkim).toContainEqual(expect.objectContaining({ result: 'policy', reason: 'weak algorithm' }));
        return;
      }
      const results = dkim.map(({ result }) => result);
      const overall = results.includes('pass')
        ? 'pass'
        : results.includes('temperror')
          ? 'temperror'
          : 'nopass';
      if (vector.sigs !== null) expect(results).toEqual(vector.sigs);
      expect({ overall, dkim }).toMatchObject({ overall: vector.expect });
    };
    if (exception === undefined) it(vector.id, run);
    else it.skip(`${vector.id} (skipped: ${exception})`, run);
  }
});

import { expect, test } from 'vitest';
import { parseText } from '../load.ts';
import { printableConfig } from '../print.ts';
import { ConfigError } from '../read.ts';

function faults(yaml: string, keys = false): string[] {
  try {
    parseText('t.yaml', yaml, '/etc/tamis', { keys });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map(({ path, text }) => `${path}: ${text}`);
  }
}

test('keys as the room takes them: domains in A-labels, files from the folder of the configuration', () => {
  const yaml = `
signing:
  keys:
    - { domain: Bücher.Example., selector: S1, file: keys/a.pem, not_after: 2027-01-01, subdomains: true }
arc: { seal: { domain: example.org, selector: arc, file: /keys/b.pem } }
`;
  const { config, keys } = parseText('t.yaml', yaml, '/etc/tamis');
  expect(keys).toBeUndefined();
  expect(config.signing.keys).toEqual([
    {
      domain: 'xn--bcher-kva.example',
      selector: 'S1',
      file: '/etc/tamis/keys/a.pem',
      notBefore: '',
      notAfter: '2027-01-01',
      subdomains: true,
    },
  ]);
  expect(config.arc).toMatchObject({
    seal: { domain: 'example.org', selector: 'arc', file: '/keys/b.pem' },
    redirects: true,
    networks: [],
  });
  expect(printableConfig({ config, zone: undefined, file: undefined })).toMatchObject({
    signing: { keys: [{ not_after: '2027-01-01', file: '/etc/tamis/keys/a.pem' }], on_failure: 'unsigned' },
  });
});

test.each([
  ['signing: { keys: [{ selector: s, file: f }] }', /^signing\.keys\.0\.domain: /],
  [
    'signing: { keys: [{ domain: "a b", selector: s, file: f }] }',
    /^signing\.keys\.0\.domain: this is no domain/,
  ],
  ['signing: { keys: [{ domain: "a.b;d=c.d", selector: s, file: f }] }', /^signing\.keys\.0\.domain: /],
  [
    'signing: { keys: [{ domain: a.b, selector: "s; x", file: f }] }',
    /^signing\.keys\.0\.selector: this is no selector/,
  ],
  ['signing: { keys: [{ domain: a.b, selector: s }] }', /^signing\.keys\.0\.file: /],
  [
    'signing: { keys: [{ domain: a.b, selector: s, file: f, not_after: 2026-13-01 }] }',
    /not_after: there is no such day/,
  ],
  [
    'signing: { keys: [{ domain: a.b, selector: s, file: f, not_after: soon }] }',
    /not_after: this is no day/,
  ],
  [
    'signing: { keys: [{ domain: a.b, selector: s, file: f, notAfter: 2026-12-01 }] }',
    /there is no such setting/,
  ],
  ['signing: { fields: [From, "Sub ject"] }', /^signing\.fields\.1: this is no name/],
  ['signing: { fields: [From, Received] }', /^signing\.fields\.1: this field is added or changed on the way/],
  ['signing: { oversign: [ARC-Seal] }', /^signing\.oversign\.0: this field is added/],
  ['signing: { networks: [here] }', /^signing\.networks\.0: "here" is no IP address/],
  ['signing: { senders: all }', /^signing\.senders: /],
  ['arc: { seal: { domain: a.b, selector: s } }', /^arc\.seal\.file: /],
])('%s', (yaml, fault) => {
  expect(faults(yaml)).toEqual([expect.stringMatching(fault)]);
});

test('private keys are read only when asked for, and their faults stand beside the others, each in its place', () => {
  const yaml = `
tls: { key: x }
signing:
  keys: [{ domain: a.b, selector: s, file: /nowhere/a.pem }]
arc: { seal: { domain: a.b, selector: s, file: /nowhere/b.pem } }
`;
  expect(faults(yaml)).toHaveLength(1);
  expect(faults(yaml, true)).toEqual([
    expect.stringMatching(/^tls\.key: /),
    expect.stringMatching(/^signing\.keys\.0\.file: cannot be read: ENOENT/),
    expect.stringMatching(/^arc\.seal\.file: cannot be read: ENOENT/),
  ]);
});

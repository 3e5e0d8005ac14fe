import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { ConfigError } from '../read.ts';
import { parseText } from '../load.ts';
import { printableConfig } from '../print.ts';

function faults(yaml: string): string[] {
  try {
    parseText('t.yaml', yaml, '/');
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(({ path, text }) => `${path}: ${text}`);
    throw error;
  }
  return [];
}

it('reads how people log in', () => {
  const key = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const { config } = parseText(
    't.yaml',
    JSON.stringify({
      policy: {
        logins: {
          mechanisms: ['PLAIN'],
          failure_window: '10m',
          first_delay: '500ms',
          oauth: {
            introspection_url: 'https://id.example/introspect',
            client_secret: 'geheim',
            jwt_keys: [key],
          },
        },
      },
    }),
    '/',
  );
  expect(config.policy.logins).toMatchObject({ mechanisms: ['PLAIN'], failureWindow: 600, firstDelay: 500 });
  expect(config.policy.logins.oauth.jwtKeys).toEqual([key]);
  const printed = JSON.stringify(printableConfig({ config, zone: undefined, file: undefined }));
  expect(printed).toContain('https://id.example/introspect');
  expect(printed).not.toContain('geheim');
});

it('names what is wrong', () => {
  expect(faults('policy: {logins: {mechanisms: [CRAM-MD5]}}')).toHaveLength(1);
  expect(faults('policy: {logins: {oauth: {jwt_keys: [x]}}}')).toEqual([
    'policy.logins.oauth.jwt_keys.0: this is no public key in PEM',
  ]);
  expect(faults('policy: {logins: {certificates: {authorities: x}}}')).toEqual([
    'policy.logins.certificates.authorities: this is no certificate in PEM',
  ]);
  expect(faults('policy: {logins: {oauth: {introspection_url: "ftp://x"}}}')).toHaveLength(1);
  expect(faults('policy: {logins: {exempt_networks: [10.0.0.0/40]}}')).toHaveLength(1);
  expect(faults('policy: {logins: {max_delay: 5m}}')).toHaveLength(1);
});

import { describe, expect, it } from 'vitest';
import { defaultDnsSettings } from '../../net/settings.ts';
import { dnsSection } from './network.ts';

describe('dns', () => {
  it('has the defaults of the room', () => {
    expect(dnsSection.parse(undefined)).toEqual({ zone: '', ...defaultDnsSettings });
  });

  it('takes servers with and without ports', () => {
    const servers = ['192.0.2.1', '192.0.2.1:5353', '2001:db8::1', '[2001:db8::1]:5353'];
    expect(dnsSection.parse({ servers, trust_ad: 'always' })).toMatchObject({ servers, trustAd: 'always' });
  });

  it.each(['name.example', '192.0.2.1:70000', ''])('refuses %j as a server', (server) => {
    const { error } = dnsSection.safeParse({ servers: [server] });
    expect(error?.issues).toMatchObject([
      { path: ['servers', 0], message: `"${server}" is no address of a name server` },
    ]);
  });
});

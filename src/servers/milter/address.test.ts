import { describe, expect, it } from 'vitest';
import { AddressError, parseAddress } from './address.ts';

describe('parseAddress', () => {
  it.each([
    ['inet:8891@127.0.0.1', { host: '127.0.0.1', port: 8891 }],
    ['inet:8891', { port: 8891 }],
    ['inet6:8891@::1', { host: '::1', port: 8891 }],
    ['inet6:8891@[::1]', { host: '::1', port: 8891 }],
    ['localhost:8891', { host: 'localhost', port: 8891 }],
    ['[::1]:8891', { host: '::1', port: 8891 }],
    [':0', { port: 0 }],
    ['unix:/run/m.sock', { path: '/run/m.sock' }],
    ['local:run/m.sock', { path: 'run/m.sock' }],
    ['/run/m.sock', { path: '/run/m.sock' }],
  ])('%s', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  it.each([
    '',
    'inet:',
    'inet:70000',
    'host',
    '::1:25',
    'a b:25',
    'unix:',
    `unix:/${'x'.repeat(108)}`,
    'tcp:25@x',
  ])('refuses %j', (text) => {
    expect(() => parseAddress(text)).toThrow(AddressError);
  });
});

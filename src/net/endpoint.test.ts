import { describe, expect, it } from 'vitest';
import { endpointText, parseEndpoint } from './endpoint.ts';

describe('parseEndpoint', () => {
  it.each([
    ['127.0.0.1:25', { host: '127.0.0.1', port: 25 }],
    ['mx.example.com:2525', { host: 'mx.example.com', port: 2525 }],
    ['[::1]:0', { host: '::1', port: 0 }],
    ['unix:/run/tamis/lmtp', { path: '/run/tamis/lmtp' }],
  ])('reads %s and writes it again', (text, endpoint) => {
    expect(parseEndpoint(text)).toEqual(endpoint);
    expect(endpointText(endpoint)).toBe(text);
  });

  it.each(['', '25', ':25', '::1:25', 'host:', 'host:99999', 'host:25x', 'unix:', 'a b:1'])(
    'refuses %j',
    (text) => {
      expect(() => parseEndpoint(text)).toThrow(TypeError);
    },
  );
});

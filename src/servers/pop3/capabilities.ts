import type { Session } from './types.ts';

/** RFC 2449 §6. What a client may do about logging in is announced where it may be done. */
export function capabilities({ options, channel, state, link }: Session): string[] {
  const mechanisms = options.sasl.mechanisms(channel);
  const outside = state === 'authorization';
  return [
    'TOP',
    'UIDL',
    'RESP-CODES',
    'AUTH-RESP-CODE',
    'PIPELINING',
    // Nothing is removed but by the user (RFC 2449 §6.7).
    'EXPIRE NEVER',
    `LOGIN-DELAY ${options.settings.loginDelay}`,
    'UTF8 USER',
    'LANG',
    ...(outside && channel.tls === undefined && link.startTls ? ['STLS'] : []),
    ...(mechanisms.includes('PLAIN') ? ['USER'] : []),
    ...(mechanisms.length > 0 ? [`SASL ${mechanisms.join(' ')}`] : []),
    'IMPLEMENTATION Tamis',
  ];
}

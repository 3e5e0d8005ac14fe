import type { ReputationSettings } from '../../filter/reputation/settings.ts';
import { type Described, duration, flag, real, whole } from '../settings.ts';

export const reputationSettings: Described<ReputationSettings> = {
  enabled: flag('Remember how senders have behaved, and let it count.'),
  messages: real(1, 100_000, 'Messages a sender must have sent to have a reputation.'),
  halfLife: duration('s', '1h', '3650d', 'Time after which a message counts half'),
  expire: duration('s', '1h', '3650d', 'Time after which a sender who sent nothing more is forgotten'),
  learned: real(0, 1000, 'Messages that one counts for which somebody has learned.'),
  prefix4: whole(8, 32, 'Bits of an IPv4 address that make a network.'),
  prefix6: whole(16, 128, 'Bits of an IPv6 address that make a network.'),
  timeout: duration('ms', '10ms', '10s', 'Time a scan waits for what the state knows'),
};

import { defaultTransactionSettings, type TransactionSettings } from '../../transaction/settings.ts';
import { duration, flag, networks, settings, text } from '../settings.ts';

/** What happens after a failed scan, and the texts of refusals, are settings of `filter`. */
type ByFilter = 'failAction' | 'rejectText';

const { failAction: _, rejectText: __, ...defaults } = defaultTransactionSettings;

export const transactionSection = settings<Omit<TransactionSettings, ByFilter>>(
  defaults,
  {
    softRejectText: text('Text of a 4xx for greylisting and soft rejects.', 400),
    scanAuthenticated: flag('Scan mail of clients that logged in.'),
    trustedNetworks: networks('Clients whose mail is never scanned.'),
    scanDeadline: duration('s', '1s', '30m', 'Time after which a scan is no longer waited for'),
  },
  'The way of one mail.',
);

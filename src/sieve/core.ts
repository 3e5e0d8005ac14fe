import { discardAction } from './actions/discard.ts';
import { keepAction } from './actions/keep.ts';
import { redirectAction } from './actions/redirect.ts';
import { discard } from './commands/discard.ts';
import { elseCommand, elsifCommand, ifCommand } from './commands/if.ts';
import { keep } from './commands/keep.ts';
import { redirect } from './commands/redirect.ts';
import { require } from './commands/require.ts';
import { stop } from './commands/stop.ts';
import { all, domain, localpart } from './matching/address-parts.ts';
import { contains } from './matching/contains.ts';
import { is } from './matching/is.ts';
import { matches } from './matching/matches.ts';
import type { Core } from './registry.ts';
import { address } from './tests/address.ts';
import { falseTest, trueTest } from './tests/constants.ts';
import { exists } from './tests/exists.ts';
import { header } from './tests/header.ts';
import { allof, anyof, not } from './tests/logic.ts';
import { size } from './tests/size.ts';

/** What needs no `require` (RFC 5228). */
export const core: Core = {
  commands: [require, ifCommand, elsifCommand, elseCommand, stop, keep, discard, redirect],
  tests: [address, allof, anyof, exists, falseTest, header, not, size, trueTest],
  matchTypes: [is, contains, matches],
  addressParts: [all, localpart, domain],
  actions: [keepAction, discardAction, redirectAction],
};

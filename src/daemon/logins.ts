import { randomBytes } from 'node:crypto';
import type { Config } from '../config/schema.ts';
import type { Log } from '../log.ts';
import type { Accounts } from '../policy/accounts.ts';
import { createLoginGuard, type LoginGuard } from '../policy/login-guard.ts';
import { createTokenVerifier } from '../policy/sasl/oauth/verifier.ts';
import { createSasl, type Sasl } from '../policy/sasl/sasl.ts';
import type { State } from '../state/types.ts';

/** How people log in, the same at every server. */
export interface Logins {
  readonly sasl: Sasl;
  /** For servers whose library speaks SASL itself. */
  readonly guard: LoginGuard;
  /** Certificates (PEM) of those who sign certificates of clients; '' for none. */
  readonly authorities: string;
}

export function openLogins(config: Config, accounts: Accounts, state: State, log: Log): Logins {
  const settings = config.policy.logins;
  const guard = createLoginGuard({ state, settings });
  const tokens = createTokenVerifier(settings.oauth);
  const sasl = createSasl({
    accounts,
    guard,
    settings,
    random: randomBytes,
    log,
    ...(tokens === undefined ? {} : { tokens }),
  });
  return { sasl, guard, authorities: settings.certificates.authorities };
}

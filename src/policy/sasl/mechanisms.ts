import { external } from './external.ts';
import { login } from './login.ts';
import { oauthBearer } from './oauthbearer.ts';
import { plain } from './plain.ts';
import { scramMechanisms } from './scram.ts';
import type { Mechanism } from './types.ts';
import { xoauth2 } from './xoauth2.ts';

/** Every mechanism, in the order of announcing; LOGIN comes last. */
export const mechanisms: readonly Mechanism[] = [
  ...scramMechanisms,
  oauthBearer,
  xoauth2,
  external,
  plain,
  login,
];

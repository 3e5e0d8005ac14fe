import type { Pigeonhole } from '../../support/pigeonhole.ts';
import type { Outcome } from '../differential/peer.ts';
import * as told from '../differential/told.ts';
import { included } from './action-cases.ts';
import type { AreaCase } from './cases.ts';
import { mails } from './mails.ts';

const SENDER = 'a@b.example';
const RECIPIENT = 'me+box@example.org';
const REQUIRED = [
  'fileinto',
  'copy',
  'envelope',
  'body',
  'reject',
  'vacation',
  'vacation-seconds',
  'enotify',
  'include',
  'duplicate',
  'environment',
  'variables',
  'regex',
  'relational',
  'comparator-i;ascii-numeric',
  'subaddress',
  'imap4flags',
  'mime',
  'foreverypart',
  'extracttext',
  'date',
  'index',
  'editheader',
];

/** The script with the capabilities and, where it tells something in `o`, a vacation that says it. */
export function wholeScript({ area, script }: AreaCase): string {
  const required = area === 'encoded-character' ? [...REQUIRED, 'encoded-character'] : REQUIRED;
  const told = script.includes('"o"') ? '\nvacation "o: ${o}";' : '';
  return `require [${required.map((name) => `"${name}"`).join(', ')}];\n${script}${told}\n`;
}

const runOf = (one: AreaCase): told.Run => ({
  script: wholeScript(one),
  mail: mails[one.mail] ?? '',
  sender: SENDER,
  recipient: RECIPIENT,
  included,
});

/** What our engine does, with the texts that it sends. */
export const ourOutcome = (one: AreaCase): Outcome => told.ourOutcome(runOf(one));

/** What sieve-test does, in the same words. */
export const peerOutcome = (peer: Pigeonhole, one: AreaCase): Outcome => told.peerOutcome(peer, runOf(one));

import { z } from 'zod';
import { authenticationSection } from './sections/authentication.ts';
import { bimiSection, dmarcSection } from './sections/dmarc.ts';
import { dnsSection } from './sections/network.ts';
import { filterSection } from './sections/filter.ts';
import { learningSection } from './sections/learning.ts';
import { policySection } from './sections/policy.ts';
import {
  httpSection,
  imapSection,
  lmtpSection,
  manageSieveSection,
  milterSection,
  pop3Section,
  smtpSection,
} from './sections/servers.ts';
import { sieveSection } from './sections/sieve.ts';
import { arcSection, signingSection } from './sections/signing.ts';
import { deliverySection, messageSection, stateSection, storeSection } from './sections/storage.ts';
import { transactionSection } from './sections/transaction.ts';
import { choice, duration, settings, size, text } from './settings.ts';

/** The configuration file, a section for each room. */
export const configSchema = z
  .strictObject({
    hostname: text<string>(
      'Name of this server, in greetings, Received and Authentication-Results; empty: this machine.',
      253,
    )(''),
    data: text<string>('Folder for everything that is kept: mail, scripts, spool, state.')('data'),
    servers: z
      .strictObject({
        milter: milterSection,
        smtp: smtpSection,
        lmtp: lmtpSection,
        managesieve: manageSieveSection,
        imap: imapSection,
        pop3: pop3Section,
        http: httpSection,
      })
      .prefault({} as never),
    tls: settings(
      { certificate: '', key: '' },
      {
        certificate: text<string>(
          'Certificate file (PEM, with its chain); empty: self-signed, made at the first start.',
        ),
        key: text<string>('File of its private key (PEM).'),
      },
      'TLS of the servers.',
    ),
    policy: policySection,
    transaction: transactionSection,
    filter: filterSection,
    learning: learningSection,
    authentication: authenticationSection,
    signing: signingSection,
    arc: arcSection,
    dmarc: dmarcSection,
    bimi: bimiSection,
    dns: dnsSection,
    message: messageSection,
    sieve: sieveSection,
    store: storeSection,
    delivery: deliverySection,
    state: stateSection,
    daemon: settings(
      {
        drainTimeout: 30_000,
        // Twenty of the largest messages at once, or some ten thousand common ones; a machine with less lowers it.
        incomingBytes: 1024 ** 3,
      },
      {
        drainTimeout: duration('ms', '0s', '1h', 'Time that running transactions have to end when we stop'),
        incomingBytes: size(
          '16M',
          '1024G',
          'Memory of messages coming in or being judged, over all connections',
        ),
      },
      'The process.',
    ),
    log: settings<{ level: 'debug' | 'info' | 'warn' | 'error'; format: 'json' | 'text' }>(
      { level: 'info', format: 'json' },
      {
        level: choice(['debug', 'info', 'warn', 'error'], 'Least level that is written.'),
        format: choice(['json', 'text'], 'One JSON object a line, or text for a person.'),
      },
      'The log, on standard output.',
    ),
  })
  .describe('Configuration of Tamis');

/** Settings with every default filled in. */
export type Config = z.output<typeof configSchema>;

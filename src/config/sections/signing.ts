import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { type ArcSettings, defaultArcSettings } from '../../authentication/dmarc/settings.ts';
import {
  type SealingSettings,
  defaultSealingSettings,
  defaultSigningSettings,
  type SealKeySettings,
  type SigningKeySettings,
  type SigningSettings,
} from '../../authentication/signing/settings.ts';
import { choice, custom, domains, duration, flag, type Leaf, networks, settings } from '../settings.ts';

const required =
  <T extends string>(schema: z.ZodType<T>, what: string): Leaf<T> =>
  () =>
    schema.describe(what);

// Tags of a signature hold A-labels (RFC 6376 §3.5), and these go into it as they are.
export const dkimDomain = z
  .string()
  .max(253)
  .overwrite((name) => domainToASCII(name.replace(/\.$/, '')) || name)
  .regex(
    /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)+$/,
    'this is no domain name',
  );
export const dkimSelector = z
  .string()
  .max(63)
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?)*$/,
    'this is no selector: letters, digits and hyphens',
  );
const keyFile = z.string().min(1, 'a file is needed').max(1000);
const MOMENT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?$/;
const moment = z.string().superRefine((text, context) => {
  if (text === '') return;
  if (!MOMENT.test(text))
    context.addIssue('this is no day such as 2027-01-01, and no time such as 2027-01-01T12:00:00Z');
  else if (Number.isNaN(Date.parse(text))) context.addIssue('there is no such day');
});
const time = (what: string): Leaf<string> => custom(moment, what);

const fieldNames = (what: string): Leaf<string[]> =>
  custom(
    z
      .array(
        z
          .string()
          .max(76)
          .regex(/^[!-9<-~]+$/, 'this is no name of a header field')
          .refine(
            (name) => !CHANGES.test(name),
            'this field is added or changed on the way: signing it breaks the signature',
          ),
      )
      .max(100),
    what,
  );
const CHANGES =
  /^(?:received|return-path|delivered-to|bcc|dkim-signature|authentication-results|arc-.*|x-spam-.*)$/i;

const key = settings<SigningKeySettings>(
  { domain: '', selector: '', file: '', notBefore: '', notAfter: '', subdomains: false },
  {
    domain: required(dkimDomain, 'Domain that signs (d=).'),
    selector: required(dkimSelector, 'Selector (s=): the record is at SELECTOR._domainkey.DOMAIN.'),
    file: required(keyFile, 'File of the private key.'),
    notBefore: time('Day or time from which it signs; empty: at once.'),
    notAfter: time('Day or time from which it signs no more; empty: never.'),
    subdomains: flag('Also sign mail from domains below that have no keys of their own.'),
  },
);

const sealKey = z.strictObject({
  domain: dkimDomain.describe('Domain that seals (d=).'),
  selector: dkimSelector.describe('Selector (s=).'),
  file: keyFile.describe('File of the private key (RSA).'),
}) satisfies z.ZodType<SealKeySettings>;

export const signingSection = settings<SigningSettings>(
  defaultSigningSettings,
  {
    keys: custom(
      z.array(key).max(10_000),
      'Keys: {domain, selector, file, not_before, not_after, subdomains}; of one domain all in force sign.',
    ),
    authenticated: flag('Sign mail of clients that logged in.'),
    senders: choice(
      ['own', 'domain', 'any'],
      'From addresses a login may have signed: of its account, of its domain, of all our domains.',
    ),
    networks: networks('Clients whose mail is signed without a login, whatever From of ours it has.'),
    headerCanonicalization: choice(['relaxed', 'simple'], 'How the header is prepared for signing.'),
    bodyCanonicalization: choice(['relaxed', 'simple'], 'How the body is prepared for signing.'),
    fields: fieldNames('Header fields that are signed when they are there.'),
    oversign: fieldNames('Fields nobody can add one of to a signed message.'),
    oversignPresent: fieldNames('The same, only for those that are there.'),
    expiry: duration('s', '0s', '365d', 'Time after which a signature is void (x=); 0s: never'),
    safeKeys: flag('Refuse key files that others than their owner may read or write.'),
    onFailure: choice(
      ['unsigned', 'tempfail'],
      'What becomes of mail that cannot be signed now: it goes unsigned, or is to be sent again.',
    ),
  },
  'DKIM signatures on what goes out.',
);

export const arcSection = settings<SealingSettings & ArcSettings>(
  { seal: undefined, ...defaultSealingSettings, ...defaultArcSettings },
  {
    seal: custom(sealKey, 'Key of our ARC seals: {domain, selector, file}; without it nothing is sealed.'),
    redirects: flag('Seal what scripts redirect.'),
    networks: networks('Hosts of ours that send on mail which came in through us: seal what they send.'),
    trustedSealers: domains('Domains whose seals are believed when they say that DMARC passed.'),
  },
  'ARC sets: whose are believed, and those on what is sent on.',
);

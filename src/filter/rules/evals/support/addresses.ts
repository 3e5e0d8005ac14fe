/** Whose message it is, and whom it is for: addresses from all fields that tell. */
import type { Octets } from '../../../views/types.ts';
import type { EvalContext } from '../types.ts';

type Context = EvalContext;

const RECIPIENT_FIELDS = [
  'To',
  'Apparently-To',
  'Delivered-To',
  'Envelope-Recipients',
  'Apparently-Resent-To',
  'X-Envelope-To',
  'Envelope-To',
  'X-Delivered-To',
  'X-Original-To',
  'X-Rcpt-To',
  'X-Real-To',
  'Cc',
];

const addresses = ({ views }: Context, field: string): readonly Octets[] => views.header(`${field}:addr`);

export const envelopeSender = ({ views }: Context): Octets => views.header('EnvelopeFrom')[0] ?? '';

/** The first address of a field; '' when it has none. */
export const firstAddress = (context: Context, field: string): Octets => addresses(context, field)[0] ?? '';

/** Who claims to have sent it: of Resent-From when it is there, else of From and of the envelope. */
export function senders(context: Context): readonly Octets[] {
  return context.derived(collectSenders);
}

function collectSenders(context: Context): readonly Octets[] {
  const resent = addresses(context, 'Resent-From').slice(0, 1);
  if (resent.length > 0) return resent;
  const all = ['From', 'Envelope-Sender', 'Resent-Sender', 'X-Envelope-From'].flatMap((field) =>
    addresses(context, field),
  );
  const one = [...all, envelopeSender(context)].filter((address) => address !== '');
  return [...new Set(one.map((address) => address.replace(/\.{2,}/g, '.')))];
}

/** Whom it is for, by its fields and by what the newest Received fields note; and by the envelope, when there is one. */
export function recipients(context: Context): readonly Octets[] {
  return context.derived(collectRecipients);
}

function collectRecipients(context: Context): readonly Octets[] {
  const envelope = context.envelope.recipients.map(({ address }) => address);
  const resent = ['Resent-To', 'Resent-Cc'].flatMap((field) => addresses(context, field).slice(0, 1));
  if (resent.length > 0) return [...new Set([...envelope, ...resent])];
  const noted = context.views
    .header('Received')
    .slice(0, 3)
    .flatMap((value) => / for <?([^\s<>]+@[^\s<>;]+)>?;/.exec(value)?.[1] ?? []);
  return [
    ...new Set([...envelope, ...noted, ...RECIPIENT_FIELDS.flatMap((field) => addresses(context, field))]),
  ];
}

/** The domain of an address, lower-cased; '' when it has none. */
export const domainOf = (address: Octets): string => /@([^@]*)$/.exec(address)?.[1]?.toLowerCase() ?? '';

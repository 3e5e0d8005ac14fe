/** The way a message came, and how far of it can be trusted. */
import { networkFault, Networks } from '../../../net/networks.ts';
import type { Relay, RelayView } from '../../views/types.ts';
import { decodedValue } from '../../views/header.ts';
import { toOctets } from '../../views/octets.ts';
import type { CheckContext } from '../../types.ts';
import type { RuleSettingValues } from '../evals/types.ts';
import { addressOf, isPrivateAddress } from './field.ts';
import { RELAY_LIMITS } from './limits.ts';
import { parseReceived } from './received.ts';

/** Networks of trusted_networks and its like: the first entry that holds an address decides; `!` before one means not. */
class NetworkList {
  private readonly entries: readonly { networks: Networks; holds: boolean }[];
  readonly configured: boolean;

  constructor(values: readonly string[], always: readonly string[]) {
    const words = values.flatMap((value) => value.split(/[\s,]+/)).filter((word) => word !== '');
    this.configured = words.length > 0;
    this.entries = [...always, ...words].flatMap((word) => {
      const text = completed(word.replace(/^!/, ''));
      return networkFault(text) === undefined
        ? [{ networks: new Networks([text]), holds: !word.startsWith('!') }]
        : [];
    });
  }

  has(address: string): boolean {
    return this.entries.find(({ networks }) => networks.has(address))?.holds ?? false;
  }
}

/** `10.` and `10.1.` stand for networks; brackets of IPv6 are left out. */
function completed(word: string): string {
  const text = word.replace(/^\[|\](?=\/|$)/g, '');
  const [address = '', prefix] = text.split('/');
  const parts = address.split('.').filter((part) => part !== '');
  if (address.includes(':') || parts.length >= 4) return text;
  const whole = [...parts, '0', '0', '0', '0'].slice(0, 4).join('.');
  return `${whole}/${prefix ?? parts.length * 8}`;
}

interface TrustSettings {
  readonly trusted: NetworkList;
  readonly internal: NetworkList;
  readonly msa: NetworkList;
  /** Neither list is given: what is trusted has to be inferred. */
  readonly infer: boolean;
  readonly originatingFields: readonly string[];
}

const LOOPBACK = ['127.0.0.0/8', '::1'];

function trustSettings(settings: RuleSettingValues): TrustSettings {
  const list = (name: string, always: readonly string[]): NetworkList =>
    new NetworkList(settings.all(name), always);
  const trusted = list('trusted_networks', LOOPBACK);
  const internal = list('internal_networks', LOOPBACK);
  return {
    trusted: trusted.configured ? trusted : internal,
    internal: internal.configured ? internal : trusted,
    msa: list('msa_networks', []),
    infer: !trusted.configured && !internal.configured,
    originatingFields: settings.all('originating_ip_headers').flatMap((value) => value.trim().split(/\s+/)),
  };
}

interface Step {
  readonly relay: Relay | undefined;
  /** It stands in a Received field of the message. */
  readonly field: boolean;
  /** A program fetched the message out of a mailbox. */
  readonly fetched: boolean;
}

/**
 * Reads the Received fields of a message. The client of the SMTP session counts as the newest relay, unless the newest
 * field is about that client already.
 */
export function readRelays(context: CheckContext, settings: RuleSettingValues): RelayView {
  const trust = settings.derived(trustSettings);
  const walk = new Walk(trust);
  const { steps, unparseable } = stepsOf(context, trust);
  for (const step of steps) walk.take(step);
  return walk.view(context, unparseable);
}

function stepsOf(
  context: CheckContext,
  { originatingFields }: TrustSettings,
): { steps: Step[]; unparseable: number } {
  const { header } = context.message;
  const steps: Step[] = [];
  let unparseable = 0;
  for (const field of header.all('received').slice(0, RELAY_LIMITS.fields)) {
    const result = parseReceived(decodedValue(field));
    if (result === 'unparseable') unparseable++;
    const relay = typeof result === 'object' ? result : undefined;
    steps.push({ relay, field: true, fetched: result === 'fetched' });
  }
  for (const name of originatingFields) {
    const words = (header.all(name).at(-1)?.value ?? '').slice(0, RELAY_LIMITS.field).split(/[\s[\](),;]+/);
    const address = words.map(addressOf).find((one) => one !== undefined);
    if (address !== undefined) steps.push({ relay: bareRelay(address), field: false, fetched: false });
  }
  const newest = clientRelay(context);
  const first = steps.find(({ relay }) => relay !== undefined)?.relay;
  if (newest !== undefined && first?.ip !== newest.ip)
    steps.unshift({ relay: newest, field: false, fetched: false });
  return { steps, unparseable };
}

const bareRelay = (ip: string): Relay => ({
  ip,
  rdns: '',
  helo: '',
  by: '',
  ident: '',
  envelopeSender: undefined,
  id: '',
  auth: '',
  isPrivate: isPrivateAddress(ip),
  noReverseName: false,
});

/** The client as the Received field that will be written would tell of it. */
function clientRelay({ envelope: { client, sender } }: CheckContext): Relay | undefined {
  const { address, name = '', helo = '', user, tls } = client;
  if (address === undefined) return undefined;
  const safe = (text: string): string => toOctets(text).replace(/[\s#[\]()<>|]/g, '!');
  return {
    ...bareRelay(address),
    rdns: safe(name),
    helo: safe(helo),
    envelopeSender: safe(sender),
    auth: user === undefined ? '' : tls === undefined ? 'ESMTPA' : 'ESMTPSA',
    noReverseName: name === '',
  };
}

/** Goes from the newest relay to the oldest, until one is not trusted. */
class Walk {
  private readonly trust: TrustSettings;
  private trusting = true;
  private internal = true;
  private submitted = false;
  private readonly all: { relay: Relay; trusted: boolean; internal: boolean; msa: boolean }[] = [];
  private trustedFields = 0;
  private internalFields = 0;

  constructor(trust: TrustSettings) {
    this.trust = trust;
  }

  take({ relay, field, fetched }: Step): void {
    // What lies behind the mailbox is what counts, when it is one of ours that says so.
    if (fetched && this.trusting) this.all.length = 0;
    let msa = false;
    if (relay !== undefined && this.trusting && !this.submitted) msa = this.judge(relay);
    if (relay !== undefined) this.all.push({ relay, trusted: this.trusting, internal: this.internal, msa });
    // What the session told stands above all fields: when it is not trusted, no field is.
    const step = field ? 1 : 0;
    if (this.trusting) this.trustedFields += step;
    else if (!field && this.all.length === 1) this.trustedFields = -1;
    if (this.internal) this.internalFields += step;
    else if (!field && this.all.length === 1) this.internalFields = -1;
  }

  /** Whether it is of msa_networks. */
  private judge({ ip, auth, isPrivate }: Relay): boolean {
    const { infer, trusted, internal, msa } = this.trust;
    if (infer ? !isPrivate && auth === '' : auth === '' && !trusted.has(ip)) {
      this.trusting = false;
      this.internal = false;
      return false;
    }
    if (infer) return false;
    if (auth === '' && !internal.has(ip)) this.internal = false;
    this.submitted = msa.has(ip);
    return this.submitted;
  }

  view({ message }: CheckContext, unparseable: number): RelayView {
    const strings = (wanted: (entry: Walk['all'][number]) => boolean): string =>
      this.all
        .filter(wanted)
        .map(({ relay, internal, msa }) => metadata(relay, internal, msa))
        .join(' ');
    const trustedRelays = this.all.filter(({ trusted }) => trusted).map(({ relay }) => relay);
    const untrustedRelays = this.all.filter(({ trusted }) => !trusted).map(({ relay }) => relay);
    const lastHop = untrustedRelays[0] ?? trustedRelays.at(-1);
    return {
      trusted: strings(({ trusted }) => trusted),
      untrusted: strings(({ trusted }) => !trusted),
      internal: strings(({ internal }) => internal),
      external: strings(({ internal }) => !internal),
      trustedFields: this.trustedFields,
      internalFields: this.internalFields,
      trustedRelays,
      untrustedRelays,
      unparseable,
      envelopeSender: notedSender(lastHop) ?? writtenSender(message),
    };
  }
}

function metadata(relay: Relay, internal: boolean, msa: boolean): string {
  const { ip, rdns, helo, by, ident, envelopeSender = '', id, auth } = relay;
  return `[ ip=${ip} rdns=${rdns} helo=${helo} by=${by} ident=${ident} envfrom=${envelopeSender} intl=${Number(internal)} id=${id} auth=${auth} msa=${Number(msa)} ]`;
}

function notedSender(relay: Relay | undefined): string | undefined {
  const sender = relay?.envelopeSender;
  return sender !== undefined && (sender === '' || sender.indexOf('@') > 0) ? sender : undefined;
}

/** Fields in which the last server, or its delivery agent, writes the sender down; not believed below a Received field. */
const SENDER_FIELDS = ['x-envelope-from', 'envelope-sender', 'return-path'];

function writtenSender({ header }: CheckContext['message']): string | undefined {
  const received = header.get('received')?.start ?? Infinity;
  if (
    header.get('x-sender')?.value.includes('@') === true &&
    header.all('received').some(({ value }) => value.includes('(fetchmail'))
  )
    return undefined;
  for (const name of SENDER_FIELDS) {
    const field = header.get(name);
    if (field === undefined) continue;
    const address = /<\s*>/.test(field.value) ? '' : (field.addresses[0]?.address ?? '');
    if (address === '' ? !/<\s*>/.test(field.value) : !address.includes('@')) continue;
    if (field.start < received) return toOctets(address);
    if (name === 'x-envelope-from') return undefined;
  }
  return undefined;
}

/** Eval functions on senders of large providers whose mail does not look as if it came from there. */
import { envelopeSender, firstAddress } from './support/addresses.ts';
import type { EvalContext, EvalFunction } from './types.ts';

type Context = EvalContext;

/** Bytes of all Received fields that are looked at. */
const MAX_RECEIVED = 20_000;
const IP = '(?:\\d{1,3}(?:\\.\\d{1,3}){3}|[\\da-fA-F:]{2,39}(?:\\d{1,3}(?:\\.\\d{1,3}){3})?)';
const ip = (pattern: string, flags = ''): RegExp => new RegExp(pattern.replaceAll('IP', IP), flags);

/** The Received fields as one line. */
const received = (context: Context): string => context.derived(joinReceived);
const joinReceived = ({ views }: Context): string => oneLine(views.headerText('Received'));
const oneLine = (text = ''): string => text.slice(0, MAX_RECEIVED).replace(/\s+/g, ' ');

const isFrom = (context: Context, domain: RegExp): boolean => domain.test(firstAddress(context, 'From'));
const holdsAddress = (text: string | undefined): boolean => text !== undefined && ip('IP').test(text);

/** Lists that take the Received fields away; and messages without any. */
const gatedThroughRemover: EvalFunction = (context) => context.derived(isGated);

function isGated({ views }: Context): boolean {
  const fields = views.headerText('Received') ?? '';
  const isEzmlm = /^contact \S+@\S+; run by ezmlm$/m.test(views.headerText('Mailing-List') ?? '');
  if (
    isEzmlm &&
    /^mailing list \S+@\S+/m.test(views.headerText('Delivered-To') ?? '') &&
    /qmail \d+ invoked (?:from network|by .{3,20})\); \d+ ... \d+/.test(fields)
  )
    return true;
  return views.header('Received').length === 0 || /from groups\.msn\.com \(\S+\.msn\.com /.test(fields);
}

/** AOL's form of a relay's name, in fields that are not AOL's. */
const fakeAolRelay: EvalFunction = (context) => {
  const text = received(context);
  return (
    / rly-[a-z][a-z]\d\d\./i.test(text) &&
    !/\/AOL-\d+\.\d+\.\d+\)/.test(text) &&
    !/ESMTP id (?:RELAY|MAILRELAY|MAILIN)/.test(text)
  );
};

const HOTMAIL_WITH_ADDRESS = [
  ip('from (?:\\S*\\.)?hotmail\\.com \\(\\S+\\.hotmail(?:\\.msn)?\\.com[ )]'),
  ip('from \\S*\\.hotmail\\.com \\(\\[IP\\][ ):]'),
  ip('from \\S+ by \\S+\\.hotmail(?:\\.msn)?\\.com with HTTP;'),
  ip('from \\[66\\.218\\.\\S+\\] by \\S+\\.yahoo\\.com'),
];
const HOTMAIL_OF_OUTLOOK = [
  ip('from \\S*\\.outbound\\.protection\\.outlook\\.com \\(\\S+\\.outbound\\.protection\\.outlook\\.com[ )]'),
  ip('from \\S*\\.(?:eur|nam)prd\\d+\\.prod\\.outlook\\.com \\(IP\\)'),
];

/** `helo`: a host that calls itself Hotmail. `from`: a sender there, whose mail did not come from there. */
function hotmail(context: Context): 'helo' | 'from' | undefined {
  const { views } = context;
  const text = received(context);
  if (text.includes('from mail pickup service by hotmail.com with Microsoft SMTPSVC;')) return undefined;
  if (isMsnGroup(context) || context.derived(isGated)) return undefined;
  const address = holdsAddress(views.headerText('X-Originating-Ip'));
  const outlook = /hotmail\.com|msonline-outlook/.test(views.headerText('X-OriginatorOrg') ?? '');
  if (address && HOTMAIL_WITH_ADDRESS.some((form) => form.test(text))) return undefined;
  if (outlook && HOTMAIL_OF_OUTLOOK.some((form) => form.test(text))) return undefined;
  if (/(?:from |HELO |helo=)\S*hotmail\.com\b/.test(text)) return 'helo';
  return isFrom(context, /\bhotmail\.com$/i) ? 'from' : undefined;
}

function isMsnGroup(context: Context): boolean {
  const { views } = context;
  const list = /<([^\s<>@]+)@groups\.msn\.com>/i.exec(views.headerText('To') ?? '')?.[1];
  if (list === undefined) return false;
  const server = /from mail pickup service by (p\d\d\.groups\.msn\.com)\b/.exec(received(context))?.[1];
  if (server === undefined) return false;
  const id = views.headerText('Message-Id') ?? '';
  if (list === 'notifications') return /^<\S+@/.test(id) && id.includes(`@${server}>`);
  return (
    id.startsWith(`<${list}-`) &&
    id.includes('@groups.msn.com>') &&
    envelopeSender(context).includes(`${list}-bounce@groups.msn.com`)
  );
}

const YAHOO = [
  /by web\S+\.mail\S*\.yahoo\.com via HTTP/,
  /by sonic\S+\.consmr\.mail\S*\.yahoo\.com with HTTP/,
  /by smtp\S+\.yahoo\.com with SMTP/,
  ip('from \\[IP\\] by \\S+\\.(?:groups|scd|dcn)\\.yahoo\\.com with NNFMP'),
  /by \w+\.\w+\.yahoo\.com \(\d+\.\d+\.\d+\/\d+\.\d+\.\d+\)(?: with ESMTP)? id \w+/,
];

const forgedYahoo: EvalFunction = (context) => {
  if (!isFrom(context, /\byahoo\.com$/i)) return false;
  const { views } = context;
  const isResent = views.header('Resent-From').length > 0 && views.header('Resent-To').length > 0;
  const copied = isResent ? oneLine(views.headerText('X-Received')) : '';
  const text = copied === '' ? received(context) : copied;
  if (context.derived(isGated)) return false;
  const { trustedRelays, untrustedRelays } = views.relays;
  if ([...trustedRelays, ...untrustedRelays.slice(0, 1)].some(({ rdns }) => rdns.endsWith('.yahoo.com')))
    return false;
  if (YAHOO.some((form) => form.test(text))) return false;
  return !(/\bmailer\d+\.bulk\.scd\.yahoo\.com\b/.test(text) && isFrom(context, /@reply\.yahoo\.com$/i));
};

const forgedEudoramail: EvalFunction = (context) => {
  if (!isFrom(context, /\beudoramail\.com$/i) || context.derived(isGated)) return false;
  const address = holdsAddress(context.views.headerText('X-Sender-Ip'));
  return !(address && /by \S*whowhere\.com;/.test(received(context)));
};

const forgedJuno: EvalFunction = (context) => {
  if (!isFrom(context, /\bjuno\.com$/i) || context.derived(isGated)) return false;
  const { views } = context;
  const origin = views.headerText('X-Originating-IP') ?? '';
  const mailer = views.headerText('X-Mailer') ?? '';
  const fields = views.headerText('Received') ?? '';
  if (origin !== '')
    return (
      !mailer.includes('Juno ') ||
      !(
        ip('from.*\\b(?:juno|untd)\\.com.*[\\[(]IP[\\])].*by').test(fields) ||
        / cookie\.(?:juno|untd)\.com /.test(fields)
      )
    );
  // Without that field it cannot be Juno's any more.
  return true;
};

/** Shortest values that Google writes in fields of its own. */
const GOOGLE_STATE = 60;

const forgedGmail: EvalFunction = (context) => {
  if (!isFrom(context, /\bgmail\.com$/i)) return false;
  const { views } = context;
  const copied = views.headerText('X-Received') ?? '';
  if (/by 10\.\S+ with SMTP id \S+/.test(copied) || /by 2002:a\d\d:\w+:\S+ with SMTP id \S+/.test(copied))
    return false;
  if (/by smtp\.googlemail\.com with ESMTPSA id \S+/.test(views.headerText('Received') ?? '')) return false;
  const length = (field: string): number => (views.headerText(field) ?? '').length;
  return length('X-Gm-Message-State') < GOOGLE_STATE || length('X-Google-Smtp-Source') < GOOGLE_STATE;
};

/** Message-IDs of the lists and servers that write their own say nothing. */
const messageIdNotUsable: EvalFunction = (context) => {
  const { views } = context;
  const fields = views.headerText('Received') ?? '';
  return (
    /<mailto:(?:leave-\S+|\S+-unsubscribe)@\S+>$/im.test(views.headerText('List-Unsubscribe') ?? '') ||
    context.derived(isGated) ||
    fields.includes('/CWT/DCE)') ||
    fields.includes('iPlanet Messaging Server')
  );
};

export const forgedEvals: Readonly<Record<string, EvalFunction>> = {
  gated_through_received_hdr_remover: gatedThroughRemover,
  check_for_fake_aol_relay_in_rcvd: fakeAolRelay,
  check_for_forged_hotmail_received_headers: (context) => context.derived(hotmail) === 'helo',
  check_for_no_hotmail_received_headers: (context) => context.derived(hotmail) === 'from',
  check_for_msn_groups_headers: (context) => context.derived(isMsnGroup),
  check_for_forged_yahoo_received_headers: forgedYahoo,
  check_for_forged_eudoramail_received_headers: forgedEudoramail,
  check_for_forged_juno_received_headers: forgedJuno,
  check_for_forged_gmail_received_headers: forgedGmail,
  check_messageid_not_usable: messageIdNotUsable,
};

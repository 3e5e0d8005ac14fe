import { parseMessage } from '../../../src/message/parse.ts';
import { compile, formatDiagnostic, run } from '../../../src/sieve/index.ts';
import type { Action, RunOutcome } from '../../../src/sieve/types.ts';
import type { Pigeonhole } from '../../support/pigeonhole.ts';
import { type Outcome, store, tried } from './peer.ts';

/** A script and what it is run on; what it does is told with the texts that are sent. */
export interface Run {
  readonly script: string;
  readonly mail: string;
  readonly sender: string;
  readonly recipient: string;
  /** Personal scripts that may be included, by name. */
  readonly included: Readonly<Record<string, string>>;
}

/** A vacation whose reason brings its own header. */
const MIME_REASON = /\bvacation(?: :\w+(?: "[^"]*"| \[[^\]]*\]| \d+)?)* :mime\b/;
const SETTINGS = { vacation: { minPeriod: 0 } };

/** What {@link Pigeonhole} must be set to, to be compared with. */
export const PEER_SETTINGS: readonly string[] = [
  'sieve_vacation_min_period = 0',
  'sieve_extensions = +editheader +vacation-seconds',
  'sieve = file:~/sieve;active=~/main.sieve',
];

/** What our engine does; what it asks is answered with no. */
export function ourRun({ script: source, mail, sender, recipient, included }: Run): Outcome | RunOutcome {
  const { script, diagnostics } = compile(source, {
    settings: SETTINGS,
    include: (location, name) => (location === 'personal' ? included[name] : undefined),
  });
  if (script === undefined) {
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    return { kind: 'invalid', why: errors.map((error) => formatDiagnostic('case', error)).join('\n') };
  }
  const envelope = { client: {}, sender, recipients: [{ address: recipient }] };
  const message = parseMessage(Buffer.from(mail));
  const environment = { name: 'tamis', phase: 'post', location: 'MS' } as const;
  const input = { message, envelope, recipient, now: new Date(0), environment };
  const running = run(script, input, { settings: SETTINGS });
  let step = running.next();
  while (step.done !== true) step = running.next(undefined);
  const { error } = step.value;
  return error === undefined ? step.value : { kind: 'failed', why: error.text };
}

/** What our engine does, with the texts that it sends. */
export function ourOutcome(one: Run): Outcome {
  const outcome = ourRun(one);
  if ('kind' in outcome) return outcome;
  return { kind: 'actions', actions: outcome.actions.map((action) => actionText(action, outcome, one)) };
}

function actionText(action: Action, outcome: RunOutcome, { script, recipient }: Run): string {
  switch (action.type) {
    case 'keep':
      return store('INBOX', action.flags ?? []);
    case 'fileinto':
      return store(shown(action.mailbox), action.flags ?? []);
    case 'redirect':
      return `redirect ${domainFolded(action.address)}`;
    case 'reject':
      return `reject ${shown(action.reason)}`;
    case 'vacation': {
      if (action.mail === undefined) return `no vacation: ${action.suppressed}`;
      const { header, root } = parseMessage(action.mail.raw);
      const seconds = outcome.remember.find(({ kind }) => kind === 'vacation')?.seconds;
      const subject = script.includes(':subject') ? header.get('subject')?.text : '';
      const from = header.get('from')?.value.includes(recipient) === true ? '' : header.get('from')?.value;
      const body = MIME_REASON.test(script) ? `Content-Type: ${root.type}\n\n${root.text}` : root.text;
      return `vacation ${seconds} [${subject}] [${from}] ${lines(body)}`;
    }
    case 'notify': {
      if (action.payload?.kind !== 'mail') return `no notify: ${action.suppressed}`;
      const { header, root } = parseMessage(action.payload.mail.raw);
      const importance = { high: 1, normal: 2, low: 3 }[header.get('importance')?.value ?? ''];
      const subject = /:message|subject=/i.test(script) ? header.get('subject')?.text : '';
      const from = script.includes(':from') ? header.get('from')?.value : '';
      const to = ['To', 'Cc'].flatMap((name) =>
        header.all(name).flatMap(({ addresses }) => addresses.map(({ address }) => `${name}: ${address}`)),
      );
      const body = /body=/i.test(script) ? root.text : '';
      return `notify ${importance} [${subject}] [${from}] ${to.join(', ')} ${lines(body)}`.trim();
    }
    default:
      return action.type;
  }
}

/** What sieve-test does, in the same words. */
export function peerOutcome(peer: Pigeonhole, run: Run): Outcome {
  for (const [name, text] of Object.entries(run.included)) peer.write(`sieve/${name}.sieve`, text);
  return tried(peer, run, (output) =>
    output
      .split(/^ \* /m)
      .slice(1)
      // What is to be remembered is no action.
      .filter((block) => !/^track (?:last )?duplicate/.test(block))
      .map((block) => peerAction(block.replace(/\n\nImplicit keep:[^]*$/, ''))),
  );
}

function peerAction(block: string): string {
  const part = (pattern: RegExp): string => pattern.exec(block)?.[1] ?? '';
  const name = (label: string): string => part(new RegExp(`^ {4}=> ${label} *: (.*)$`, 'm'));
  const mailbox = part(/^store message in folder: (.*)$/m);
  if (mailbox !== '') {
    const flags = part(/add IMAP flags: (.*)$/m).split(' ');
    return store(
      mailbox,
      flags.filter((flag) => flag !== ''),
    );
  }
  if (block.startsWith('redirect ')) return `redirect ${domainFolded(part(/<(.*)>/))}`;
  if (block.startsWith('reject ')) return `reject ${part(/reason: ([^]*)$/).trimEnd()}`;
  if (block.startsWith('send vacation')) {
    const text = part(/^START MESSAGE\r?\n([^]*)\nEND MESSAGE$/m);
    return `vacation ${name('seconds')} [${name('subject')}] [${name('from')}] ${lines(text)}`;
  }
  if (block.startsWith('send notification')) {
    const to = [...block.matchAll(/^ {7}\+ ((?:To|Cc): .*)$/gm)].map((found) => found[1] ?? '');
    const body = part(/^--\n([^]*)\n--$/m);
    const head = `notify ${name('importance')} [${name('subject')}] [${name('from')}]`;
    return `${head} ${to.join(', ')} ${lines(body)}`.trim();
  }
  return part(/^(.*)$/m);
}

const lines = (text: string): string => text.replaceAll('\r\n', '\n').trimEnd();
/** sieve-test prints control characters as question marks. */
const shown = (text: string): string => text.replaceAll(/\r?\n/g, '??');
/** It prints domains in lower case, now and then. */
const domainFolded = (address: string): string =>
  address.replace(/@[^@]*$/, (domain) => domain.toLowerCase());

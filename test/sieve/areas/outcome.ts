import { parseMessage } from '../../../src/message/parse.ts';
import { compile, formatDiagnostic, run } from '../../../src/sieve/index.ts';
import type { Action, RunOutcome } from '../../../src/sieve/types.ts';
import type { Pigeonhole } from '../../support/pigeonhole.ts';
import { type Outcome, store } from '../differential/peer.ts';
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

/** What our engine does, with the texts that it sends. */
export function ourOutcome(one: AreaCase): Outcome {
  const { script, diagnostics } = compile(wholeScript(one), {
    settings: { vacation: { minPeriod: 0 } },
    include: (location, name) => (location === 'personal' ? included[name] : undefined),
  });
  if (script === undefined) {
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    return { kind: 'invalid', why: errors.map((error) => formatDiagnostic('case', error)).join('\n') };
  }
  const envelope = { client: {}, sender: SENDER, recipients: [{ address: RECIPIENT }] };
  const message = parseMessage(Buffer.from(mails[one.mail] ?? ''));
  const environment = { name: 'tamis', phase: 'during' } as const;
  const input = { message, envelope, recipient: RECIPIENT, now: new Date(0), environment };
  const running = run(script, input, { settings: { vacation: { minPeriod: 0 } } });
  let step = running.next();
  while (step.done !== true) step = running.next(undefined);
  const outcome = step.value;
  const { error, actions } = outcome;
  if (error !== undefined) return { kind: 'failed', why: error.text };
  return {
    kind: 'actions',
    actions: actions.map((action) => actionText(action, outcome, one)),
  };
}

function actionText(action: Action, outcome: RunOutcome, { script }: AreaCase): string {
  switch (action.type) {
    case 'keep':
      return store('INBOX', action.flags ?? []);
    case 'fileinto':
      return store(shown(action.mailbox), action.flags ?? []);
    case 'redirect':
      return `redirect ${action.address}`;
    case 'reject':
      return `reject ${shown(action.reason)}`;
    case 'vacation': {
      if (action.mail === undefined) return `no vacation: ${action.suppressed}`;
      const { header, root } = parseMessage(action.mail.raw);
      const seconds = outcome.remember.find(({ kind }) => kind === 'vacation')?.seconds;
      const subject = script.includes(':subject') ? header.get('subject')?.text : '';
      const from = header.get('from')?.value.includes(RECIPIENT) === true ? '' : header.get('from')?.value;
      const body = /vacation.*:mime/.test(script) ? `Content-Type: ${root.type}\n\n${root.text}` : root.text;
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
export function peerOutcome(peer: Pigeonhole, one: AreaCase): Outcome {
  peer.write('case.sieve', wholeScript(one));
  const { status, stdout, stderr } = peer.run('sieve-test', [
    '-C',
    '-f',
    SENDER,
    '-r',
    RECIPIENT,
    'case.sieve',
    `${one.mail}.eml`,
  ]);
  if (/Panic: /.test(stderr)) return { kind: 'crashed', why: stderr };
  if (stderr.includes('failed to compile')) return { kind: 'invalid', why: stderr };
  if (status !== 0) return { kind: 'failed', why: stderr };
  const actions = stdout
    .split(/^ \* /m)
    .slice(1)
    // What is to be remembered is no action.
    .filter((block) => !/^track (?:last )?duplicate/.test(block))
    .map((block) => peerAction(block.replace(/\n\nImplicit keep:[^]*$/, '')));
  return { kind: 'actions', actions };
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
  if (block.startsWith('redirect ')) return `redirect ${part(/<(.*)>/)}`;
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

import type { Pigeonhole } from '../../support/pigeonhole.ts';

/** What an engine wants to be done, in a form that both sides can be brought to. */
export type Outcome =
  | { readonly kind: 'actions'; readonly actions: readonly string[] }
  /** The script failed while it ran. */
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'invalid'; readonly why: string }
  /** The program itself broke off: there is nothing to compare with. */
  | { readonly kind: 'crashed'; readonly why: string };

/** `store INBOX \seen`: mailbox names as they are, `INBOX` in capitals, flags in lower case and in order. */
export function store(mailbox: string, flags: readonly string[]): string {
  const name = mailbox.toUpperCase() === 'INBOX' ? 'INBOX' : mailbox;
  return ['store', name, ...flags.map((flag) => flag.toLowerCase()).sort()].join(' ');
}

/** One script on one mail, as Pigeonhole's sieve-test does it. */
export function peerOutcome(
  peer: Pigeonhole,
  script: string,
  mail: string,
  sender: string,
  recipient: string,
): Outcome {
  return tried(peer, { script, mail, sender, recipient }, actionsOf);
}

/** What one run of sieve-test is given. */
interface Trial {
  readonly script: string;
  readonly mail: string;
  readonly sender: string;
  readonly recipient: string;
}

/** Runs sieve-test, with `options` beside those it always gets, and reads what it prints. */
export function tried(
  peer: Pigeonhole,
  { script, mail, sender, recipient }: Trial,
  read: (output: string) => string[],
  ...options: string[]
): Outcome {
  peer.write('case.sieve', script);
  peer.write('case.eml', mail);
  const asked = ['-C', ...options, '-f', sender, '-r', recipient, 'case.sieve', 'case.eml'];
  const { status, stdout, stderr } = peer.run('sieve-test', asked);
  // An assertion of its memory pool, met by some patterns of :matches.
  if (/Panic: |Segmentation fault/.test(stderr)) return { kind: 'crashed', why: stderr };
  if (stderr.includes('failed to compile')) return { kind: 'invalid', why: stderr };
  if (status !== 0) return { kind: 'failed', why: stderr };
  return { kind: 'actions', actions: read(stdout) };
}

/** The actions that sieve-test prints, the implicit keep last. Throws for output that it does not know. */
function actionsOf(output: string): string[] {
  const actions: string[] = [];
  let open: { mailbox: string; flags: string[] } | undefined;
  const end = (): void => {
    if (open !== undefined) actions.push(store(open.mailbox, open.flags));
    open = undefined;
  };
  for (const line of output.split('\n')) {
    const flags = /^ {8}\+ add IMAP flags: (.*)$/.exec(line)?.[1];
    if (flags !== undefined) {
      open?.flags.push(...flags.split(' '));
      continue;
    }
    if (!line.startsWith(' * ')) continue;
    end();
    const mailbox = /^ \* store message in folder: (.*)$/.exec(line)?.[1];
    const address = /^ \* redirect message to: <(.*)>$/.exec(line)?.[1];
    if (mailbox !== undefined) open = { mailbox, flags: [] };
    else if (address !== undefined) actions.push(`redirect ${address}`);
    else if (line === ' * discard') actions.push('discard');
    else throw new Error(`sieve-test prints what is not known here: ${line}`);
  }
  end();
  return actions;
}

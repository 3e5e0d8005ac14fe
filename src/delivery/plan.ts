import type { Action } from '../sieve/types.ts';

/** A copy of the message for one mailbox. */
export interface FilePlan {
  mailbox: string;
  flags: readonly string[];
  /** What the mailbox is when it is missing: made, or replaced by `home`. */
  create: boolean;
}

/** What is to be done for one recipient. All of it, or nothing. */
export interface Plan {
  files: FilePlan[];
  redirects: string[];
  /** The text of a refusal; then nothing else is done (RFC 5429 §2). */
  reject?: string;
}

export interface PlanOptions {
  /** Mailbox of the implicit keep. */
  home: string;
  autocreate: boolean;
  /** Why the mail must not be redirected there; it is kept instead. */
  redirectFault(address: string): string | undefined;
  report(fault: string): void;
}

export const INBOX = 'INBOX';

/**
 * Turns the actions of a script into what is to be done. The implicit keep is the filter's opinion, so spam goes to
 * Junk; `keep` is the user's word, so it means the inbox (RFC 5228 §4.3), as `fileinto` means its mailbox.
 */
export function plan(actions: readonly Action[], options: PlanOptions): Plan {
  const files = new Map<string, FilePlan>();
  const redirects = new Set<string>();
  let reject: string | undefined;
  const file = (mailbox: string, flags: readonly string[], create: boolean): void => {
    const key = mailbox.toUpperCase() === INBOX ? INBOX : mailbox;
    const known = files.get(key);
    // RFC 5228 §2.10.3: one copy a mailbox; what was said of its flags adds up.
    files.set(key, {
      mailbox: key,
      flags: [...new Set([...(known?.flags ?? []), ...flags])],
      create: create || (known?.create ?? false),
    });
  };
  for (const action of actions) {
    switch (action.type) {
      case 'keep':
        file(action.implicit ? options.home : INBOX, action.flags ?? [], true);
        break;
      case 'fileinto':
        file(action.mailbox, action.flags ?? [], options.autocreate);
        break;
      case 'redirect': {
        const fault = options.redirectFault(action.address);
        if (fault === undefined) redirects.add(action.address);
        else {
          options.report(fault);
          file(options.home, [], true);
        }
        break;
      }
      case 'reject':
        reject = action.reason;
        break;
      case 'discard':
        break;
    }
  }
  return { files: [...files.values()], redirects: [...redirects], reject };
}

/**
 * Settings of the filter, with their defaults and the reason of each. Plain data: it is cloned into every worker.
 */
import { availableParallelism } from 'node:os';
import { type BayesSettings, defaultBayesSettings } from './bayes/settings.ts';
import { defaultMapsSettings, type MapsSettings } from './maps/settings.ts';
import { defaultModelSettings, type ModelSettings } from './model/settings.ts';
import { type ClamdSettings, defaultClamdSettings } from './clamd/settings.ts';
import type { CompositeSettings } from './composites/types.ts';
import { defaultDnsListsSettings, type DnsListsSettings } from './dns-lists/settings.ts';
import { defaultFuzzySettings, type FuzzySettings } from './fuzzy/settings.ts';
import { defaultReputationSettings, type ReputationSettings } from './reputation/settings.ts';
import { defaultSenderDnsSettings, type SenderDnsSettings } from './sender-dns/settings.ts';
import { defaultRulesSettings, type RulesSettings } from './rules/settings.ts';
import type { Action } from './types.ts';

export interface FilterSettings {
  /** Score from which an action is taken; null for never. The action with the highest threshold reached wins. */
  thresholds: Thresholds;
  /** Score by symbol, in the place of the check's default. 0 keeps the symbol in the report without an effect. */
  scores: Record<string, number>;
  /** Symbols that are not reported at all; composites don't see them either. */
  disabled: string[];
  /** Boolean expressions over symbols, by the name of the symbol they give. */
  composites: Record<string, CompositeSettings>;
  /** Symbols that decide the action whatever the score is. */
  forcedActions: Record<string, ForcedAction>;
  /** Put before the subject by `rewrite subject`. */
  subjectPrefix: string;
  /** Text of a reject or soft reject. */
  rejectText: string;
  headers: HeaderSettings;
  /** Rules in SpamAssassin's language. */
  rules: RulesSettings;
  /** What a server answers when the scan itself failed: 4xx, or let the message in unscanned. */
  failAction: 'tempfail' | 'accept';
  pool: PoolSettings;
  bayes: BayesSettings;
  model: ModelSettings;
  dnsLists: DnsListsSettings;
  maps: MapsSettings;
  clamd: ClamdSettings;
  fuzzy: FuzzySettings;
  reputation: ReputationSettings;
  senderDns: SenderDnsSettings;
}

export interface Thresholds {
  greylist: number | null;
  /** Also the `required` score: from here on a message counts as spam. */
  addHeader: number;
  rewriteSubject: number | null;
  quarantine: number | null;
  softReject: number | null;
  reject: number | null;
  discard: number | null;
}

export interface ForcedAction {
  action: Action;
  /** Text of the refusal; default {@link FilterSettings.rejectText}. */
  text?: string;
}

/** Which fields are written into a message. Those of the same names that came with it are always removed. */
export interface HeaderSettings {
  /** `Authentication-Results` at the top of the header (RFC 8601 §5). */
  authenticationResults: boolean;
  /** `X-Spam-Status: Yes, score=7.2 required=6.0 tests=A,B`. */
  status: boolean;
  /** `X-Spam-Flag: YES`, only on spam. */
  flag: boolean;
  /** `X-Spam-Score: 7.2`. */
  score: boolean;
  /** `X-Spam-Level: *******`, a star a point. */
  level: boolean;
}

export interface PoolSettings {
  /** Number of worker threads. */
  workers: number;
  /** Milliseconds a message may spend in a worker, waiting for DNS included, before the worker is killed. */
  timeLimit: number;
  /** Megabytes of JavaScript heap a worker may use before it is killed. Message bytes are not in the heap. */
  memoryLimit: number;
  /** Messages that may wait for a worker; beyond it a scan is refused as busy. */
  queueLength: number;
  /** Bytes of the messages that may wait. One message is always let in, whatever its size. */
  queueBytes: number;
  /** Milliseconds a message may wait for a worker before it is refused as busy. */
  queueTime: number;
  /** Messages a worker may have in hand at once: while one waits for the DNS the next is scanned. */
  concurrency: number;
  /** Bytes a worker may have in hand at once. A message of more than this has its worker for itself. */
  concurrencyBytes: number;
}

export const defaultFilterSettings: FilterSettings = {
  thresholds: {
    // Off: greylisting needs a policy that remembers; it is switched on together with it.
    greylist: null,
    // What rspamd ships: mail that is probably spam is marked and filed, not refused.
    addHeader: 6,
    // Off: a changed subject breaks DKIM signatures for everybody behind us.
    rewriteSubject: null,
    // Off: somebody must look after a quarantine.
    quarantine: null,
    softReject: null,
    // What rspamd ships: so far above 6 that one wrong rule cannot lose mail.
    reject: 15,
    // Off: mail that vanishes cannot be explained to anybody.
    discard: null,
  },
  scores: {},
  disabled: [],
  composites: {
    // A list sends in its own name and writes to its own address: no forgery.
    FORGED_RECIPIENTS_MAILLIST: {
      expression: 'FORGED_RECIPIENTS & MAILLIST',
      score: 0,
      description: 'Recipients are not those of the message, but it came by a mailing list',
      policy: 'remove_weight',
    },
    FORGED_SENDER_MAILLIST: {
      expression: 'FORGED_SENDER & MAILLIST',
      score: 0,
      description: 'Envelope sender differs from From, but it came by a mailing list',
      policy: 'remove_weight',
    },
    // Lists change subjects and add footers: broken signatures are the rule there, not a sign of forgery.
    DKIM_REJECT_MAILLIST: {
      expression: 'R_DKIM_REJECT & MAILLIST & !R_DKIM_ALLOW',
      score: 0,
      description: 'Broken DKIM signature on a message of a mailing list',
      policy: 'remove_weight',
    },
    // The same for DMARC, where the list proves itself and has left its traces.
    DMARC_MAILLIST: {
      expression:
        '(DMARC_POLICY_REJECT | DMARC_POLICY_QUARANTINE) & MAILLIST & (LIST_SUBJECT_TAG | LIST_FOOTER) & (R_SPF_ALLOW | R_DKIM_ALLOW)',
      score: 0.5,
      description: 'DMARC failed on a message that a mailing list has changed',
      policy: 'remove_weight',
    },
    // Bulk mail asks for answers elsewhere as a matter of course; a private letter to a webmail address does not.
    FREEMAIL_REPLYTO_LURE: {
      expression: 'FREEMAIL_REPLYTO & (R_UNDISC_RCPT | MISSING_TO) & !MAILLIST',
      score: 2.5,
      description: 'Written to nobody by name, answers wanted at a free mail address',
      policy: 'leave',
    },
    // A name that is not the sender's and a link that is not what it shows: the two halves of a phish.
    PHISH_SPOOFED: {
      expression: '(SPOOF_DISPLAY_NAME | FROM_MIXED_SCRIPT) & (PHISHING | HTML_FORM | URL_USER_PASSWORD)',
      score: 3,
      description: 'Spoofed sender name together with a disguised link or a form',
      policy: 'leave',
    },
  },
  forcedActions: {
    // The test strings every admin knows; no real message holds them by chance.
    GTUBE: { action: 'reject', text: 'GTUBE: this is the test message for spam filters' },
    GTUBE_ADD_HEADER: { action: 'add header' },
    GTUBE_REWRITE_SUBJECT: { action: 'rewrite subject' },
  },
  subjectPrefix: '*** SPAM *** ',
  rejectText: 'Message refused as spam',
  headers: { authenticationResults: true, status: true, flag: true, score: true, level: true },
  rules: defaultRulesSettings,
  // The sender tries again and nothing is lost or let in unseen.
  failAction: 'tempfail',
  bayes: defaultBayesSettings,
  model: defaultModelSettings,
  dnsLists: defaultDnsListsSettings,
  maps: defaultMapsSettings,
  clamd: defaultClamdSettings,
  fuzzy: defaultFuzzySettings,
  reputation: defaultReputationSettings,
  senderDns: defaultSenderDnsSettings,
  pool: {
    // One core stays for sockets and the store; never fewer than two, so that a message that keeps its worker busy
    // up to the time limit does not stop the mail of everybody else.
    workers: Math.max(2, availableParallelism() - 1),
    // A common message takes milliseconds, the largest a few seconds; Postfix waits 300 s for a milter's answer, and
    // a message may be tried twice.
    timeLimit: 30_000,
    // A message of 50 MB needs about 150 MB of heap on top of some 40 MB of code.
    memoryLimit: 512,
    // About ten seconds of work for two workers at 300 messages a second each.
    queueLength: 5000,
    queueBytes: 256 * 1024 * 1024,
    // Longer than clients wait is work for nobody: an SMTP client gives 10 minutes (RFC 5321 §4.5.3.2.6), a milter's
    // MTA 5, and the scan still has to run.
    queueTime: 60_000,
    // A few DNS answers of 50 ms hide behind the 3 ms of CPU a message takes.
    concurrency: 16,
    // Bounds what decoded copies of the messages in hand take, and how much work a kill throws away.
    concurrencyBytes: 2 * 1024 * 1024,
  },
};

import { z } from 'zod';
import { defaultFilterSettings, type FilterSettings } from '../../filter/settings.ts';
import { ACTIONS } from '../../filter/types.ts';
import { clamdSettings } from './clamd.ts';
import { dnsListsSettings } from './dns-lists.ts';
import { fuzzySettings } from './fuzzy.ts';
import { mapsSettings } from './maps.ts';
import { reputationSettings } from './reputation.ts';
import {
  choice,
  custom,
  duration,
  flag,
  real,
  realOrNull,
  settings,
  size,
  text,
  texts,
  whole,
} from '../settings.ts';

const symbol = z.string().regex(/^[A-Z][A-Z0-9_]{0,79}$/, 'symbols are UPPER_CASE, at most 80 characters');
const score = z.number().min(-1000).max(1000);
const action = z.enum(ACTIONS);

export const filterSection = settings<FilterSettings>(
  defaultFilterSettings,
  {
    thresholds: {
      greylist: realOrNull(
        -1000,
        1000,
        'Score from which a message is asked to come back later; null: never.',
      ),
      addHeader: real(
        -1000,
        1000,
        'Score from which a message counts as spam, is marked and filed into Junk.',
      ),
      rewriteSubject: realOrNull(-1000, 1000, 'Score from which the subject is changed too; null: never.'),
      quarantine: realOrNull(-1000, 1000, 'Score from which a message is put on hold; null: never.'),
      softReject: realOrNull(-1000, 1000, 'Score from which a message is refused with 4xx; null: never.'),
      reject: realOrNull(-1000, 1000, 'Score from which a message is refused with 5xx; null: never.'),
      discard: realOrNull(-1000, 1000, 'Score from which a message is taken and thrown away; null: never.'),
    },
    scores: custom(z.record(symbol, score), 'Scores by symbol, instead of the default ones; 0 only reports.'),
    disabled: custom(z.array(symbol).max(1000), 'Symbols that are not reported at all.'),
    composites: custom(
      z.record(
        symbol,
        z.strictObject({
          expression: z.string().max(2000),
          score,
          description: z.string().max(500).optional(),
          policy: z.enum(['remove_all', 'remove_weight', 'leave']).optional(),
        }),
      ),
      'Symbols made of others: {expression: "A & (B | !C)", score, description, policy}. Replaces the shipped ones.',
    ),
    forcedActions: custom(
      z.record(symbol, z.strictObject({ action, text: z.string().max(500).optional() })),
      'Symbols that decide the action whatever the score: {action, text}. Replaces the shipped ones.',
    ),
    subjectPrefix: text('Put before the subject by "rewrite subject".', 100),
    rejectText: text('Text of a refusal, without codes.', 400),
    headers: {
      authenticationResults: flag('Write Authentication-Results (RFC 8601).'),
      status: flag('Write X-Spam-Status with score and symbols.'),
      flag: flag('Write X-Spam-Flag: YES on spam.'),
      score: flag('Write X-Spam-Score.'),
      level: flag('Write X-Spam-Level, a star a point.'),
    },
    rules: {
      shipped: flag('Load the rules that come with Tamis.'),
      fitted: flag('Score symbols as fitted on mail (rules/scores), not as their authors thought.'),
      files: texts(
        "Rule files in SpamAssassin's language, and folders of them (*.cf), behind the shipped ones.",
      ),
      network: flag('Use the scores, and run the rules, that are for scans which ask the DNS.'),
      bayes: flag('Use the scores that are for scans which know the Bayes probability.'),
      language: text('Lines of rule files that begin with "lang XX" are read when this begins with XX.', 40),
    },
    failAction: choice(['tempfail', 'accept'], 'What happens to a message that could not be scanned.'),
    pool: {
      workers: whole(1, 256, 'Worker threads.'),
      timeLimit: duration(
        'ms',
        '100ms',
        '10m',
        'Time a message may spend in a worker before the worker is replaced',
      ),
      memoryLimit: whole(64, 65_536, 'Megabytes of heap a worker may use before it is replaced.'),
      queueLength: whole(1, 1_000_000, 'Messages that may wait for a worker; more are answered with 4xx.'),
      queueBytes: size('1M', '1024G', 'Octets of the messages that may wait'),
      queueTime: duration('ms', '100ms', '10m', 'Time a message may wait before it is answered with 4xx'),
      concurrency: whole(1, 1000, 'Messages a worker has in hand at once (others wait for the DNS).'),
      concurrencyBytes: size('64K', '1024G', 'Octets a worker has in hand at once'),
    },
    model: {
      enabled: flag('Ask the trained model.'),
      file: text('File of the model (tamis model train); empty: the shipped one.'),
      engine: choice(['plain', 'onnxruntime'], 'What evaluates it: plain code, or onnxruntime.'),
    },
    bayes: {
      enabled: flag('Judge messages by what was learned (tamis learn).'),
      minimumLearned: whole(1, 1_000_000, 'Messages of spam and of ham to be learned before it is used.'),
      tokens: whole(100, 16_000, 'Tokens looked at in one message.'),
      tableBytes: size('1M', '4G', 'Octets of the table of tokens; the next power of two below is used'),
      backend: choice(
        ['file', 'state'],
        'Counts in files of this machine, or in the state that nodes share.',
      ),
      cacheTime: duration('s', '1s', '1d', 'Time a count of the shared state is believed'),
      expire: duration('s', '1d', '3650d', 'Time after which rare tokens of the shared state are forgotten'),
      timeout: duration('ms', '10ms', '10s', 'Time a scan waits for counts of the shared state'),
      perUser: flag('Ask what the only recipient has learned, too.'),
      userWeight: real(1, 100_000, 'Messages learned that make the counts of a user worth those of all.'),
      autolearn: {
        enabled: flag('Learn messages whose score is beyond doubt.'),
        spam: real(-1000, 1000, 'Score, without Bayes, from which a message is learned as spam.'),
        ham: real(-1000, 1000, 'Score, without Bayes, to which a message is learned as ham.'),
        balance: real(1, 1000, 'A class with so many times the messages of the other learns no more.'),
      },
    },
    dnsLists: dnsListsSettings,
    maps: mapsSettings,
    clamd: clamdSettings,
    fuzzy: fuzzySettings,
    reputation: reputationSettings,
    senderDns: {
      enabled: flag('Ask whether the domains of sender and author could take an answer (MX, address).'),
      timeLimit: duration('ms', '10ms', '1m', 'Time a message waits for it'),
    },
  },
  'What is thought of a message: checks, scores, actions.',
);

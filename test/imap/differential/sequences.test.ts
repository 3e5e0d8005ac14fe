import fc from 'fast-check';
import { test } from 'vitest';
import { describeDovecot } from './describe-dovecot.ts';
import { lockstep, type Step, steps } from './lockstep.ts';
import { difference } from './told.ts';
import { TwoServers } from './two-servers.ts';

/** Sequences of each property; a seed repeats a run. */
const CASES = Number(process.env['TAMIS_DIFFERENTIAL_CASES'] ?? 12);
const seed = Number(process.env['TAMIS_DIFFERENTIAL_SEED'] ?? 3501);

/** One session knows IMAP4rev1 alone, one CONDSTORE, one QRESYNC. */
const NAMES = ['A', 'B', 'C'] as const;
const START = `
A CREATE Box
C ENABLE QRESYNC
B SELECT INBOX (CONDSTORE)
A +INBOX
A +INBOX (\\Seen)
A +INBOX (key $Junk \\Flagged)
A +INBOX
A SELECT INBOX
C SELECT INBOX
B NOOP
`;

const number = fc.integer({ min: 1, max: 6 });
const set = fc.oneof(
  { weight: 5, arbitrary: number.map(String) },
  { weight: 2, arbitrary: fc.tuple(number, number).map(([from, to]) => `${from}:${to}`) },
  { weight: 1, arbitrary: number.map((from) => `${from}:*`) },
  { weight: 1, arbitrary: fc.tuple(number, number).map(([one, other]) => `${one},${other}`) },
);
const flags = fc
  .uniqueArray(fc.constantFrom('\\Seen', '\\Flagged', '\\Answered', '\\Draft', 'key', '$Junk', '\\Deleted'), {
    maxLength: 3,
  })
  .map((names) => `(${names.join(' ')})`);
const mode = fc.constantFrom('+FLAGS', '+FLAGS', '-FLAGS', 'FLAGS', '+FLAGS.SILENT', '-FLAGS.SILENT');
const prefix = fc.constantFrom('', 'UID ');

/** By numbers alone: of a UID that Dovecot has given to a copy that was not made, we know nothing. */
const byNumber = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(set, mode, flags).map((rest) => `STORE ${rest.join(' ')}`) },
  { weight: 3, arbitrary: set.map((one) => `STORE ${one} +FLAGS (\\Deleted)`) },
  { weight: 3, arbitrary: fc.constant('EXPUNGE') },
  { weight: 3, arbitrary: flags.map((some) => `+INBOX ${some}`) },
  { weight: 1, arbitrary: set.map((one) => `COPY ${one} Box`) },
  { weight: 1, arbitrary: number.map((one) => `COPY ${one} INBOX`) },
  // Onto itself Dovecot may lose a message when another one is gone.
  { weight: 2, arbitrary: set.map((one) => `MOVE ${one} Box`) },
  { weight: 2, arbitrary: fc.constantFrom('NOOP', 'CHECK') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('CLOSE', 'UNSELECT', 'SELECT INBOX'),
  },
);
const byUid = fc.oneof(
  fc.tuple(set, mode, flags).map((rest) => `UID STORE ${rest.join(' ')}`),
  set.map((one) => `UID EXPUNGE ${one}`),
  set.map((one) => `UID COPY ${one} Box`),
  set.map((one) => `UID MOVE ${one} Box`),
);
const asking = fc.oneof(
  fc.tuple(prefix, set).map(([uid, one]) => `${uid}FETCH ${one} (UID FLAGS)`),
  fc.tuple(prefix, set).map(([uid, one]) => `${uid}FETCH ${one} (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])`),
  fc
    .tuple(prefix, fc.constantFrom('ALL', 'SEEN', 'DELETED', 'KEYWORD key', 'UNFLAGGED'))
    .map(([uid, key]) => `${uid}SEARCH ${key}`),
  fc.constant('STATUS Box (MESSAGES UNSEEN UIDNEXT)'),
);
const name = fc.constantFrom(...NAMES);

const step = (session: string, command: string, mark: Step['mark'] = ''): Step => ({
  session,
  command,
  mark,
});

/** What all believe in the end, and what is there. */
const END = NAMES.flatMap((session) => [
  step(session, 'SELECT INBOX', '?'),
  step(session, 'FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])'),
]).concat(step('A', 'SELECT Box', '?'), step('A', 'FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])'));

describeDovecot('sequences beside Dovecot', () => {
  const servers = new TwoServers();

  async function same(script: readonly Step[]): Promise<void> {
    const told = await lockstep(servers, [...steps(START), ...script, ...END]);
    // Sequences of one change may differ at Dovecot, and some of its OKs have one more; what they must be the scripts show.
    const alike = (lines: readonly string[]): string[] =>
      lines.map((line) => line.replaceAll(/#\d+/g, '#').replace(/^OK \[HIGHESTMODSEQ #\]$/, 'OK'));
    // Of several copies made at once any may be the first at Dovecot.
    const unordered = (lines: readonly string[]): string[] =>
      alike(lines)
        .map((line) => line.replace(/^\* \d+ FETCH/, '* FETCH'))
        .sort();
    const found = told.flatMap(({ step: done, ours, theirs }, at) => {
      const form = at < told.length - END.length ? alike : unordered;
      return difference({ step: done, ours: form(ours), theirs: form(theirs) }, false) ?? [];
    });
    if (found.length > 0)
      throw new Error(
        `${found.join('\n')}\n\n${script.map(({ session, command }) => `${session} ${command}`).join('\n')}`,
      );
  }

  test('what each is told when all hear of every command', { timeout: 3_600_000 }, async () => {
    const sequence = fc.array(
      fc.tuple(
        name,
        fc.oneof(
          { weight: 4, arbitrary: byNumber },
          { weight: 1, arbitrary: byUid },
          { weight: 2, arbitrary: asking },
        ),
      ),
      { minLength: 5, maxLength: 25 },
    );
    await fc.assert(
      fc.asyncProperty(sequence, (commands) =>
        same(
          commands.flatMap(([session, command]) => [
            step(session, command),
            ...NAMES.filter((one) => one !== session).map((one) => step(one, 'NOOP')),
          ]),
        ),
      ),
      { numRuns: CASES, seed },
    );
  });

  test('what comes of it when nobody waits for the others', { timeout: 3_600_000 }, async () => {
    const sequence = fc.array(fc.tuple(name, byNumber), { minLength: 5, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(sequence, (commands) =>
        same(
          commands.flatMap(([session, command]) => [
            // Dovecot leaves what another has marked and this session was not told of; RFC 9051 §6.4.3 does not.
            ...(command === 'EXPUNGE' || command === 'CLOSE' ? [step(session, 'NOOP', '?')] : []),
            step(session, command, '?'),
          ]),
        ),
      ),
      { numRuns: CASES, seed },
    );
  });
});

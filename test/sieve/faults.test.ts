import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runTestFile } from '../../src/sieve/testsuite/runner.ts';
import { describePeers } from '../support/peers.ts';
import { Pigeonhole } from '../support/pigeonhole.ts';
import { actions } from './faults/actions.ts';
import type { Fault, Group } from './faults/case.ts';
import { edits } from './faults/edits.ts';
import { grammar } from './faults/grammar.ts';
import { tests } from './faults/tests.ts';
import { values } from './faults/values.ts';

/** More than any of the scripts has. */
const MOST_ERRORS = 10;

/** A file of tests that fails once for each error of a script, with the text of it. */
const COUNTING = [
  'require ["vnd.dovecot.testsuite", "variables"];',
  'test "compile" { if test_script_compile "script.sieve" { test_fail "compiles"; } }',
  ...Array.from(
    { length: MOST_ERRORS },
    (_, index) =>
      `test "${index + 1}" { if test_error :index ${index + 1} :matches "*" { test_fail "\${1}"; } }`,
  ),
].join('\n');

/** The errors of a script as `test_error` sees them, without the entry at the end. Empty when it compiles. */
async function ourErrors(script: string): Promise<readonly string[]> {
  const report = await runTestFile('/faults/faults.svtest', {
    read: (path) =>
      path.endsWith('.svtest')
        ? Buffer.from(COUNTING)
        : path.endsWith('/script.sieve')
          ? Buffer.from(script)
          : path.endsWith('/included/good.sieve')
            ? Buffer.from('keep;')
            : undefined,
    now: () => new Date(0),
  });
  const reasons = report?.tests.flatMap(({ failures }) => failures.map(({ reason }) => reason)) ?? [];
  if (reasons[0] === 'compiles') return [];
  expect(reasons.at(-1)).toMatch(/^(parse|validation) failed\.$/);
  return reasons.slice(0, -1);
}

/** What `sievec` reports, without the line at the end. */
function theirErrors(peer: Pigeonhole, script: string): readonly string[] {
  const { status, stderr } = peer.run('sievec', [peer.write('script.sieve', script)]);
  if (status === 0) return [];
  const errors = stderr.split('\n').flatMap((line) => / error: (.*)/.exec(line)?.[1] ?? []);
  expect(errors.at(-1)).toMatch(/^(parse|validation|code generation) failed\.$/);
  return errors.slice(0, -1);
}

const groups: readonly Group[] = [...grammar, ...tests, ...actions, ...values, ...edits];
const scriptOf = (group: Group, fault: Fault): string => {
  const body = typeof fault === 'string' ? fault : fault.script;
  const names = (group.require ?? []).map((name) => `"${name}"`);
  return names.length === 0 ? body : `require [${names.join(', ')}];\n${body}`;
};

describePeers(['sievec'], 'as many errors as Pigeonhole finds', () => {
  let peer: Pigeonhole;
  beforeAll(() => {
    peer = new Pigeonhole([
      'sieve_vacation_min_period = 0',
      'sieve_extensions = +editheader +mboxmetadata +servermetadata +special-use +extlists +vacation-seconds +spamtest +spamtestplus +virustest +vnd.dovecot.environment',
    ]);
    peer.write('sieve/good.sieve', 'keep;');
  });
  afterAll(() => peer.dispose());

  for (const group of groups)
    describe(group.name, () => {
      test.each(
        group.faults.map((fault) => [typeof fault === 'string' ? fault : fault.script, fault] as const),
      )('%s', async (_, fault) => {
        const script = scriptOf(group, fault);
        const ours = await ourErrors(script);
        const theirs = theirErrors(peer, script);
        const told = `ours:\n${ours.join('\n')}\ntheirs:\n${theirs.join('\n')}`;
        if (typeof fault === 'string') {
          expect(ours.length, told).toBe(theirs.length);
          return;
        }
        expect(ours.length, told).toBe(fault.ours);
        // A reason that is not needed any more is to be removed.
        expect(theirs.length, told).not.toBe(fault.ours);
        expect(fault.because.length).toBeGreaterThan(20);
      });
    });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ANNA, ImapRig, SECRET } from '../../../test/support/imap-rig.ts';
import { type Log, silentLog } from '../../log.ts';
import { commands } from './commands/index.ts';
import type { State } from './types.ts';

const rig = new ImapRig();
/** They end or change what the other commands of a run are tried in. */
const APART = new Set(['LOGOUT', 'STARTTLS', 'IDLE', 'COMPRESS', 'UNAUTHENTICATE', 'AUTHENTICATE', 'LOGIN']);

/** What arguments are made of. */
const PIECES = [
  String.raw`INBOX|a|"a b"|""|"|(|)|()|*|%|1|1:*|0|4294967295|99999999999|$|NIL|\Seen|(\Deleted x)|FLAGS`,
  String.raw`+FLAGS|-FLAGS.SILENT|UID|ALL|OR|NOT|RETURN|(MIN MAX)|(SAVE)|SUBJECT|x|BODY[]|BODY[1.MIME]`,
  String.raw`BINARY[1]|(FLAGS ENVELOPE)|<0.1>|CHANGEDSINCE|"17-Jul-1996 02:44:25 -0700"|1-Feb-1994|UTF-8`,
  String.raw`REFERENCES|(STATUS)|SET|STATUS|(selected (MessageNew MessageExpunge))|/private/comment|&|&APw-`,
].flatMap((text) => text.split('|'));
const LITERALS = ['{3+}\r\nabc', '~{2+}\r\n\0\xff', '{0+}\r\n', '\\', '\xc3\xbc'];
const piece = fc.constantFrom(...PIECES, ...LITERALS);
const line = fc
  .tuple(
    fc.constantFrom(...[...commands.keys()].filter((name) => !APART.has(name)), 'XYZZY', 'UID'),
    fc.array(piece, { maxLength: 5 }),
    fc.constantFrom(' ', ' ', ' ', ''),
  )
  .map(([name, pieces, gap]) => [name, ...pieces].join(pieces.length > 0 ? gap || ' ' : ''));

test.each(['not-authenticated', 'authenticated', 'selected'] satisfies State[])(
  'any lines at all, %s: each has one answer, and none is a fault of ours',
  { timeout: 120_000 },
  async (state) => {
    const faults: unknown[] = [];
    const note = (fields: object, text: string): void => void faults.push([text, fields]);
    const log: Log = { ...silentLog, error: note };
    await rig.start({ log, settings: { errors: 1e9 } });
    await rig.deliver(['Subject: x\n\nx\n', 'Subject: y\nReferences: <a@b> <c@d>\n\ny\n']);
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 8 }), async (lines) => {
        const client = await rig.client();
        if (state !== 'not-authenticated') await client.ok(`LOGIN ${ANNA} "${SECRET}"`);
        if (state === 'selected') await client.ok('SELECT INBOX');
        for (const text of lines) {
          const { raw, untagged } = await client.command(text);
          expect(raw, text).not.toContain('SERVERBUG');
          for (const one of untagged) expect(one, text).not.toMatch(/undefined|NaN|\[object/);
        }
        client.destroy();
      }),
      { numRuns: 150 },
    );
    expect(faults).toEqual([]);
  },
);

test('what fails inside is told as a fault, and no more', async () => {
  const faults: string[] = [];
  const note = (_: object, text: string): void => void faults.push(text);
  const log: Log = { ...silentLog, error: note };
  await rig.start({ log });
  const client = await rig.loggedIn();
  rig.store.user = () => Promise.reject(new Error('the secret path /x'));
  const other = await rig.client();
  const { raw } = await other.login(ANNA, SECRET);
  expect(raw).toMatch(/ NO \[SERVERBUG\] It did not work, try again later$/);
  expect(faults).toEqual(['command failed']);
  await client.ok('NOOP');
});

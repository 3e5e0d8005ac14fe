import { describe, expect, test } from 'vitest';
import { ANY, LOGGED_IN, LOGGED_OUT, SELECTED } from '../../src/servers/imap/commands/command.ts';
import type { State } from '../../src/servers/imap/types.ts';
import type { ImapClient, ImapReply } from './imap-client.ts';
import { ImapRig } from './imap-rig.ts';

export { ANY, LOGGED_IN, LOGGED_OUT, SELECTED };

/** A string among the words of a command: it may be written in several ways (RFC 9051 §4.3). */
export class Text {
  readonly octets: string;
  readonly atom: boolean;

  constructor(octets: string, atom: boolean) {
    this.octets = octets;
    this.atom = atom;
  }
}

/** Where an astring stands. */
export const text = (octets: string): Text => new Text(octets, true);
/** Where a string stands, which is no atom. */
export const string = (octets: string): Text => new Text(octets, false);

/** A command without its tag. */
export type Form = string | readonly (string | Text)[];

export interface CommandCase {
  /** Of the command and, where there are arguments, the shortest way to write them: what follows is an argument more. */
  readonly form: Form;
  /** The states in which it may be given; in others it is BAD. */
  readonly states: readonly State[];
  /** What it is answered where it may be given. Default `OK`. */
  readonly status?: ImapReply['status'];
  /** Makes what it is about, for each time it is given. */
  readonly before?: (client: ImapClient) => Promise<unknown>;
  /** Takes back what it has done. */
  readonly after?: (client: ImapClient) => Promise<unknown>;
  /** Arguments may be left out. */
  readonly bare?: true;
  /** What may not follow it. Default: a parenthesis, and a literal. */
  readonly leftOver?: readonly string[];
  /** It brings messages, for which there are other limits. */
  readonly message?: true;
  /** A literal8 may stand for the last string (RFC 3516 §4.2, RFC 5464 §5). */
  readonly binary?: true;
}

const STATES: readonly State[] = ['not-authenticated', 'authenticated', 'selected'];
const LEFT_OVER = [' )', ' {3+}\r\nabc'];
/** Limits of the server in these tests: small, so that reaching them costs nothing. */
const LITERAL_OCTETS = 2000;
const LINE_OCTETS = 4000;

type Writing = (octets: string) => string;
const quoted: Writing = (octets) => `"${octets.replace(/[\\"]/g, '\\$&')}"`;
/** How a string may be written; the client waits for a continuation where an announced literal ends a piece. */
const WRITINGS: Readonly<Record<string, Writing>> = {
  'quoted string': quoted,
  literal: (octets) => `{${octets.length}}`,
  'literal that is not waited with': (octets) => `{${octets.length}+}\r\n${octets}`,
};

const words = (form: Form): readonly (string | Text)[] => (typeof form === 'string' ? [form] : form);
const texts = (form: Form): readonly Text[] => words(form).filter((word) => word instanceof Text);

/** The pieces that {@link ImapClient.command} takes. `write`: for each string, by its number. */
function pieces(form: Form, write: (text: Text, at: number) => string): string[] {
  const all = [''];
  let number = 0;
  for (const word of words(form)) {
    const written = word instanceof Text ? write(word, number++) : word;
    all.push(`${all.pop() ?? ''}${written}`);
    if (word instanceof Text && written === `{${word.octets.length}}`) all.push(word.octets);
  }
  return all;
}

/** As people write it: atoms where that can be. */
const plain = (form: Form): string =>
  pieces(form, ({ octets, atom }) => (atom && /^[\w@./*$-]+$/.test(octets) ? octets : quoted(octets))).join(
    '',
  );

/** `UID COPY` of `UID COPY 1 x`. */
const nameOf = (form: Form): string => /^(?:UID )?[A-Z]+/.exec(plain(form))?.[0] ?? '';

/** What is the same however a command was written: numbers count on. */
const comparable = ({ status, code, untagged }: ImapReply): unknown => ({
  status,
  code: code.replace(/(?<=MAILBOXID \()[^)]+|\d+/g, '#'),
  untagged: untagged.map((line) => line.replace(/\d+/g, '#')),
});

/**
 * What all commands have in common, in a block of tests named after the command: it is refused in other states, with octets
 * left over and with arguments missing; a string may be written in each way; what is too long is refused, and the
 * connection is of use afterwards.
 */
export function describeCommand(one: CommandCase): void {
  const { form, states, status = 'OK', before, after } = one;
  const name = nameOf(form);
  const rig = new ImapRig();

  const inState = async (state: State): Promise<ImapClient> => {
    if (state === 'not-authenticated') return rig.client();
    return state === 'authenticated' ? rig.loggedIn() : rig.selected();
  };
  /** Where it may be given, with what it is about. */
  const ready = async (): Promise<ImapClient> => {
    const client = await inState(states.at(-1) ?? 'selected');
    await before?.(client);
    return client;
  };
  const start = (): Promise<void> =>
    rig.start({
      settings: {
        errors: 1000,
        lineBytes: LINE_OCTETS,
        literalBytes: LITERAL_OCTETS,
        loginBytes: LITERAL_OCTETS,
      },
    });
  const refused = async (client: ImapClient, ...command: readonly string[]): Promise<void> => {
    const reply = await client.command(...command);
    expect(`${command.join('|')}: ${reply.status}`, reply.raw).toBe(`${command.join('|')}: BAD`);
  };

  describe(`${name}, as every command`, () => {
    test('in each state, with octets left over, and with arguments missing', async () => {
      await start();
      for (const state of STATES) {
        const client = await inState(state);
        const wrong: string[] = [];
        if (!states.includes(state)) wrong.push(plain(form));
        else {
          wrong.push(...(one.leftOver ?? LEFT_OVER).map((more) => `${plain(form)}${more}`));
          if (plain(form) !== name && !one.bare) wrong.push(name, `${name} `);
        }
        for (const command of wrong) await refused(client, command);
        expect((await client.command('NOOP')).status).toBe('OK');
      }
    });

    const strings = texts(form);
    if (strings.length === 0) return;

    test('its strings, however they are written', async () => {
      await start();
      const answers: Record<string, unknown> = {};
      const client = await ready();
      const first = await client.command(plain(form));
      expect(first.status, first.raw).toBe(status);
      for (const [writing, write] of Object.entries(WRITINGS)) {
        await after?.(client);
        await before?.(client);
        answers[writing] = comparable(await client.command(...pieces(form, ({ octets }) => write(octets))));
      }
      for (const [writing, answer] of Object.entries(answers))
        expect(answer, writing).toEqual(comparable(first));
    });

    test('its strings, when they are none or too long', async () => {
      await start();
      const client = await ready();
      const long = 'x'.repeat(LITERAL_OCTETS + 1);
      for (const at of strings.keys()) {
        const put = (instead: string): string[] =>
          pieces(form, ({ octets }, number) => (number === at ? instead : quoted(octets)));
        const cut = (instead: string): string => put(`${instead}\0`).join('').split('\0')[0] ?? '';
        for (const broken of ['"x', '"\r"', '{3}x', '{x}']) await refused(client, cut(broken));
        if (!(one.binary && at === strings.length - 1)) await refused(client, ...put('~{1+}\r\nx'));
        // Refused before it is sent, and read over when it is sent all the same.
        if (!one.message)
          for (const announced of [`{${long.length}}`, `{${long.length}+}\r\n${long}`]) {
            const reply = await client.command(cut(announced));
            expect([reply.status, reply.code, reply.continuations], reply.raw).toEqual(['BAD', 'TOOBIG', []]);
          }
      }
      await refused(client, `${plain(form)} ${'x'.repeat(LINE_OCTETS)}`);
      expect((await client.command('NOOP')).status).toBe('OK');
    });
  });
}

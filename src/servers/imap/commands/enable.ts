import { capabilities } from '../capabilities.ts';
import type { Command, Extension } from '../types.ts';
import { LOGGED_IN, ok } from './command.ts';

/** Those that can be switched on, by the capability that has them. */
const ENABLED_BY: Readonly<Record<string, Extension>> = {
  CONDSTORE: 'CONDSTORE',
  QRESYNC: 'QRESYNC',
  'UTF8=ACCEPT': 'UTF8=ACCEPT',
  UIDONLY: 'UIDONLY',
  IMAP4REV2: 'IMAP4REV2',
};

/** RFC 5161 §3.1: what is unknown is passed over. What is on already is told again: it is on. */
export const enable: Command = {
  name: 'ENABLE',
  states: LOGGED_IN,
  expunges: true,
  tells: false,
  async run(session, args) {
    const names: string[] = [];
    while (!args.atEnd) {
      args.space();
      names.push(args.keyword());
    }
    const announced = new Map(capabilities(session).map((name) => [name.toUpperCase(), name]));
    const added: string[] = [];
    for (const name of names) {
      const extension = Object.hasOwn(ENABLED_BY, name) ? ENABLED_BY[name] : undefined;
      const text = announced.get(name);
      if (extension === undefined || text === undefined) continue;
      session.enable(extension);
      added.push(text);
    }
    if (added.length > 0) session.send(['ENABLED', ...added].join(' '));
    return ok('Done');
  },
};

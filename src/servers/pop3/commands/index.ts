import type { Command } from '../types.ts';
import { auth } from './auth.ts';
import { capa } from './capa.ts';
import { dele } from './dele.ts';
import { lang } from './lang.ts';
import { list } from './list.ts';
import { noop } from './noop.ts';
import { pass } from './pass.ts';
import { quit } from './quit.ts';
import { retr } from './retr.ts';
import { rset } from './rset.ts';
import { stat } from './stat.ts';
import { stls } from './stls.ts';
import { top } from './top.ts';
import { uidl } from './uidl.ts';
import { user } from './user.ts';
import { utf8 } from './utf8.ts';

/** Every command, by its name. */
export const commands: ReadonlyMap<string, Command> = new Map(
  [capa, stls, utf8, lang, user, pass, auth, stat, list, uidl, retr, top, dele, rset, noop, quit].map(
    (command) => [command.name, command],
  ),
);

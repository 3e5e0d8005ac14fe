import { authenticate } from './authenticate.ts';
import { capability } from './capability.ts';
import { checkScriptCommand } from './checkscript.ts';
import type { Command } from './command.ts';
import { deleteScript } from './deletescript.ts';
import { getScript } from './getscript.ts';
import { haveSpace } from './havespace.ts';
import { listScripts } from './listscripts.ts';
import { logout } from './logout.ts';
import { noop } from './noop.ts';
import { putScript } from './putscript.ts';
import { renameScript } from './renamescript.ts';
import { setActive } from './setactive.ts';
import { startTls } from './starttls.ts';
import { unauthenticate } from './unauthenticate.ts';

/** Every command, by its name. */
export const commands: ReadonlyMap<string, Command> = new Map(
  [
    authenticate,
    startTls,
    logout,
    capability,
    haveSpace,
    putScript,
    listScripts,
    setActive,
    getScript,
    deleteScript,
    renameScript,
    checkScriptCommand,
    noop,
    unauthenticate,
  ].map((command) => [command.name, command]),
);

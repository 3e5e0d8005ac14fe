import type { Command } from '../types.ts';
import { authenticate } from './authenticate.ts';
import { capability } from './capability.ts';
import { check } from './check.ts';
import { close } from './close.ts';
import { compress } from './compress.ts';
import { enable } from './enable.ts';
import { fetch, uidFetch } from './fetch.ts';
import { id } from './id.ts';
import { idle } from './idle.ts';
import { login } from './login.ts';
import { logout } from './logout.ts';
import { noop } from './noop.ts';
import { examine, select } from './select.ts';
import { startTls } from './starttls.ts';
import { unauthenticate } from './unauthenticate.ts';
import { unselect } from './unselect.ts';

/** Every command, by its name. */
export const commands: ReadonlyMap<string, Command> = new Map(
  [
    capability,
    noop,
    logout,
    startTls,
    authenticate,
    login,
    unauthenticate,
    enable,
    id,
    compress,
    select,
    examine,
    check,
    close,
    unselect,
    idle,
    fetch,
    uidFetch,
  ].map((command) => [command.name, command]),
);

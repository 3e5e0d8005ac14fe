import type { Command } from '../types.ts';
import { append } from './append.ts';
import { authenticate } from './authenticate.ts';
import { cancelUpdate } from './cancel-update.ts';
import { capability } from './capability.ts';
import { check } from './check.ts';
import { close } from './close.ts';
import { compress } from './compress.ts';
import { copy, move, uidCopy, uidMove } from './copy.ts';
import { create } from './create.ts';
import { deleteCommand } from './delete.ts';
import { esearch } from './esearch.ts';
import { rename } from './rename.ts';
import { search, uidSearch } from './search.ts';
import { sort, uidSort } from './sort.ts';
import { subscribe } from './subscribe.ts';
import { thread, uidThread } from './thread.ts';
import { unsubscribe } from './unsubscribe.ts';
import { list } from './list.ts';
import { lsub } from './lsub.ts';
import { namespace } from './namespace.ts';
import { status } from './status.ts';
import { notify } from './notify.ts';
import { getAcl } from './getacl.ts';
import { setAcl } from './setacl.ts';
import { deleteAcl } from './deleteacl.ts';
import { listRights } from './listrights.ts';
import { myRights } from './myrights.ts';
import { getQuota } from './getquota.ts';
import { getQuotaRoot } from './getquotaroot.ts';
import { setQuota } from './setquota.ts';
import { getMetadata } from './getmetadata.ts';
import { setMetadata } from './setmetadata.ts';
import { enable } from './enable.ts';
import { expunge, uidExpunge } from './expunge.ts';
import { fetch, uidFetch } from './fetch.ts';
import { id } from './id.ts';
import { idle } from './idle.ts';
import { login } from './login.ts';
import { logout } from './logout.ts';
import { noop } from './noop.ts';
import { replace, uidReplace } from './replace.ts';
import { examine, select } from './select.ts';
import { startTls } from './starttls.ts';
import { store, uidStore } from './store.ts';
import { uidBatches } from './uidbatches.ts';
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
    create,
    deleteCommand,
    rename,
    subscribe,
    unsubscribe,
    list,
    lsub,
    namespace,
    status,
    notify,
    getAcl,
    setAcl,
    deleteAcl,
    listRights,
    myRights,
    getQuota,
    getQuotaRoot,
    setQuota,
    getMetadata,
    setMetadata,
    fetch,
    uidFetch,
    store,
    uidStore,
    copy,
    uidCopy,
    move,
    uidMove,
    append,
    replace,
    uidReplace,
    expunge,
    uidExpunge,
    uidBatches,
    search,
    uidSearch,
    sort,
    uidSort,
    thread,
    uidThread,
    esearch,
    cancelUpdate,
  ].map((command) => [command.name, command]),
);

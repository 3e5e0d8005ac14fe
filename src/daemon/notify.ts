import { execFile } from 'node:child_process';

/**
 * Tells systemd how far we are (`READY=1`, `RELOADING=1`, `STOPPING=1`, `STATUS=…`; sd_notify(3)). Node has no unix
 * datagram sockets, so systemd's own `systemd-notify` carries it; the unit therefore says `NotifyAccess=all`. Without
 * NOTIFY_SOCKET nothing happens, and a failure is never more than a log line.
 */
export function notifySystemd(
  states: readonly string[],
  environment: NodeJS.ProcessEnv,
  failed: (reason: string) => void,
): void {
  if ((environment['NOTIFY_SOCKET'] ?? '') === '') return;
  execFile(
    'systemd-notify',
    [`--pid=${process.pid}`, ...states],
    { env: environment, timeout: 5000 },
    (error) => {
      if (error !== null) failed(error.message);
    },
  );
}

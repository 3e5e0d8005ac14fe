import type { ScriptSettings } from './settings.ts';

/** Capabilities that need something of us, and have it with these settings; the others are refused, with the reason. */
export function availableCapabilities({
  programs,
  calendars,
  snooze,
  imap,
}: Pick<ScriptSettings, 'programs' | 'calendars' | 'snooze' | 'imap'>): string[] {
  return [
    ...(['pipe', 'filter', 'execute'] as const)
      .filter((command) => programs.folder !== '' && programs[command].length > 0)
      .map((command) => `vnd.dovecot.${command}`),
    // Some conversions need no program.
    'convert',
    ...(snooze.mailbox === '' ? [] : ['snooze']),
    ...(calendars.folder === '' ? [] : ['processcalendar']),
    ...(imap.enabled ? ['imapsieve'] : []),
  ];
}

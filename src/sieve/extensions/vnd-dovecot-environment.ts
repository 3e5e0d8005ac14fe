import type { EnvironmentItem, Extension, VariableNamespace } from '../definitions.ts';
import { environmentItem } from './environment.ts';

const CONFIG = 'vnd.dovecot.config.';

const items: readonly EnvironmentItem[] = [
  {
    name: 'vnd.dovecot.default-mailbox',
    value: (state) => state.input.environment?.defaultMailbox ?? 'INBOX',
  },
  { name: 'vnd.dovecot.username', value: (state) => state.input.environment?.username },
  {
    name: `${CONFIG}*`,
    value: (state, name) => setting(state.input.environment?.config ?? {}, name.slice(CONFIG.length)),
  },
];

/** What the admin has set under a name, in any case; as the name of a variable, with "_" where the name has "-". */
function setting(config: Readonly<Record<string, string>>, name: string): string | undefined {
  const spelled = (text: string): string => text.toLowerCase().replaceAll('-', '_');
  return Object.entries(config).find(([key]) => spelled(key) === spelled(name))?.[1];
}

/** The items of the environment as variables; names of variables hold no "-", for which they have "_". */
const env: VariableNamespace = {
  name: 'env',
  variable(name, compiler) {
    const spelled = compiler.registry.environment.keys().find((item) => item.replaceAll('-', '_') === name);
    const item = environmentItem(spelled ?? name, compiler);
    // What no site knows is empty, as what this one does not know: scripts move from server to server.
    return { get: (state) => item?.(state) ?? '' };
  },
};

/** Pigeonhole's "vnd.dovecot.environment": more items, and variables of the namespace `env`, which cannot be set. */
export const vndDovecotEnvironment: Extension = {
  capability: 'vnd.dovecot.environment',
  implies: ['environment'],
  environment: items,
  namespaces: [env],
};

import type { Extension, TagDefinition } from '../definitions.ts';

/** RFC 3894 §3: the action is done, and does not take the place of the implicit keep. */
const copyTag: TagDefinition = {
  name: 'copy',
  bind: () => ({
    action: (_state, pending) => {
      pending.cancelsImplicitKeep = false;
    },
  }),
};

/** RFC 3894. */
export const copy: Extension = {
  capability: 'copy',
  tags: { fileinto: [copyTag], redirect: [copyTag], pipe: [copyTag] },
};

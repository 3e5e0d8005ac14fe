import { string } from '../wire/writer.ts';
import { envelopeText, structureText } from './structure-text.ts';
import type { ContentItem } from './types.ts';

export const envelope: ContentItem = {
  key: 'ENVELOPE',
  needs: 'content',
  text: (content, { utf8 }) => `ENVELOPE ${envelopeText(content.envelope, utf8)}`,
};

export const body: ContentItem = {
  key: 'BODY',
  needs: 'content',
  text: (content, { utf8 }) => `BODY ${structureText(content.structure, false, utf8)}`,
};

export const bodyStructure: ContentItem = {
  key: 'BODYSTRUCTURE',
  needs: 'content',
  text: (content, { utf8 }) => `BODYSTRUCTURE ${structureText(content.structure, true, utf8)}`,
};

/** RFC 8970 §3.2. It is kept in the index, so LAZY gets it as well. */
export const preview: ContentItem = {
  key: 'PREVIEW',
  needs: 'content',
  text: (content, { utf8 }) => `PREVIEW ${string(content.preview, utf8)}`,
};

import type { Message } from '../../../message/types.ts';
import type { Features } from '../types.ts';
import { addHeader } from './header.ts';
import { addLinks } from './links.ts';
import { FeatureSink } from './sink.ts';
import { addStructure } from './structure.ts';
import { addText } from './text.ts';

let sink: FeatureSink | undefined;

/** What the model reads of a message. Bounded by `limits.ts`; made once a message through `Message.derived`. */
export function extractFeatures(message: Message): Features {
  sink ??= new FeatureSink();
  sink.clear();
  const facts = addText(sink, message);
  const links = addLinks(sink, message);
  addHeader(sink, message);
  addStructure(sink, message, facts, links);
  sink.cross(2);
  return sink.end();
}

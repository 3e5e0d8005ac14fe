import type { Message } from '../../message/types.ts';
import { decodedValue } from './header.ts';
import { VIEW_LIMITS } from './limits.ts';
import type { MimeHeader } from './types.ts';

/** The header of each part; of a message without parts, those fields of its own that describe its content. */
export function mimeHeaders({ parts }: Message): readonly MimeHeader[] {
  return parts.slice(0, VIEW_LIMITS.parts).map((part) => ({
    part: part.index,
    values: (name, raw) =>
      part.header
        .all(name)
        .map((field) =>
          raw
            ? `${field.rawValue.slice(0, VIEW_LIMITS.headerValue).replaceAll('\r\n', '\n')}\n`
            : decodedValue(field),
        ),
  }));
}

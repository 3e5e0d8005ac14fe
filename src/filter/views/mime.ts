import type { Message } from '../../message/types.ts';
import { allFields, decodedValue, rawValue } from './header.ts';
import { VIEW_LIMITS } from './limits.ts';
import type { MimeHeader } from './types.ts';

/** The header of each part; of a message without parts, those fields of its own that describe its content. */
export function mimeHeaders({ parts }: Message): readonly MimeHeader[] {
  return parts.slice(0, VIEW_LIMITS.parts).map((part) => ({
    part: part.index,
    values: (name, raw) =>
      name === 'ALL'
        ? allFields(part.header.fields, raw ? rawValue : (field) => ` ${decodedValue(field)}`)
        : part.header.all(name).map(raw ? rawValue : decodedValue),
  }));
}

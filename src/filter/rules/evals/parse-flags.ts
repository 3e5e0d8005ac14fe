/** Eval functions on faults of the message's build. */
import { octetsOf } from '../../views/octets.ts';
import type { EvalContext, EvalFunction } from './types.ts';

type Context = EvalContext;

/** Characters of a field's name and of its value from which on it counts as cut. */
const NAME_LENGTH = 256;
const VALUE_LENGTH = 8192;
/** Bytes that are looked at behind a boundary, and of an epilogue. */
const LOOKED_AT = 2000;

const FLAGS: Readonly<Record<string, (context: Context) => boolean>> = {
  truncated_header: ({ message }) =>
    message.header.fields.some(
      ({ name, rawValue }) => name.length > NAME_LENGTH || rawValue.length > VALUE_LENGTH,
    ),
  missing_head_body_separator: ({ message }) =>
    message.defects.some(({ code, part }) => code === 'missing-blank-line' && part === 0),
  // A part with a header, which the first line of its body follows at once.
  missing_mime_head_body_separator: ({ message }) =>
    message.parts.some(
      (part) =>
        part.index > 0 &&
        part.bodyStart > part.start &&
        part.bodyStart < part.end &&
        !/\n\r?\n$/.test(octets(message.raw, Math.max(part.start - 2, part.bodyStart - 4), part.bodyStart)),
    ),
  missing_mime_headers: ({ message }) =>
    message.parts.some(
      (part) =>
        part.parent >= 0 &&
        message.parts[part.parent]?.type.startsWith('multipart/') === true &&
        !/^[!-9;-~]+:/.test(octets(message.raw, part.start, Math.min(part.end, part.start + LOOKED_AT))),
    ),
  mime_epilogue_exists: ({ message }) =>
    message.parts.some(
      ({ epilogue }) =>
        epilogue !== undefined &&
        /[^\s.]/.test(
          octets(message.raw, epilogue.start, Math.min(epilogue.end, epilogue.start + LOOKED_AT)),
        ),
    ),
};

const octets = (raw: Uint8Array, start: number, end: number): string =>
  octetsOf(raw.subarray(start, end), LOOKED_AT);

/** `check_msg_parse_flags('truncated_header')` */
const parseFlags: EvalFunction = (context, [flag = '']) => FLAGS[flag]?.(context) ?? false;

export const parseFlagEvals: Readonly<Record<string, EvalFunction>> = { check_msg_parse_flags: parseFlags };

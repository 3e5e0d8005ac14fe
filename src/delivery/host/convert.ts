import type { Answers } from './types.ts';

/** RFC 6558 §2. */
export const convert = {
  convert: ({ from, to, parameters, content }, { converters, request, recipient }) =>
    converters?.convert({ from, to, parameters, content, sender: request.envelope.sender, recipient }),
} satisfies Partial<Answers>;

import { parseSieveAddress } from '../address.ts';
import type { CommandDefinition } from '../definitions.ts';
import { shorten } from '../lexer.ts';

const fault = (address: string): string => `redirect: ${JSON.stringify(shorten(address))} is not an address`;

/** RFC 5228 §4.2. A name before the address is left out. */
export const redirect: CommandDefinition = {
  name: 'redirect',
  parameters: [{ name: 'address', type: 'string' }],
  compile(call, compiler) {
    const written = call.string('address');
    if (written.constant !== undefined && parseSieveAddress(written.constant) === undefined)
      compiler.diagnostics.error(written, fault(written.constant));
    compiler.emitAction(call, (state) => {
      const text = written.get(state);
      const address = parseSieveAddress(text) ?? state.fail(fault(text));
      return { type: 'redirect', line: call.line, address };
    });
  },
};

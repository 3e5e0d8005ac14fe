import type { EnvelopePart, Extension, TestDefinition } from '../definitions.ts';
import { shorten } from '../lexer.ts';
import { checkAddressKeys } from '../matching/address-keys.ts';
import { emitMatch, valuesKey } from '../matching/emit.ts';

const from: EnvelopePart = {
  name: 'from',
  address: true,
  values: (state) => [state.envelope.sender],
};

/** Only the recipient this run is for: a script is not told who else got the message. */
const to: EnvelopePart = {
  name: 'to',
  address: true,
  values: (state) => [state.recipient],
};

/** The name the sender has logged in with; other engines have it as well, no RFC defines it. */
const auth: EnvelopePart = {
  name: 'auth',
  address: false,
  values: ({ envelope: { client } }) => (client.user === undefined ? [] : [client.user]),
};

/** RFC 5228 §5.4. */
const envelopeTest: TestDefinition = {
  name: 'envelope',
  parameters: [
    { name: 'envelope part', type: 'string-list' },
    { name: 'key list', type: 'string-list' },
  ],
  matching: true,
  addressPart: true,
  compile(call, compiler) {
    const names = call.strings('envelope part');
    for (const { constant, offset, line } of names.items) {
      if (constant === undefined) continue;
      const part = compiler.registry.envelopeParts.get(constant.toLowerCase());
      const shown = JSON.stringify(shorten(constant));
      if (part === undefined)
        compiler.diagnostics.error({ offset, line }, `envelope: unknown part ${shown} of the envelope`);
      else if (part.capability !== undefined && !compiler.use(part.capability))
        compiler.diagnostics.error(
          { offset, line },
          `envelope: part ${shown} needs require "${part.capability}"`,
        );
    }
    checkAddressKeys(call, 'key list', compiler);
    const { addressPart } = call.comparison;
    emitMatch(compiler, call, 'key list', {
      key: valuesKey(call, names),
      values(state) {
        // RFC 6785 §4.6.
        if (state.input.imap !== undefined)
          state.fail('envelope cannot be used for a message that is in a mailbox already');
        const found: string[] = [];
        for (const name of names.get(state)) {
          const part = compiler.registry.envelopeParts.get(name.toLowerCase());
          for (const value of part?.definition.values(state, call) ?? []) {
            // RFC 5228 §5.4: the null reverse-path is the empty string, whichever part is asked for.
            const extracted =
              part?.definition.address === true && value !== '' ? addressPart.extract(value, state) : value;
            if (extracted !== undefined) found.push(extracted);
          }
        }
        return found;
      },
    });
  },
};

export const envelope: Extension = {
  capability: 'envelope',
  tests: [envelopeTest],
  envelopeParts: [from, to, auth],
};

import type { Address } from '../../message/types.ts';
import type { TestDefinition } from '../definitions.ts';
import { checkFieldNames, fieldsOf, headerQuery } from '../header-query.ts';
import { shorten } from '../lexer.ts';
import { checkAddressKeys } from '../matching/address-keys.ts';
import { emitMatch, valuesKey } from '../matching/emit.ts';

/**
 * RFC 5228 §5.1 restricts the test to fields that hold addresses: those it names, those of RFC 5322 and other
 * registered ones with an address list, and what mail systems add in practice.
 */
const ADDRESS_FIELDS: ReadonlySet<string> = new Set([
  'from',
  'sender',
  'reply-to',
  'to',
  'cc',
  'bcc',
  'resent-from',
  'resent-sender',
  'resent-reply-to',
  'resent-to',
  'resent-cc',
  'resent-bcc',
  'return-path',
  'apparently-to',
  'delivered-to',
  'abuse-reports-to',
  'disposition-notification-to',
  'envelope-from',
  'envelope-to',
  'errors-to',
  'for-approval',
  'for-comment',
  'for-handling',
  'mail-copies-to',
  'mail-followup-to',
  'mail-reply-to',
  // What `replace` and `enclose` leave of From (RFC 5703 §5).
  'original-from',
  'original-recipient',
  'read-receipt-to',
  'registered-mail-reply-requested-by',
  'return-receipt-requested',
  'return-receipt-to',
  'x-admin',
  'x-apparently-to',
  'x-beenthere',
  'x-complaints-to',
  'x-confirm-reading-to',
  'x-delivered-to',
  'x-envelope-from',
  'x-envelope-to',
  'x-forwarded-for',
  'x-forwarded-to',
  'x-original-sender',
  'x-original-to',
  'x-report-abuse-to',
  'x-sender',
]);

/** RFC 5228 §5.1. */
export const address: TestDefinition = {
  name: 'address',
  parameters: [
    { name: 'header names', type: 'string-list' },
    { name: 'key list', type: 'string-list' },
  ],
  matching: true,
  addressPart: true,
  compile(call, compiler) {
    const names = call.strings('header names');
    checkFieldNames(names, call.name, compiler);
    const query = headerQuery(call);
    const holdsAddresses = (name: string): boolean =>
      query.anyName === true || ADDRESS_FIELDS.has(name.toLowerCase());
    const other = names.items.find(({ constant }) => constant !== undefined && !holdsAddresses(constant));
    if (other?.constant !== undefined)
      compiler.diagnostics.error(
        other,
        `address: header field ${JSON.stringify(shorten(other.constant))} does not hold addresses`,
      );
    checkAddressKeys(call, 'key list', compiler);
    const { addressPart } = call.comparison;
    emitMatch(compiler, call, 'key list', {
      key: valuesKey(call, names),
      values(state) {
        const wanted = names.get(state).filter(holdsAddresses);
        const found: string[] = [];
        for (const field of fieldsOf(query, state, wanted))
          for (const text of addressesOf(field.addresses)) {
            state.spend(1);
            const part = addressPart.extract(text, state);
            if (part !== undefined) found.push(part);
          }
        return found;
      },
    });
  },
};

/** The addresses of a field, those within groups too; names of groups and of people do not count. */
function* addressesOf(addresses: readonly Address[]): Generator<string> {
  for (const { address: text, name, group } of addresses) {
    if (group !== undefined) yield* addressesOf(group);
    else if (text !== '') yield text;
    else if (LOCAL_NAME.test(name)) yield name;
  }
}

/** `From: root`, as programs of the machine itself write: an address without a domain. */
const LOCAL_NAME = /^[\w.+-]+$/;

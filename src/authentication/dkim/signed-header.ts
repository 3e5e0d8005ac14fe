import type { HeaderField, Message } from '../../message/types.ts';
import { canonicalField, canonicalSignature } from './canonical.ts';
import type { Canonicalization } from './canonical.ts';
import { coveredFields, fieldText } from './fields.ts';
import type { Signature } from './signature.ts';

/** The header of one message as signatures cover it; what several cover is brought into canonical form once. */
export class SignedHeader {
  private readonly message: Message;
  private readonly fields = {
    simple: new Map<HeaderField, string>(),
    relaxed: new Map<HeaderField, string>(),
  };

  /**
   * Whether all fields are listed. Where some are not, those that count from the bottom (RFC 6376 §5.4.2) are not
   * known: a second From below the limit could stand in for the signed one.
   */
  readonly isWhole: boolean;

  constructor(message: Message) {
    this.message = message;
    const { fields, start, end } = message.header;
    // Fields follow each other without a gap. (To ask for the message's defects would have its body parsed.)
    this.isWhole = fields.reduce((at, field) => (field.start === at ? field.end : -1), start) === end;
  }

  /** What the signature is made over: the fields of `h=`, then its own without `b=` (RFC 6376 §3.7). Latin1 text. */
  data({ field, names, headerCanonicalization: form }: Signature): string {
    const covered = coveredFields(this.message.header, names, field).map((each) => this.field(each, form));
    return covered.join('') + this.ownField(field, form);
  }

  /** Octets of the fields a signature covers, as they came. */
  size(names: readonly string[]): number {
    return coveredFields(this.message.header, names).reduce((sum, { start, end }) => sum + end - start, 0);
  }

  /** A field in canonical form, CRLF at its end. */
  field(field: HeaderField, form: Canonicalization): string {
    const known = this.fields[form].get(field);
    if (known !== undefined) return known;
    const text = canonicalField(fieldText(this.message.raw, field), form);
    this.fields[form].set(field, text);
    return text;
  }

  /** A signature field as it is covered by itself. */
  ownField(field: HeaderField, form: Canonicalization): string {
    return canonicalSignature(fieldText(this.message.raw, field), form);
  }
}

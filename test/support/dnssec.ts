import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type Answer, type DnskeyAnswer, encode, type RrsigAnswer } from 'dns-packet';

const ED25519 = 15;
const DAY = 86_400;
/** Octets of the header of a message. */
const HEADER = 12;

/** A zone's key of Ed25519, and what it takes to sign record sets by DNSSEC. */
export class ZoneSigner {
  readonly zone: string;
  readonly key: DnskeyAnswer;
  readonly #private: KeyObject;

  constructor(zone: string) {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const { x = '' } = publicKey.export({ format: 'jwk' });
    this.zone = zone;
    this.#private = privateKey;
    // Zone key and secure entry point; the only key signs everything.
    const data = { flags: 257, algorithm: ED25519, key: Buffer.from(x, 'base64url') };
    this.key = { type: 'DNSKEY', name: zone, ttl: 300, data };
  }

  /** As a resolver is told to trust it. */
  get trustAnchor(): string {
    return `${this.zone}. DNSKEY 257 3 ${ED25519} ${this.key.data.key.toString('base64')}`;
  }

  /** The signature of a record set: one owner, one type, lower case. */
  sign(records: readonly Answer[]): RrsigAnswer {
    const [first] = records;
    if (first === undefined) throw new TypeError('nothing to sign');
    const now = Math.floor(Date.now() / 1_000);
    const unsigned = {
      typeCovered: first.type,
      algorithm: ED25519,
      labels: first.name.split('.').length,
      originalTTL: 300,
      expiration: now + DAY,
      inception: now - DAY,
      keyTag: this.#keyTag(),
      signersName: this.zone,
      signature: Buffer.alloc(0),
    };
    const wire = records
      .map((record) => recordBytes(record))
      .sort((one, other) => Buffer.compare(one, other));
    const signed = Buffer.concat([
      rdata({ type: 'RRSIG', name: first.name, ttl: 300, data: unsigned }),
      ...wire,
    ]);
    const signature = sign(null, signed, this.#private);
    return { type: 'RRSIG', name: first.name, ttl: 300, data: { ...unsigned, signature } };
  }

  /** The checksum by which signatures name their key. */
  #keyTag(): number {
    const bytes = rdata(this.key);
    let sum = 0;
    for (const [i, octet] of bytes.entries()) sum += i % 2 === 0 ? octet << 8 : octet;
    return (sum + (sum >> 16)) & 0xffff;
  }
}

/** One record as it stands in a message without compression. */
function recordBytes(record: Answer): Buffer {
  return encode({ type: 'response', answers: [record] }).subarray(HEADER);
}

function rdata(record: Answer): Buffer {
  return recordBytes(record).subarray(record.name.length + 2 + 10);
}

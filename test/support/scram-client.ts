import { saltPassword, digest, hmac, type ScramHash } from '../../src/policy/scram-keys.ts';

/** The client's side of SCRAM (RFC 5802 §3). */
export class ScramClient {
  readonly hash: ScramHash;
  readonly header: string;
  readonly bare: string;
  readonly #password: string;
  readonly #binding: Uint8Array;
  #signature = '';

  /** `header` is the GS2 header, `binding` the octets of the channel binding. */
  constructor(
    hash: ScramHash,
    user: string,
    password: string,
    nonce = 'clientnonce',
    header = 'n,,',
    binding: Uint8Array = new Uint8Array(),
  ) {
    this.hash = hash;
    this.header = header;
    this.bare = `n=${user.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`;
    this.#password = password;
    this.#binding = binding;
  }

  first(): Buffer {
    return Buffer.from(this.header + this.bare);
  }

  /** The final message for the server's first one. */
  async final(serverFirst: Uint8Array): Promise<Buffer> {
    const text = Buffer.from(serverFirst).toString();
    const [, nonce = '', salt = '', rounds = ''] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(text) ?? [];
    const salted = await saltPassword(this.hash, this.#password, Buffer.from(salt, 'base64'), Number(rounds));
    const binding = Buffer.concat([Buffer.from(this.header), this.#binding]).toString('base64');
    const withoutProof = `c=${binding},r=${nonce}`;
    const message = `${this.bare},${text},${withoutProof}`;
    const key = hmac(this.hash, salted, 'Client Key');
    const signature = hmac(this.hash, digest(this.hash, key), message);
    const proof = Buffer.from(key.map((octet, at) => octet ^ (signature[at] ?? 0)));
    this.#signature = hmac(this.hash, hmac(this.hash, salted, 'Server Key'), message).toString('base64');
    return Buffer.from(`${withoutProof},p=${proof.toString('base64')}`);
  }

  /** What the server proves itself by. */
  get verifier(): string {
    return `v=${this.#signature}`;
  }
}

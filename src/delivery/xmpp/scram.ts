import { timingSafeEqual } from 'node:crypto';
import { digest, hmac, saltPassword, type ScramHash } from '../../policy/scram-keys.ts';

/** Rounds that are computed: a server must not keep us busy (RFC 5802 §9 names 4096 as the least). */
const MAX_ROUNDS = 1_000_000;

/** The client's side of SCRAM without channel binding (RFC 5802 §3). */
export class ScramLogin {
  readonly #hash: ScramHash;
  readonly #password: string;
  readonly #nonce: string;
  readonly #bare: string;
  #signature: Buffer | undefined;

  /** `nonce`: printable ASCII without a comma, new each time. */
  constructor(hash: ScramHash, user: string, password: string, nonce: string) {
    this.#hash = hash;
    this.#password = password;
    this.#nonce = nonce;
    this.#bare = `n=${user.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`;
  }

  first(): string {
    return `n,,${this.#bare}`;
  }

  /** The answer to the server's first message. Rejects when that is none. */
  async final(serverFirst: string): Promise<string> {
    const [, nonce = '', salt = '', digits = ''] =
      /^r=([^,]+),s=([^,]+),i=(\d{1,9})(?:,|$)/.exec(serverFirst) ?? [];
    const rounds = Number(digits);
    if (
      !nonce.startsWith(this.#nonce) ||
      nonce.length === this.#nonce.length ||
      rounds < 1 ||
      rounds > MAX_ROUNDS
    )
      throw new Error('the XMPP server does not log us in as SCRAM wants it');
    const salted = await saltPassword(this.#hash, this.#password, Buffer.from(salt, 'base64'), rounds);
    const withoutProof = `c=${Buffer.from('n,,').toString('base64')},r=${nonce}`;
    const message = `${this.#bare},${serverFirst},${withoutProof}`;
    const key = hmac(this.#hash, salted, 'Client Key');
    const signature = hmac(this.#hash, digest(this.#hash, key), message);
    const proof = Buffer.from(key.map((octet, at) => octet ^ (signature[at] ?? 0)));
    this.#signature = Buffer.from(hmac(this.#hash, hmac(this.#hash, salted, 'Server Key'), message));
    return `${withoutProof},p=${proof.toString('base64')}`;
  }

  /** Throws when the server does not prove that it knows the password, too. */
  verify(serverFinal: string): void {
    const said = Buffer.from(/^v=([^,]+)/.exec(serverFinal)?.[1] ?? '', 'base64');
    const expected = this.#signature;
    if (expected === undefined || said.length !== expected.length || !timingSafeEqual(said, expected))
      throw new Error('the XMPP server does not know our password');
  }
}

/** Bodies that were written or read last, by EMAILID: the octets as IMAP sends them. They never change. */
export class BodyCache {
  readonly #limit: number;
  readonly #bodies = new Map<string, Buffer>();
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(emailId: string): Buffer | undefined {
    const body = this.#bodies.get(emailId);
    if (body === undefined) return undefined;
    this.#bodies.delete(emailId);
    this.#bodies.set(emailId, body);
    return body;
  }

  put(emailId: string, body: Buffer): void {
    // One large body is not worth many small ones.
    if (body.length > this.#limit / 8 || this.#bodies.has(emailId)) return;
    this.#bodies.set(emailId, body);
    this.#bytes += body.length;
    for (const [other, { length }] of this.#bodies) {
      if (this.#bytes <= this.#limit) break;
      this.#bodies.delete(other);
      this.#bytes -= length;
    }
  }
}

/** A mail system that the end-to-end tests stand in front of or behind. One class per program implements it. */
export interface MtaPeer {
  /** Port of its SMTP server on loopback. */
  readonly port: number;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Mail it has and has not delivered. */
  queue(): Promise<QueuedMail[]>;
  /** Mail it has delivered, one entry per recipient, oldest first. */
  delivered(): Promise<DeliveredMail[]>;
  /** What it has logged so far. */
  log(): Promise<string>;
}

export interface QueuedMail {
  id: string;
  /** `hold` is where quarantined mail lies. */
  queue: string;
  sender: string;
  recipients: string[];
  /** Why it was not delivered yet, per recipient. */
  reasons: string[];
}

export interface DeliveredMail {
  recipient: string;
  sender: string;
  /** As it lies in the mailbox, without the fields of local delivery (Return-Path, X-Original-To, Delivered-To). */
  raw: Buffer;
}

/** Asks again until the answer is there; fails with the last answer after the time is over. */
export async function until<T>(
  ask: () => Promise<T | undefined> | T | undefined,
  what: string,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
}

/**
 * The parts of mailauth that are used, by their own paths: the package's root also loads BIMI and MTA-STS, which costs
 * every worker 150 ms and some megabytes. These paths are not promised by the package; its version is pinned.
 */

type MailauthResolver = (name: string, type: string) => Promise<unknown[]>;

interface MailauthStatus {
  result: string;
  comment?: string;
}

interface MailauthSignature {
  status: MailauthStatus;
  selector?: string;
}

/** Handed from the DKIM verifier to the ARC verifier as it is. Both are what tests and benches compare with. */
interface MailauthArcData {
  chain?: unknown;
}

declare module 'mailauth/lib/dkim/verify.js' {
  export function dkimVerify(
    input: NodeJS.ReadableStream,
    options: { resolver: MailauthResolver; strict: boolean; minBitLength?: number; curTime: Date },
  ): Promise<{ results: MailauthSignature[]; arc?: MailauthArcData }>;
}

declare module 'mailauth/lib/arc/index.js' {
  export function arc(
    data: MailauthArcData,
    options: { resolver: MailauthResolver; strict: boolean; minBitLength?: number },
  ): Promise<{ status: MailauthStatus; i?: number | false }>;
}

declare module 'mailauth/lib/spf/index.js' {
  export function spf(options: {
    sender?: string;
    ip: string;
    helo?: string;
    mta: string;
    resolver: MailauthResolver;
    strict: boolean;
  }): Promise<{ domain: string; status: MailauthStatus; explanation?: string }>;
}

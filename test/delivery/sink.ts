import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A mail that a {@link Sink} took. */
export interface SunkMail {
  sender: string;
  recipients: string[];
  raw: Buffer;
  /** Parameters of MAIL FROM, such as `BODY`. */
  parameters: Record<string, unknown>;
}

export interface Sink {
  port: number;
  mails: SunkMail[];
  /** Most connections at once. */
  peak: number;
  close(): Promise<void>;
}

export interface SinkOptions {
  /** A refusal, `450 text`, for this recipient. */
  rcpt?(address: string): string | undefined;
  /** A refusal of the message; may take its time. */
  data?(mail: SunkMail): string | undefined | Promise<string | undefined>;
}

/** An SMTP server on a loopback port that keeps what it is sent. */
export async function sink(options: SinkOptions = {}): Promise<Sink> {
  const mails: SunkMail[] = [];
  let open = 0;
  const take = async (mail: SunkMail, done: (error?: Error) => void): Promise<void> => {
    const fault = refusal(await options.data?.(mail));
    if (fault === undefined) mails.push(mail);
    done(fault);
  };
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    hideDSN: false,
    logger: false,
    size: 100_000_000,
    // Without this a server that is being closed waits for its clients.
    closeTimeout: 100,
    onConnect(_session, done) {
      taken.peak = Math.max(taken.peak, ++open);
      done();
    },
    onClose() {
      open--;
    },
    onRcptTo({ address }, _session, done) {
      done(refusal(options.rcpt?.(address)));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const mail: SunkMail = {
          sender: mailFrom === false ? '' : mailFrom.address,
          recipients: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks),
          parameters: mailFrom === false ? {} : { ...(mailFrom.args as object) },
        };
        void take(mail, done);
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const taken: Sink = {
    port: (server.server.address() as AddressInfo).port,
    mails,
    peak: 0,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
  return taken;
}

function refusal(text: string | undefined): Error | undefined {
  if (text === undefined) return undefined;
  return Object.assign(new Error(text.slice(4)), { responseCode: Number(text.slice(0, 3)) });
}

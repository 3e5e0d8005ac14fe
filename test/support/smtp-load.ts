import SMTPConnection from 'nodemailer/lib/smtp-connection';

/** One mail to send. */
export interface LoadMail {
  sender: string;
  recipient: string;
  raw: Uint8Array;
}

/** What the server finally said to one mail; `attempts` counts the 4xx and lost connections before it. */
export interface LoadResult {
  recipient: string;
  code: number;
  text: string;
  attempts: number;
}

export interface LoadOptions {
  host: string;
  port: number;
  /** Connections at the same time. */
  connections: number;
  /** A mail is tried again after 4xx or a lost connection, this often. */
  retries: number;
  /** Milliseconds between two tries of one mail. */
  pause: number;
  /** Told after each final answer. */
  progress?: (done: number) => void;
}

/**
 * Sends mails as smtp-source does, over a number of connections with several mails each, but real ones: every mail
 * ends with a 2xx or 5xx, or with code 0 when its tries are used up.
 */
export async function sendLoad(mails: readonly LoadMail[], options: LoadOptions): Promise<LoadResult[]> {
  const results: LoadResult[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    let connection: SMTPConnection | undefined;
    for (let mail = mails[next++]; mail !== undefined; mail = mails[next++]) {
      const result: LoadResult = { recipient: mail.recipient, code: 0, text: 'never answered', attempts: 0 };
      for (let attempt = 1; attempt <= options.retries; attempt++) {
        result.attempts = attempt;
        try {
          connection ??= await connect(options);
          Object.assign(result, await send(connection, mail));
        } catch (error) {
          const { responseCode, message } = error as Error & { responseCode?: number };
          Object.assign(result, { code: responseCode ?? 0, text: message });
          connection?.close();
          connection = undefined;
        }
        if (result.code >= 500 || (result.code >= 200 && result.code < 300)) break;
        await new Promise((resolve) => setTimeout(resolve, options.pause));
      }
      results.push(result);
      options.progress?.(results.length);
    }
    connection?.quit();
  };
  await Promise.all(Array.from({ length: options.connections }, work));
  return results;
}

function connect(options: LoadOptions): Promise<SMTPConnection> {
  const connection = new SMTPConnection({
    host: options.host,
    port: options.port,
    ignoreTLS: true,
    name: 'load.example.org',
    connectionTimeout: 30_000,
    greetingTimeout: 30_000,
    socketTimeout: 300_000,
  });
  return new Promise((resolve, reject) => {
    connection.once('error', reject);
    connection.connect(() => {
      // Later errors come to the callback of `send` as well.
      connection.on('error', () => undefined);
      resolve(connection);
    });
  });
}

function send(connection: SMTPConnection, mail: LoadMail): Promise<{ code: number; text: string }> {
  return new Promise((resolve, reject) => {
    const lost = (): void => reject(new Error('connection lost'));
    connection.once('end', lost);
    connection.send({ from: mail.sender, to: [mail.recipient] }, Buffer.from(mail.raw), (error, info) => {
      connection.off('end', lost);
      if (error) reject(error);
      else resolve({ code: Number.parseInt(info.response, 10), text: info.response });
    });
  });
}

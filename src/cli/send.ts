import { readFileSync } from 'node:fs';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { AddCommand } from './commands.ts';
import { EXIT, paint, repeated } from './io.ts';

interface Options {
  server: string;
  from: string;
  to: string[];
}

/** `tamis send FILE --to ADDRESS`: hands one message to an SMTP server, to try an installation. */
export const addSendCommand: AddCommand = (program, io, exit) => {
  program
    .command('send')
    .description('send a message file to an SMTP server and print its answer')
    .argument('<file>', 'the message, or - for standard input')
    .requiredOption('--to <address>', 'envelope recipient; may be repeated', repeated)
    .option('--from <address>', 'envelope sender', 'sender@example.org')
    .option('--server <host:port>', 'the server', '127.0.0.1:2525')
    .action(async (file: string, options: Options) => {
      const [, host = '', port = ''] = /^(.+):(\d+)$/.exec(options.server) ?? [];
      if (host === '') {
        io.stderr(`tamis: --server: "${options.server}" is not host:port\n`);
        exit(EXIT.usage);
        return;
      }
      try {
        const raw = readFileSync(file === '-' ? 0 : file);
        const answer = await send(host.replace(/^\[(.*)\]$/, '$1'), Number(port), options, raw);
        io.stdout(`${paint(io, 'green', answer)}\n`);
        exit(EXIT.ok);
      } catch (error) {
        const { response, message } = error as Error & { response?: string };
        io.stderr(`${paint(io, 'red', response ?? message)}\n`);
        exit(EXIT.input);
      }
    });
};

function send(host: string, port: number, { from, to }: Options, raw: Buffer): Promise<string> {
  // Certificates of the first steps are self-signed, and nothing secret is sent.
  const connection = new SMTPConnection({
    host,
    port,
    tls: { rejectUnauthorized: false },
    connectionTimeout: 10_000,
  });
  return new Promise((resolve, reject) => {
    connection.once('error', reject);
    connection.connect(() => {
      connection.send({ from, to }, raw, (error, info) => {
        connection.quit();
        if (error) reject(error);
        else resolve([info.response, ...(info.rejectedErrors ?? []).map((one) => one.message)].join('\n'));
      });
    });
  });
}

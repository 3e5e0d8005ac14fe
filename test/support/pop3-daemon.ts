import { MailDaemon, type Tls } from './mail-daemon.ts';

/** The daemon with a POP3 server beside the others. */
export class Pop3Daemon extends MailDaemon {
  override configure(yaml: string): void {
    const pop3 = "  pop3: {listen: ['127.0.0.1:0'], listen_tls: ['127.0.0.1:0']}\n";
    super.configure(yaml.replace('servers:\n', `servers:\n${pop3}`));
  }

  /** The port of `Tls`; STARTTLS is called STLS here. */
  pop3Port(tls: Tls): number {
    return this.port('pop3', tls === 'TLS' ? 1 : 0);
  }
}

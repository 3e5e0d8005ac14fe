import type { ImapClient } from '../../support/imap-client.ts';
import { PASSWORD } from '../../support/mail-daemon.ts';

/** What clients were told is done, by the numbers of the messages. */
export class Acknowledged {
  /** UIDs in Work, by number. */
  readonly appended = new Map<string, number>();
  readonly flagged = new Set<string>();
  /** UIDs of copies in Copies. */
  readonly copied = new Map<string, number>();
  /** UIDs in Moved. */
  readonly moved = new Map<string, number>();
  readonly expunged = new Set<string>();
  /** Asked for, whether it was answered or not: their messages may be gone from Work. */
  readonly leaving = new Set<string>();
  highestModseq = 0;
}

/** Appends, flags, copies, moves and expunges messages of its own until the connection breaks. */
export async function work(
  client: ImapClient,
  account: string,
  name: string,
  done: Acknowledged,
): Promise<void> {
  await client.ok(`LOGIN "${account}" "${PASSWORD}"`);
  await client.ok('ENABLE CONDSTORE');
  await client.ok('SELECT Work');
  for (let n = 0; ; n++) {
    const number = `${name}.${n}`;
    const text = `Subject: ${number}\r\n\r\n${'lorem ipsum '.repeat((n * 37) % 200)}\r\n`;
    const appended = await client.ok(`APPEND Work {${text.length}}`, text);
    const uid = Number(/^APPENDUID \d+ (\d+)/.exec(appended.code)?.[1]);
    done.appended.set(number, uid);
    const { untagged } = await client.ok(`UID STORE ${uid} +FLAGS (\\Flagged $Sure)`);
    done.flagged.add(number);
    for (const line of untagged)
      done.highestModseq = Math.max(done.highestModseq, Number(/MODSEQ \((\d+)\)/.exec(line)?.[1] ?? 0));
    if (n % 4 === 1) {
      const { code } = await client.ok(`UID COPY ${uid} Copies`);
      done.copied.set(number, Number(/^COPYUID \d+ \d+ (\d+)/.exec(code)?.[1]));
    } else if (n % 4 === 2) {
      done.leaving.add(number);
      const moved = await client.ok(`UID MOVE ${uid} Moved`);
      const code = moved.untagged.map((line) => /COPYUID \d+ \d+ (\d+)/.exec(line)?.[1]).find(Boolean);
      done.moved.set(number, Number(code));
    } else if (n % 4 === 3) {
      done.leaving.add(number);
      await client.ok(`UID STORE ${uid} +FLAGS.SILENT (\\Deleted)`);
      await client.ok(`UID EXPUNGE ${uid}`);
      done.expunged.add(number);
    }
  }
}

/** A mailbox as a client finds it: messages by their numbers. */
export interface Found {
  readonly uidValidity: string;
  readonly uidNext: number;
  readonly highestModseq: number;
  readonly messages: ReadonlyMap<string, { readonly uid: number; readonly flags: string }>;
}

export async function look(client: ImapClient, mailbox: string): Promise<Found> {
  const { untagged } = await client.ok(`SELECT ${mailbox}`);
  const told = (code: string): string =>
    untagged.map((line) => new RegExp(`\\[${code} (\\d+)\\]`).exec(line)?.[1]).find(Boolean) ?? '';
  const messages = new Map<string, { uid: number; flags: string }>();
  const { untagged: lines } = await client.ok('UID FETCH 1:* (FLAGS RFC822.SIZE BODY.PEEK[])');
  for (const line of lines) {
    const [, uid, flags = '', size, octets, number] =
      /UID (\d+) FLAGS \(([^)]*)\) RFC822.SIZE (\d+) BODY\[\] \{(\d+)\}\r\nSubject: (\S+)/.exec(line) ?? [];
    if (number === undefined || size !== octets)
      throw new Error(`not a whole message: ${line.slice(0, 200)}`);
    messages.set(number, { uid: Number(uid), flags });
  }
  return {
    uidValidity: told('UIDVALIDITY'),
    uidNext: Number(told('UIDNEXT')),
    highestModseq: Number(told('HIGHESTMODSEQ')),
    messages,
  };
}

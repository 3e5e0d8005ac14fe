import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Mailbox, type MessageFacts, SystemFlag } from '../../store/mail/types.ts';

const QUOTED = /^(>*From )/gm;
const STATUS: readonly (readonly [letter: string, bit: number])[] = [
  ['A', SystemFlag.answered],
  ['F', SystemFlag.flagged],
  ['D', SystemFlag.deleted],
  ['T', SystemFlag.draft],
];

/** Path of the file of a mailbox below a folder: `Lists/Tamis.mbox`. No level hides the file, or leads out of the folder. */
export const mboxPath = (mailbox: string): string =>
  `${mailbox
    .split('/')
    .map((level) => level.replaceAll('%', '%25').replace(/^\./, '%2E'))
    .join('/')}.mbox`;

/**
 * Writes a mailbox as a file of the form "mboxrd" (RFC 4155 with every `From ` at the beginning of a line quoted), with LF as line
 * ending, and with flags and keywords in Status, X-Status and X-Keywords. It is there whole or not at all. Gives the number
 * of messages; `advance` is called for each.
 */
export async function writeMbox(folder: string, mailbox: Mailbox, advance: () => void): Promise<number> {
  const path = join(folder, mboxPath(mailbox.name));
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const part = `${path}.part`;
  const file = await open(part, 'w', 0o600);
  let messages = 0;
  try {
    await mailbox.describe([[1, 0xffff_ffff]]);
    for (const facts of mailbox.facts([[1, 0xffff_ffff]])) {
      const octets = await mailbox.bytes(facts.uid);
      if (octets === undefined) continue;
      await file.write(mboxEntry(octets, facts));
      messages++;
      advance();
    }
    await file.sync();
  } catch (error) {
    await file.close();
    await rm(part, { force: true });
    throw error;
  }
  await file.close();
  await rename(part, path);
  return messages;
}

function mboxEntry(octets: Buffer, { system, keywords, internalDate }: MessageFacts): Buffer {
  const date = new Date(internalDate).toUTCString();
  const [, weekday = '', day = '', month = '', year = '', time = ''] =
    /^(\w{3}), (\d{2}) (\w{3}) (\d{4}) (\S+)/.exec(date) ?? [];
  const letters = STATUS.filter(([, bit]) => (system & bit) !== 0).map(([letter]) => letter);
  const fields = [
    `From MAILER-DAEMON ${weekday} ${month} ${day.replace(/^0/, ' ')} ${time} ${year}`,
    `Status: ${(system & SystemFlag.seen) !== 0 ? 'RO' : 'O'}`,
    ...(letters.length > 0 ? [`X-Status: ${letters.join('')}`] : []),
    ...(keywords === '' ? [] : [`X-Keywords: ${keywords}`]),
  ];
  const text = octets.toString('latin1').replaceAll('\r\n', '\n').replaceAll(QUOTED, '>$1');
  return Buffer.from(`${fields.join('\n')}\n${text}${text.endsWith('\n') ? '' : '\n'}\n`, 'latin1');
}

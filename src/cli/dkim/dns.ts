import { keyRecord, recordName, txtStrings, zoneLine } from '../../authentication/signing/published-key.ts';
import { EXIT, type Io } from '../io.ts';
import { configuredKeys } from './configured.ts';

/** `tamis dkim dns`: the records of the configured keys, for a BIND zone file, as plain text, or with `json` as data. */
export function dkimDns(
  domain: string | undefined,
  options: { plain?: true; json?: true; config?: string },
  io: Pick<Io, 'stdout' | 'stderr' | 'color'>,
): number {
  const found = configuredKeys(domain, options.config, io);
  if (found === undefined) return EXIT.input;
  // One key may both sign and seal.
  const records = new Map(found.keys.map((key) => [recordName(key), key]));
  for (const [name, { type, pem, domain: of, selector }] of records) {
    const record = keyRecord({ type, pem });
    if (options.json)
      io.stdout(
        `${JSON.stringify({ name, domain: of, selector, type, record, strings: txtStrings(record) })}\n`,
      );
    else if (options.plain) io.stdout(`${name}\n${record}\n`);
    else io.stdout(`${zoneLine(name, record)}\n`);
  }
  return EXIT.ok;
}

import { generateKeyPairSync } from 'node:crypto';
import { link } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import {
  GOOD_RSA_BITS,
  type KeyType,
  MAX_RSA_BITS,
  MIN_RSA_BITS,
} from '../../authentication/signing/key-file.ts';
import { keyRecord, recordName, zoneLine } from '../../authentication/signing/published-key.ts';
import { dkimDomain, dkimSelector } from '../../config/sections/signing.ts';
import { disk, errorCode, replaceFile } from '../../store/durable.ts';
import { EXIT, type Io, paint } from '../io.ts';

interface Options {
  domain: string;
  selector: string;
  type: string;
  bits: string;
  out?: string;
  force?: true;
}

/** `tamis dkim keygen`: 1 when the file is there or cannot be written, 2 for a domain, selector or size that is none. */
export async function dkimKeygen(
  options: Options,
  io: Pick<Io, 'stdout' | 'stderr' | 'color'>,
): Promise<number> {
  const complain = (text: string, code: number): number => {
    io.stderr(`${paint(io, 'red', `tamis: ${text}`)}\n`);
    return code;
  };
  const domain = dkimDomain.safeParse(options.domain);
  const selector = dkimSelector.safeParse(options.selector);
  if (!domain.success) return complain(`--domain ${options.domain}: this is no domain name`, EXIT.usage);
  if (!selector.success)
    return complain(`--selector ${options.selector}: letters, digits and hyphens only`, EXIT.usage);
  const { type } = options;
  if (type !== 'rsa' && type !== 'ed25519') return complain(`--type ${type}: rsa or ed25519`, EXIT.usage);
  const bits = Number(options.bits);
  if (!Number.isInteger(bits) || bits < MIN_RSA_BITS || bits > MAX_RSA_BITS)
    return complain(`--bits ${options.bits}: ${MIN_RSA_BITS} to ${MAX_RSA_BITS}`, EXIT.usage);

  const pem = makeKey(type, bits);
  const file = resolve(options.out ?? `${domain.data}.${selector.data}.pem`);
  try {
    await writeKey(file, pem, options.force ?? false);
  } catch (error) {
    if (errorCode(error) === 'EEXIST')
      return complain(`${file} is there already: --force replaces it, and the old key is lost`, EXIT.input);
    return complain(`${file}: ${(error as Error).message}`, EXIT.input);
  }
  if (type === 'rsa' && bits < GOOD_RSA_BITS)
    io.stderr(`tamis: ${bits} bits: some verifiers want ${GOOD_RSA_BITS}\n`);
  const name = recordName({ domain: domain.data, selector: selector.data });
  io.stdout(`${zoneLine(name, keyRecord({ type, pem }))}\n`);
  io.stderr(
    `Key written to ${file}. Publish the record above, then list the key in the configuration:\n` +
      `signing:\n  keys:\n    - { domain: ${domain.data}, selector: ${selector.data}, file: ${JSON.stringify(file)} }\n`,
  );
  return EXIT.ok;
}

function makeKey(type: KeyType, bits: number): string {
  const { privateKey } =
    type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: bits }) : generateKeyPairSync('ed25519');
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** The whole key or none, mode 0600; a file that is there only goes when it is to be replaced. */
async function writeKey(file: string, pem: string, force: boolean): Promise<void> {
  const temporary = `${file}.${process.pid}.new`;
  const pieces = [Buffer.from(pem)];
  if (force) {
    await replaceFile(disk, temporary, file, pieces);
    return;
  }
  await disk.write(temporary, pieces);
  try {
    // Unlike a rename, this fails when there is such a file.
    await link(temporary, file);
  } finally {
    await disk.remove(temporary);
  }
  await disk.syncFolder(dirname(file));
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { identityFault, selfSignedCertificate, type TlsIdentity } from '../net/tls.ts';
import { disk, errorCode, makeFolders, replaceFile } from '../store/durable.ts';

/**
 * Key and certificate of the configuration; without one, a self-signed pair made once and kept in the data folder.
 * Rejects with an Error that says what is wrong with the files.
 */
export async function loadIdentity(config: Config): Promise<TlsIdentity> {
  const named = config.tls.certificate !== '';
  const folder = join(config.data, 'tls');
  const paths = named
    ? { cert: config.tls.certificate, key: config.tls.key }
    : { cert: join(folder, 'self-signed.pem'), key: join(folder, 'self-signed.key') };
  let identity: TlsIdentity | undefined;
  try {
    identity = { cert: await readFile(paths.cert, 'utf8'), key: await readFile(paths.key, 'utf8') };
  } catch (error) {
    if (named || errorCode(error) !== 'ENOENT')
      throw new Error(`tls: ${(error as Error).message}`, { cause: error });
  }
  const fault = identity === undefined ? undefined : identityFault(identity);
  if (named && fault !== undefined) throw new Error(`tls: ${paths.cert}: ${fault}`);
  if (identity !== undefined && fault === undefined) return identity;

  const made = await selfSignedCertificate(config.hostname, new Date());
  await makeFolders(disk, folder);
  await replaceFile(disk, `${paths.key}.new`, paths.key, [Buffer.from(made.key)]);
  await replaceFile(disk, `${paths.cert}.new`, paths.cert, [Buffer.from(made.cert)]);
  return made;
}

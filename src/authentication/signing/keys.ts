import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { GOOD_RSA_BITS, type KeyType, MAX_RSA_BITS, parsePrivateKey, type PrivateKey } from './key-file.ts';
import type { SealingSettings, SealKeySettings, SigningKeySettings, SigningSettings } from './settings.ts';

/** A key as it travels to the workers: plain data. Never to be logged or printed. */
export interface SigningKey {
  domain: string;
  selector: string;
  type: KeyType;
  bits: number;
  /** PKCS#8. */
  pem: string;
  /** In force from, and until: milliseconds since the epoch. */
  notBefore: number;
  notAfter: number;
  subdomains: boolean;
}

/** All private keys of a configuration. */
export interface SigningKeys {
  dkim: readonly SigningKey[];
  arc: SigningKey | undefined;
}

/** What is wrong with a key, by the place of the setting. */
export interface KeyFault {
  /** As in the configuration file: `['signing', 'keys', 0, 'file']`. */
  path: (string | number)[];
  text: string;
}

export interface ReadKeys {
  keys: SigningKeys;
  /** The keys cannot be used as they are configured. */
  faults: KeyFault[];
  /** They can, but the admin should know. */
  warnings: KeyFault[];
}

/** An RSA key of 16,384 bits in PEM has 13 KB; more is another file. */
const MAX_FILE_BYTES = 65_536;

/**
 * Reads the private keys of the settings, whose paths are absolute. Never throws: every fault is in the result. `now`
 * is in milliseconds since the epoch.
 */
export function readKeys(signing: SigningSettings, arc: SealingSettings, now: number): ReadKeys {
  const faults: KeyFault[] = [];
  const warnings: KeyFault[] = [];
  const names = new Map<string, (string | number)[]>();
  const read = (
    path: (string | number)[],
    settings: SealKeySettings & Partial<SigningKeySettings>,
  ): SigningKey | undefined => {
    const { domain, selector, file, notBefore = '', notAfter = '', subdomains = false } = settings;
    const record = `${selector}._domainkey.${domain}`;
    const other = names.get(record);
    if (other !== undefined && other[0] === path[0])
      faults.push({ path: [...path, 'selector'], text: `${record} is named by ${other.join('.')} already` });
    names.set(record, path);
    const [from, until] = [timeOf(notBefore, 0), timeOf(notAfter, Number.POSITIVE_INFINITY)];
    if (until <= from) faults.push({ path: [...path, 'not_after'], text: 'is not after not_before' });
    const found = readKeyFile(file, signing.safeKeys);
    if ('fault' in found) {
      faults.push({ path: [...path, 'file'], text: found.fault });
      return undefined;
    }
    const { type, key, bits } = found;
    if (type === 'rsa' && bits < GOOD_RSA_BITS)
      warnings.push({
        path: [...path, 'file'],
        text: `RSA key of ${bits} bits: some verifiers want ${GOOD_RSA_BITS}`,
      });
    if (type === 'rsa' && bits > MAX_RSA_BITS)
      warnings.push({
        path: [...path, 'file'],
        text: `RSA key of ${bits} bits: verifiers need not take more than ${MAX_RSA_BITS}`,
      });
    if (until <= now)
      warnings.push({ path: [...path, 'not_after'], text: `${record} is no longer in force` });
    const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
    return { domain, selector, type, bits, pem, notBefore: from, notAfter: until, subdomains };
  };

  const dkim = signing.keys.flatMap((key, index) => read(['signing', 'keys', index], key) ?? []);
  for (const domain of new Set(dkim.map((key) => key.domain)))
    if (!dkim.some((key) => key.domain === domain && isInForce(key, now)))
      warnings.push({ path: ['signing', 'keys'], text: `no key of ${domain} is in force now` });
  const seal = arc.seal === undefined ? undefined : read(['arc', 'seal'], arc.seal);
  if (seal?.type === 'ed25519')
    faults.push({
      path: ['arc', 'seal', 'file'],
      text: 'holds an Ed25519 key: verifiers of ARC know RSA only',
    });
  return { keys: { dkim, arc: seal }, faults, warnings };
}

/** Whether a key signs at a time in milliseconds since the epoch. */
export const isInForce = (key: Pick<SigningKey, 'notBefore' | 'notAfter'>, now: number): boolean =>
  now >= key.notBefore && now < key.notAfter;

function timeOf(text: string, otherwise: number): number {
  return text === '' ? otherwise : Date.parse(text);
}

function readKeyFile(file: string, safe: boolean): PrivateKey | { fault: string } {
  let text: string;
  try {
    // What is looked at and what is read are the same file, whoever renames meanwhile.
    const handle = openSync(file, 'r');
    try {
      const { mode, size } = fstatSync(handle);
      if (safe && (mode & 0o077) !== 0)
        return {
          fault: `others than its owner may use ${file} (mode ${(mode & 0o777).toString(8)}): chmod 600 it, or set signing.safe_keys: false`,
        };
      if (size > MAX_FILE_BYTES) return { fault: `${file} is larger than ${MAX_FILE_BYTES} bytes` };
      text = readFileSync(handle, 'utf8');
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    return { fault: `cannot be read: ${(error as Error).message}` };
  }
  const found = parsePrivateKey(text);
  return 'fault' in found ? { fault: `${file} ${found.fault}` } : found;
}

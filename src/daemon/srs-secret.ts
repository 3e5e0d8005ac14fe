import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSrs, type Srs } from '../delivery/srs.ts';
import { errorCode } from '../store/durable.ts';

/** Octets of a secret: as many as the hash it keys can use. */
const SECRET_BYTES = 32;

/**
 * SRS with the secrets of `<data>/srs-secret`, one a line in base64; the first one signs. Made when redirects are to be
 * rewritten and there is none; without that, the addresses of the time when they were are still understood. Throws when
 * the file cannot be read, is empty, or cannot be made.
 */
export function loadSrs(data: string, wanted: boolean, now: () => number): Srs | undefined {
  const file = join(data, 'srs-secret');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    if (!wanted) return undefined;
    text = makeSecret(file);
  }
  const secrets = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => Buffer.from(line, 'base64'));
  if (secrets.length === 0 || secrets.some((secret) => secret.length < 16))
    throw new Error(`${file} must hold secrets of 16 octets at least, in base64, one a line`);
  return createSrs({ secrets, now });
}

function makeSecret(file: string): string {
  const text = `${randomBytes(SECRET_BYTES).toString('base64')}\n`;
  try {
    writeFileSync(file, text, { mode: 0o600, flag: 'wx', flush: true });
    return text;
  } catch (error) {
    // Another process was first.
    if (errorCode(error) !== 'EEXIST') throw error;
    return readFileSync(file, 'utf8');
  }
}

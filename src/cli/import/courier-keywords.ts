import { join } from 'node:path';
import { readForeign } from '../../store/mail/files.ts';
import { isKeyword } from '../../store/mail/keywords.ts';
import { isFolder } from './folder.ts';

const FOLDER = 'courierimapkeywords';
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Keywords of messages by the names of files without flags, as Courier's `courierimapkeywords/:list` has them: a keyword in each
 * line, an empty line, then `name:place place…`. None without one.
 */
export async function courierKeywords(folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  if (!(await isFolder(join(folder, FOLDER)))) return found;
  const file = await readForeign(join(folder, FOLDER, ':list'), MAX_BYTES);
  const [head = '', ...rest] = (file?.raw.toString('utf8') ?? '').split('\n\n');
  const keywords = head.split('\n');
  for (const line of rest.join('\n').split('\n')) {
    const [, name, places = ''] = /^([^:]+):([\d ]+)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const words = places.split(' ').flatMap((place) => (place === '' ? [] : [keywords[Number(place)] ?? '']));
    found.set(name, words.filter(isKeyword));
  }
  return found;
}

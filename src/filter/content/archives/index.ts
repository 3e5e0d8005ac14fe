/** The formats of archives that can be listed. Others are known by their kind only. */
import type { Kind } from '../kinds.ts';
import { listGzip } from './gzip.ts';
import { listRar } from './rar.ts';
import { listSevenZip } from './seven-zip.ts';
import { listTar } from './tar.ts';
import type { ListArchive } from './types.ts';
import { listZip } from './zip.ts';

const FORMATS: Readonly<Partial<Record<Kind, ListArchive>>> = {
  zip: listZip,
  rar: listRar,
  '7z': listSevenZip,
  tar: listTar,
  gzip: listGzip,
};

export const archiveReader = (kind: Kind): ListArchive | undefined => FORMATS[kind];

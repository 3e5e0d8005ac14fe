import type { ArchiveListing } from '../content/archives/types.ts';
import { type ContentFile, contentOf } from '../content/files.ts';
import {
  extensionOf,
  isArchiveName,
  isDisguised,
  isExecutableName,
  isObscured,
  turnsDirection,
} from '../content/names.ts';
import type { Kind } from '../content/kinds.ts';
import type { Check, CheckHit } from '../types.ts';
import { isOfficeDocument } from '../content/office/package.ts';
import { at, quote } from './support/evidence.ts';

const ARCHIVES = new Set<Kind>([
  'zip',
  'rar',
  '7z',
  'gzip',
  'bzip2',
  'xz',
  'zstd',
  'tar',
  'cab',
  'ace',
  'arj',
  'lzh',
]);
/** What runs when it is opened, by its content. */
const PROGRAMS = new Set<Kind>(['exe', 'lnk', 'chm', 'elf', 'macho']);
/** Disk images are mounted by a double click, and what is in them comes without the mark of the web. */
const IMAGES = new Set<Kind>(['iso', 'vhd']);
/** Names of parts that come without the first of a split archive. */
const SPLIT = /^(?:\d{3}|r\d\d|z\d\d)$/;

/** What is inside the archives of a message, and how they are made. */
export const archives: Check = {
  name: 'archives',
  symbols: {
    MIME_ENCRYPTED_ARCHIVE: { score: 1.5, description: 'Archive that needs a password' },
    MIME_OBFUSCATED_ARCHIVE: {
      score: 3,
      description: 'Archive whose files are named so that unpackers or readers are misled',
    },
    MIME_ARCHIVE_IN_ARCHIVE: { score: 1.5, description: 'Archive inside an archive' },
    MIME_BAD_EXT_IN_ARCHIVE: { score: 3, description: 'Program or script in an archive' },
    MIME_DISK_IMAGE: { score: 2, description: 'Image of a disk, alone or in an archive' },
    MIME_EXE_IN_GEN_SPLIT_RAR: {
      score: 4,
      description: 'Program in a RAR archive that is called like a later part',
    },
    MIME_ARCHIVE_ACE: {
      score: 2.5,
      description: 'ACE archive: made today for the faults of its unpackers alone',
    },
    MIME_BROKEN_ARCHIVE: { score: 0.3, description: 'Archive that is cut off or damaged' },
    ARCHIVE_BOMB: { score: 4, description: 'Archive that unpacks to far more than it is' },
    ARCHIVE_LIMITS: {
      score: 0.3,
      description: 'Attachments were looked into in part: too many, too deep or too large',
    },
  },
  run({ message }) {
    const content = contentOf(message);
    if (content === undefined) return [];
    return content.then(({ files, budget }) => {
      const hits = new Map<string, CheckHit>();
      const hit: Hit = (symbol, file, detail = file.path, weight = 1) => {
        if ((hits.get(symbol)?.weight ?? 0) >= weight) return;
        hits.set(symbol, { symbol, detail: quote(detail), where: at(file.part), weight });
      };
      for (const file of files) {
        if (file.archive !== undefined) judgeArchive(file, file.archive, hit);
        if (file.kind === 'ace') hit('MIME_ARCHIVE_ACE', file);
        if (isDiskImage(file)) hit('MIME_DISK_IMAGE', file);
        if (file.bomb) hit('ARCHIVE_BOMB', file);
      }
      if (budget.reached.size > 0)
        hits.set('ARCHIVE_LIMITS', { symbol: 'ARCHIVE_LIMITS', detail: [...budget.reached].join(' ') });
      return [...hits.values()];
    });
  },
};

type Hit = (symbol: string, file: ContentFile, detail?: string, weight?: number) => void;

/** Files from which an archive is a collection: the sources of a program have scripts in them. */
const MANY = 10;

const isScriptAmongMany = ({ kind, name }: ContentFile, files: number): boolean =>
  files >= MANY &&
  (kind === 'text' || kind === 'script') &&
  /\.(?:js|jse?|ps1|psm1|bat|cmd|vbs|reg|url)$/i.test(name);

const isDiskImage = ({ kind, name }: ContentFile): boolean =>
  (kind !== undefined && IMAGES.has(kind)) || /^(?:iso|img|vhdx?)$/.test(extensionOf(name));

function judgeArchive(file: ContentFile, archive: ArchiveListing, hit: Hit): void {
  const { entries, encryptedNames, faults } = archive;
  if (encryptedNames || entries.some(({ encrypted }) => encrypted)) hit('MIME_ENCRYPTED_ARCHIVE', file);
  if (faults.includes('broken')) hit('MIME_BROKEN_ARCHIVE', file);
  const fault = faults.find((one) => one !== 'broken');
  if (fault !== undefined) hit('MIME_OBFUSCATED_ARCHIVE', file, `${file.path}: ${fault}`);
  for (const inner of file.files) {
    const extension = extensionOf(inner.name);
    if (isProgram(inner)) {
      hit('MIME_BAD_EXT_IN_ARCHIVE', inner, inner.path, isScriptAmongMany(inner, entries.length) ? 0.2 : 1);
      if (archive.format === 'rar' && SPLIT.test(extensionOf(file.name)))
        hit('MIME_EXE_IN_GEN_SPLIT_RAR', inner);
      if (isDisguised(inner.name)) hit('MIME_OBFUSCATED_ARCHIVE', inner);
    }
    if (turnsDirection(inner.name) || isObscured(inner.name) || climbs(inner.name))
      hit('MIME_OBFUSCATED_ARCHIVE', inner);
    const isArchive = (inner.kind !== undefined && ARCHIVES.has(inner.kind)) || isArchiveName(extension);
    // A gzip holds a tar as a matter of course.
    if (isArchive && archive.format !== 'gzip' && !isOfficeDocument(inner))
      hit('MIME_ARCHIVE_IN_ARCHIVE', inner);
  }
}

/** A name that leads out of the folder it is unpacked into. */
const climbs = (name: string): boolean => /(?:^|[/\\])\.\.[/\\]/.test(name);

function isProgram({ kind, name, archive }: ContentFile): boolean {
  if (kind !== undefined && PROGRAMS.has(kind)) return true;
  return archive === undefined && isExecutableName(extensionOf(name));
}

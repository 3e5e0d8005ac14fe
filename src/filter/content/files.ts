import type { Message, Part } from '../../message/types.ts';
import { archiveReader } from './archives/index.ts';
import type { ArchiveEntry, ArchiveListing } from './archives/types.ts';
import { Budget, type Unpacked } from './budget.ts';
import { type Kind, kindOf } from './kinds.ts';
import { type ContentLimits, contentLimits } from './limits.ts';

/** Bytes of the head of a file from which it matters that its stated size is smaller. */
const LIE = 64 * 1024;

/** A file that came with a message: an attachment, or something inside one. */
export class ContentFile {
  /** As stated by the part or the archive; '' when not stated. Never to be used as a path. */
  readonly name: string;
  /** Names from the attachment inwards, for a person: `orders.zip > inner.7z > a.exe`. */
  readonly path: string;
  /** The part it came with. */
  readonly part: Part;
  /** The archive it is in. */
  readonly within: ContentFile | undefined;
  /** 0: the attachment itself. */
  readonly depth: number;
  /** By its first bytes; undefined when the content could not be read. */
  readonly kind: Kind | undefined;
  /** Bytes, as stated by the archive. */
  readonly size: number;
  /** A password is needed to read it. */
  readonly encrypted: boolean;
  /** What is in it, when it is an archive that was listed. Documents of Office are zip archives too. */
  archive: ArchiveListing | undefined;
  /** The files of {@link archive} that were looked at. */
  readonly files: ContentFile[] = [];
  private readonly entry: ArchiveEntry;
  private readonly budget: Budget;
  private unpacked: Unpacked | undefined;
  private readonly headBytes: number;

  constructor(entry: ArchiveEntry, part: Part, within: ContentFile | undefined, budget: Budget) {
    this.entry = entry;
    this.budget = budget;
    this.part = part;
    this.within = within;
    this.name = entry.name.slice(-budget.limits.nameCharacters);
    this.path = within === undefined ? this.name : `${within.path} > ${this.name}`;
    this.depth = within === undefined ? 0 : within.depth + 1;
    this.size = entry.size;
    this.encrypted = entry.encrypted;
    const head = entry.head?.(budget) ?? this.unpack();
    this.kind = typeof head === 'string' ? undefined : kindOf(head);
    this.headBytes = typeof head === 'string' ? 0 : head.length;
  }

  /** Undefined when it needs a password, a method that is not read here, or is beyond the limits. Unpacked once. */
  get content(): Uint8Array | undefined {
    const unpacked = this.unpack();
    return typeof unpacked === 'string' ? undefined : unpacked;
  }

  /**
   * Unpacks to far more than it takes: all its files together by what the archive says, or one that says that it is
   * small and is not.
   */
  get bomb(): boolean {
    const { limits } = this.budget;
    const unpacked = this.archive?.entries.reduce((sum, { size }) => sum + size, 0) ?? 0;
    // Files that share their packed bytes count each: against the bytes that are there, not those that are stated.
    const packed = this.content?.length ?? 0;
    if (unpacked > limits.bombBytes && unpacked > packed * limits.bombRatio) return true;
    return this.files.some((file) => file.isLarger);
  }

  /** More came out than was stated: by far, as the last byte or two may be lost to a careless writer. */
  private get isLarger(): boolean {
    if (this.unpacked === 'large') return this.size < this.budget.limits.fileBytes / 2;
    return this.headBytes > LIE && this.headBytes > this.size * 2;
  }

  private unpack(): Unpacked {
    this.unpacked ??= this.entry.read?.(this.budget) ?? 'broken';
    return this.unpacked;
  }
}

export interface Content {
  /** Attachments in order, each followed by what is in it. */
  readonly files: readonly ContentFile[];
  /** What is left to spend on the streams of documents, and which limits were reached. */
  readonly budget: Budget;
}

/** The files of a message, listed once. Undefined when it has no attachment. */
export function contentOf(message: Message): Promise<Content> | undefined {
  return message.derived(findContent);
}

function findContent(message: Message): Promise<Content> | undefined {
  return message.attachments.length === 0 ? undefined : readContent(message.attachments, contentLimits);
}

/** Lists attachments and, within the limits, what is inside of them. Never rejects for what they hold. */
export async function readContent(parts: readonly Part[], limits: ContentLimits): Promise<Content> {
  const budget = new Budget(limits);
  const files: ContentFile[] = [];

  async function add(entry: ArchiveEntry, part: Part, within?: ContentFile): Promise<void> {
    if (!budget.file()) return;
    const file = new ContentFile(entry, part, within, budget);
    files.push(file);
    within?.files.push(file);
    const reader = file.kind === undefined ? undefined : archiveReader(file.kind);
    if (reader === undefined) return;
    if (file.depth >= limits.depth) {
      budget.reached.add('depth');
      return;
    }
    const { content } = file;
    if (content === undefined) return;
    file.archive = await reader(content, budget.filesLeft);
    if (file.archive.truncated) budget.reached.add('files');
    if (file.bomb) return;
    for (const inner of file.archive.entries) {
      if (budget.filesLeft === 0) return;
      await add({ ...inner, name: innerName(inner, file) }, part, file);
    }
  }

  for (const part of parts) {
    const { content } = part;
    const entry = {
      name: part.filename ?? '',
      packed: content.length,
      size: content.length,
      encrypted: false,
    };
    await add({ ...entry, read: () => content }, part);
  }
  return { files, budget };
}

/** A gzip without a name is called as its file without the ending: `a.tar.gz` holds `a.tar`. */
const innerName = (entry: ArchiveEntry, { name }: ContentFile): string =>
  entry.name === '' ? name.replace(/\.tgz$/i, '.tar').replace(/\.gz$/i, '') : entry.name;

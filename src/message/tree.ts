import type { DelimiterTest, HeaderScan } from './header-scan.ts';
import { scanHeader } from './header-scan.ts';
import type { ParsedHeader, ParseContext } from './header.ts';
import { MimePart } from './part.ts';
import { isIdentityEncoding, isKnownEncoding } from './transfer.ts';

/** An open part that holds others: a multipart with its boundaries, or a message/rfc822. */
interface Container {
  readonly part: MimePart;
  /** Usually one; more when the parameter or the field stands twice and readers differ on which counts. */
  readonly boundaries: readonly string[];
  /** The closing boundary was seen. */
  closed: boolean;
  opened: boolean;
}

const LINE_START = Buffer.from('\n--');
/** Longest boundary that is looked for; RFC 2046 §5.1.1 allows 70. A line may hold 998. */
const MAX_BOUNDARY = 990;
/** Boundaries tried for one multipart. */
const MAX_ALTERNATIVES = 4;
const TYPE = /^[!#$%&'*+\-.^_`{|}~\w]+\/[!#$%&'*+\-.^_`{|}~\w]+$/;
/** Types whose body is a message with a header of its own (RFC 2046 §5.2.1, RFC 6532 §3.7). */
const MESSAGE_TYPES = new Set(['message/rfc822', 'message/global', 'message/news']);
/** MIME fields that may stand once. */
const ONCE = ['content-type', 'content-transfer-encoding', 'content-disposition'];

/** Type, parameters and encoding of a part, from its header. */
interface MimeFields {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly encoding: string;
  readonly boundaries: readonly string[];
}

const NO_PARAMETERS: ReadonlyMap<string, string> = new Map();

/** Builds the tree in one pass over the lines that begin with `--`. */
class TreeBuilder {
  readonly parts: MimePart[] = [];
  private readonly context: ParseContext;
  private readonly stack: Container[] = [];
  private leaf: MimePart | undefined;
  /** Open multiparts by boundary, innermost last. */
  private readonly byBoundary = new Map<string, Container[]>();
  private readonly isDelimiter: DelimiterTest = (line) => this.match(line) !== undefined;
  private full = false;

  constructor(context: ParseContext) {
    this.context = context;
  }

  build(first: HeaderScan): MimePart[] {
    const { bytes } = this.context;
    let at = this.open(0, first);
    while (this.byBoundary.size > 0 && !this.full) {
      // The body may begin with a boundary line: the line ending before it counts.
      const newline = bytes.indexOf(LINE_START, Math.max(0, at - 1));
      if (newline < 0) break;
      const lineStart = newline + 1;
      const lf = bytes.indexOf(0x0a, lineStart);
      const next = lf < 0 ? bytes.length : lf + 1;
      const line = bytes.toString('latin1', lineStart + 2, Math.min(next, lineStart + MAX_BOUNDARY + 100));
      const match = next - lineStart <= MAX_BOUNDARY + 100 ? this.match(line) : undefined;
      if (match === undefined) {
        this.noteSuffix(line, lineStart, next);
        at = next;
      } else at = this.delimiter(match.container, match.close, lineStart, next);
      if (lf < 0) break;
    }
    this.closeAll(bytes.length);
    return this.parts;
  }

  /** The open multipart a line (without its `--`) is a boundary of. */
  private match(line: string): { container: Container; close: boolean } | undefined {
    if (line.length > MAX_BOUNDARY + 100) return undefined;
    const text = trimSpaceEnd(line);
    const container = this.innermost(text);
    if (container !== undefined) return { container, close: false };
    const closed = text.endsWith('--') ? this.innermost(trimSpaceEnd(text.slice(0, -2))) : undefined;
    return closed === undefined ? undefined : { container: closed, close: true };
  }

  /** The innermost open multipart with that boundary, one that is closed already only when there is no other. */
  private innermost(boundary: string): Container | undefined {
    const found = this.byBoundary.get(boundary);
    return found?.findLast((container) => !container.closed) ?? found?.at(-1);
  }

  /** Notes a line that begins with the innermost boundary and goes on: readers differ on it. */
  private noteSuffix(line: string, start: number, end: number): void {
    const container = this.stack.findLast((open) => open.boundaries.length > 0);
    const boundary = container?.boundaries[0];
    if (container !== undefined && boundary !== undefined && line.startsWith(boundary))
      this.context.defects.add('boundary-line-suffix', container.part.index, start, end);
  }

  /** A boundary line of `container`: ends what is open inside it, and begins its next part or its epilogue. */
  private delimiter(container: Container, close: boolean, lineStart: number, next: number): number {
    const { part } = container;
    if (container.closed) {
      this.context.defects.add('boundary-after-close', part.index, lineStart, next);
      return next;
    }
    const end = this.beforeLineEnding(lineStart);
    this.closeInside(container, end);
    if (!container.opened) {
      container.opened = true;
      part.preamble = { start: part.bodyStart, end: Math.max(part.bodyStart, end) };
    }
    if (close) {
      container.closed = true;
      part.epilogue = { start: next, end: next };
      return next;
    }
    return this.open(next);
  }

  /** The line ending before a boundary line belongs to it (RFC 2046 §5.1.1). */
  private beforeLineEnding(lineStart: number): number {
    const { bytes } = this.context;
    if (bytes[lineStart - 1] !== 0x0a) return lineStart;
    return bytes[lineStart - 2] === 0x0d ? lineStart - 2 : lineStart - 1;
  }

  private closeInside(container: Container, end: number): void {
    if (this.leaf !== undefined) finishPart(this.leaf, end);
    this.leaf = undefined;
    while (this.stack.length > 0 && this.stack.at(-1) !== container) this.closeContainer(end);
  }

  private closeAll(end: number): void {
    if (this.leaf !== undefined) finishPart(this.leaf, end);
    while (this.stack.length > 0) this.closeContainer(end);
  }

  private closeContainer(end: number): void {
    const container = this.stack.pop();
    if (container === undefined) return;
    const { part } = container;
    // A last part of header only may reach to the boundary line, its line ending included.
    finishPart(part, Math.max(end, part.children.at(-1)?.end ?? 0));
    for (const boundary of container.boundaries) {
      const open = this.byBoundary.get(boundary);
      open?.pop();
      if (open?.length === 0) this.byBoundary.delete(boundary);
    }
    // The closing line's own ending may already belong to the next boundary line.
    if (part.epilogue !== undefined)
      part.epilogue = { start: Math.min(part.epilogue.start, part.end), end: part.end };
    if (container.boundaries.length === 0 || container.closed) return;
    const code = container.opened ? 'missing-closing-boundary' : 'boundary-not-found';
    this.context.defects.add(code, part.index, part.bodyStart, part.end);
  }

  /**
   * Opens the part at `start`, whose header may have been scanned already, and the messages that begin with it; the
   * offset to look for boundaries from.
   */
  private open(start: number, scanned?: HeaderScan): number {
    let from = start;
    let known = scanned;
    for (;;) {
      const { context, parts } = this;
      if (parts.length > 0 && parts.length >= context.limits.parts) {
        const part = this.stack.at(-1)?.part.index ?? 0;
        context.defects.add('too-many-parts', part, from, context.bytes.length);
        this.full = true;
        return from;
      }
      const parent = this.stack.at(-1)?.part;
      const index = parts.length;
      const { header, bodyStart } =
        known ?? scanHeader(context, from, context.bytes.length, index, this.isDelimiter);
      known = undefined;
      const fields = this.mimeFields(header, index, parent?.type === 'multipart/digest');
      const part = new MimePart(context, {
        index,
        parent: parent?.index ?? -1,
        depth: parent === undefined ? 0 : parent.depth + 1,
        start: from,
        header,
        bodyStart,
        ...fields,
      });
      parts.push(part);
      parent?.children.push(part);
      this.leaf = part;
      if (!this.holdsOthers(part, fields)) return bodyStart;
      this.leaf = undefined;
      const boundaries = part.type.startsWith('multipart/') ? this.register(part, fields.boundaries) : [];
      const container: Container = { part, boundaries, closed: false, opened: false };
      this.stack.push(container);
      for (const boundary of boundaries) {
        const open = this.byBoundary.get(boundary);
        if (open === undefined) this.byBoundary.set(boundary, [container]);
        else open.push(container);
      }
      if (boundaries.length > 0) return bodyStart;
      from = bodyStart;
    }
  }

  /** Whether a part is looked into; notes why not. */
  private holdsOthers(part: MimePart, fields: MimeFields): boolean {
    const { defects, limits } = this.context;
    const note = (
      code: 'encoded-multipart' | 'encoded-message' | 'too-deep' | 'missing-boundary' | 'empty-boundary',
    ) => defects.add(code, part.index, part.start, part.bodyStart);
    const multipart = part.type.startsWith('multipart/');
    if (!multipart && !MESSAGE_TYPES.has(part.type)) return false;
    const identity = isIdentityEncoding(part.encoding) || !isKnownEncoding(part.encoding);
    if (multipart && !identity) note('encoded-multipart');
    if (!multipart && !identity) {
      note('encoded-message');
      return false;
    }
    if (multipart && usable(fields.boundaries).length === 0) {
      note(fields.boundaries.length === 0 ? 'missing-boundary' : 'empty-boundary');
      return false;
    }
    if (part.depth >= limits.depth) {
      note('too-deep');
      return false;
    }
    return true;
  }

  /** The boundaries to look for, with their faults noted. */
  private register(part: MimePart, boundaries: readonly string[]): readonly string[] {
    const { defects } = this.context;
    for (const boundary of boundaries) {
      if (boundary.length > 70) defects.add('boundary-too-long', part.index, part.start, part.bodyStart);
      if (/\s$/.test(boundary))
        defects.add('boundary-trailing-space', part.index, part.start, part.bodyStart);
    }
    const found = usable(boundaries);
    if (found.some((boundary) => this.byBoundary.has(boundary)))
      defects.add('boundary-reused', part.index, part.start, part.bodyStart);
    return found;
  }

  private mimeFields(header: ParsedHeader, index: number, digest: boolean): MimeFields {
    const { defects } = this.context;
    for (const name of ONCE) {
      const second = header.all(name)[1];
      if (second !== undefined) defects.add('duplicate-header-field', index, second.start, second.end);
    }
    const encodingField = header.get('content-transfer-encoding');
    const encoding = (encodingField?.parameterized.value ?? '').replace(/^"|"$/g, '') || '7bit';
    if (encodingField !== undefined && !isKnownEncoding(encoding))
      defects.add('unknown-transfer-encoding', index, encodingField.start, encodingField.end);
    const fields = header.all('content-type');
    const field = fields[0];
    if (field === undefined) {
      const type = digest ? 'message/rfc822' : 'text/plain';
      return { type, parameters: NO_PARAMETERS, encoding, boundaries: [] };
    }
    const { value, parameters } = field.parameterized;
    const boundaries = fields.slice(0, MAX_ALTERNATIVES).flatMap((one) => one.parameterized.boundaries);
    // White space and comments may stand between the words, as in all fields of mail (RFC 2045 §5.1).
    const type = value.replace(/[ \t]*\/[ \t]*/, '/');
    if (TYPE.test(type)) return { type, parameters, encoding, boundaries };
    defects.add('invalid-content-type', index, field.start, field.end);
    const multipart = /^multipart\b/.test(value) && boundaries.length > 0;
    return { type: multipart ? 'multipart/mixed' : 'text/plain', parameters, encoding, boundaries };
  }
}

/** Boundaries that can be looked for: not empty, not longer than a line; without the white space at their end. */
function usable(boundaries: readonly string[]): readonly string[] {
  const trimmed = boundaries.map((boundary) => trimSpaceEnd(boundary));
  return [...new Set(trimmed)]
    .filter((boundary) => boundary !== '' && boundary.length <= MAX_BOUNDARY)
    .slice(0, MAX_ALTERNATIVES);
}

/** Boundaries and lines are bytes as latin1: only ASCII white space counts. */
function trimSpaceEnd(line: string): string {
  let end = line.length;
  while (end > 0 && /[ \t\r\n]/.test(line[end - 1] ?? '')) end--;
  return line.slice(0, end);
}

function finishPart(part: MimePart, end: number): void {
  part.end = Math.max(part.bodyStart, end);
}

/**
 * Builds the MIME tree of a message (RFC 2046 §5): parts in the order in which they begin, part 0 the message itself.
 * A boundary matches as a whole line but for trailing white space; time is linear in the message's length.
 * `first` is the message's own header.
 */
export function buildTree(context: ParseContext, first: HeaderScan): MimePart[] {
  return new TreeBuilder(context).build(first);
}

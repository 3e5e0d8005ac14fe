import { asBuffer } from './charset.ts';
import { DefectList } from './defects.ts';
import {
  ADDRESS_FIELDS,
  DATE_FIELDS,
  PARAMETER_FIELDS,
  type HeaderEnd,
  type ParseContext,
  UNSTRUCTURED_FIELDS,
} from './header.ts';
import { type HeaderScan, scanHeader } from './header-scan.ts';
import { defaultMessageLimits, type MessageLimits } from './limits.ts';
import { findTextLinks } from './links.ts';
import type { MimePart } from './part.ts';
import { buildTree } from './tree.ts';
import type { Defect, Header, Link, Message, Part } from './types.ts';

/** A message whose header fields are known; its structure is found, and contents are decoded, when asked for. */
class ParsedMessage implements Message {
  readonly raw: Uint8Array;
  private readonly context: ParseContext;
  private readonly scan: HeaderScan;
  private tree: readonly MimePart[] | undefined;
  private allDefects: readonly Defect[] | undefined;
  private visibleText: string | undefined;
  private allLinks: readonly Link[] | undefined;
  private allAttachments: readonly Part[] | undefined;
  private kept: Map<(message: Message) => unknown, unknown> | undefined;

  constructor(raw: Uint8Array, context: ParseContext) {
    this.raw = raw;
    this.context = context;
    this.scan = scanHeader(context, 0, context.bytes.length, 0, () => false);
  }

  /** Who reads only this, as most Sieve scripts do, does not pay for the search for boundaries. */
  get header(): Header {
    return this.scan.header;
  }

  get parts(): readonly MimePart[] {
    this.tree ??= buildTree(this.context, this.scan);
    return this.tree;
  }

  private get first(): MimePart {
    const [first] = this.parts;
    if (first === undefined) throw new Error('the tree always has a part 0');
    return first;
  }

  get root(): Part {
    return this.first;
  }

  /**
   * Everything that is wrong, by place. Reads what can be wrong, so it costs as much as looking at every part and
   * every structured field; the list is the same whatever was asked for before.
   */
  get defects(): readonly Defect[] {
    if (this.allDefects === undefined) {
      for (const part of this.parts) touch(part);
      const at = this.context.bytes.indexOf(0, this.scan.bodyStart);
      if (at !== -1) {
        this.context.defects.add('nul-in-body', this.partAt(at), at, at + 1);
      }
      void this.links;
      this.allDefects = unique(this.context.defects.items);
    }
    return this.allDefects;
  }

  get text(): string {
    this.visibleText ??= visibleParts(this.first)
      .map((part) => part.html?.text ?? part.text)
      .filter((text) => text !== '')
      .join('\n');
    return this.visibleText;
  }

  get links(): readonly Link[] {
    this.allLinks ??= this.collectLinks();
    return this.allLinks;
  }

  get attachments(): readonly Part[] {
    this.allAttachments ??= this.parts.filter(isAttachment);
    return this.allAttachments;
  }

  derived<T>(make: (message: Message) => T): T {
    this.kept ??= new Map();
    if (!this.kept.has(make)) this.kept.set(make, make(this));
    return this.kept.get(make) as T;
  }

  private collectLinks(): readonly Link[] {
    const { limits, defects } = this.context;
    const links = new Map<string, Link>();
    for (const part of this.parts) {
      if (!part.isBodyText) continue;
      for (const link of linksOf(part, limits)) {
        const key = `${link.url}\n${link.text}`;
        if (links.has(key)) continue;
        if (links.size >= limits.links) {
          defects.add('too-many-links', part.index, part.bodyStart, part.end);
          return [...links.values()];
        }
        links.set(key, link);
      }
    }
    return [...links.values()];
  }

  /** Index of the innermost part that holds an offset. */
  private partAt(offset: number): number {
    return this.parts.findLast((part) => part.start <= offset && offset < part.end)?.index ?? 0;
  }
}

/**
 * Links of one part. Of HTML also the addresses that stand in its text without being links, which readers make links
 * of; those shown as the text of a link are not among them, for they lead where the link does.
 */
function linksOf(part: MimePart, limits: MessageLimits): readonly Link[] {
  const { html } = part;
  if (html === undefined) return findTextLinks(part.text, part.index, limits);
  const inText = findTextLinks(html.text, part.index, limits);
  if (inText.length === 0) return html.links;
  const shown = findTextLinks(html.links.map((link) => link.text).join('\n'), part.index, limits);
  const known = new Set([...shown, ...html.links].map((link) => link.url));
  return [...html.links, ...inText.filter((link) => !known.has(link.url))];
}

/** Reads whatever of a part can hold a defect. */
function touch(part: MimePart): void {
  for (const field of part.header.fields) {
    if (ADDRESS_FIELDS.has(field.key)) void field.addresses;
    else if (PARAMETER_FIELDS.has(field.key)) void field.parameterized;
    else if (DATE_FIELDS.has(field.key)) void field.date;
    else if (UNSTRUCTURED_FIELDS.has(field.key)) void field.text;
  }
  if (part.children.length > 0) return;
  void part.content;
  if (part.isBodyText) void (part.html ?? part.text);
}

/** By place, each once: two readings of one field may find the same. */
function unique(defects: readonly Defect[]): readonly Defect[] {
  const seen = new Set<string>();
  return defects
    .filter((defect) => {
      const key = `${defect.code} ${defect.part} ${defect.start} ${defect.end}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    })
    .sort((a, b) => a.start - b.start || a.end - b.end || (a.code < b.code ? -1 : 1));
}

/** A leaf that is not shown as text, or a message that hangs on another one. */
function isAttachment(part: MimePart): boolean {
  if (part.parent >= 0 && part.type.startsWith('message/')) return true;
  return part.children.length === 0 && !part.isBodyText && !part.type.startsWith('multipart/');
}

/**
 * The text parts a reader is shown, in order. Of multipart/alternative the last that has any (RFC 2046 §5.1.4), of
 * multipart/related the first (RFC 2387 §3.1); attached messages are not opened. Iterative: no depth hurts it.
 */
function visibleParts(root: MimePart): readonly MimePart[] {
  const shown: MimePart[] = [];
  const waiting: MimePart[] = [root];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (part.isBodyText) {
      shown.push(part);
      continue;
    }
    if (part.type.startsWith('message/') && part.parent >= 0) continue;
    const chosen =
      part.type === 'multipart/alternative' ? part.children.filter(hasText).slice(-1) : part.children;
    waiting.push(...chosen.toReversed());
  }
  return shown;
}

/** Whether anything below a part is shown as text. */
function hasText(part: MimePart): boolean {
  const waiting: MimePart[] = [part];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.isBodyText) return true;
    if (!next.type.startsWith('message/')) waiting.push(...next.children);
  }
  return false;
}

/**
 * Parses a message as received: header fields now, MIME tree and contents when they are asked for. Takes any bytes,
 * a view of shared memory included, keeps them without a copy (they must not change afterwards) and never throws:
 * what is wrong, limits included, is in `defects`.
 */
export function parseMessage(
  raw: Uint8Array,
  limits: MessageLimits = defaultMessageLimits,
  headerEnd: HeaderEnd = 'text',
): Message {
  const defects = new DefectList(limits.defects);
  const context: ParseContext = { bytes: asBuffer(raw), limits, defects, headerEnd };
  return new ParsedMessage(raw, context);
}

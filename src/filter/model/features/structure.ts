import type { Message } from '../../../message/types.ts';
import { MAX_PARTS } from '../limits.ts';
import type { LinkFacts } from './links.ts';
import { scale, share } from './scale.ts';
import type { FeatureSink } from './sink.ts';
import type { TextFacts } from './text.ts';

/** Features of how a message is built and how its text looks. */
export function addStructure(sink: FeatureSink, message: Message, facts: TextFacts, links: LinkFacts): void {
  sink.begin('structure');
  const { root, parts } = message;
  sink.name(`root:${root.type}`);
  sink.name(`parts:${scale(parts.length)}`);
  const types = new Set<string>();
  for (const part of parts.slice(0, MAX_PARTS)) {
    types.add(part.type);
    if (part.isBodyText) {
      sink.name(`encoding:${part.type}:${part.encoding}`);
      const charset = part.parameters.get('charset')?.toLowerCase() ?? 'none';
      sink.name(`charset:${/^[a-z0-9-]{1,20}$/.test(charset) ? charset : 'odd'}`);
    }
    if (part.disposition === 'attachment' || part.filename !== undefined) {
      const extension = /\.([a-z0-9]{1,5})\s*$/i.exec(part.filename ?? '')?.[1] ?? 'none';
      sink.name(`attached:${extension.toLowerCase()}`);
    }
  }
  for (const type of types) sink.name(`type:${type}`);
  sink.name(`attachments:${scale(message.attachments.length)}`);
  addHtml(sink, message, facts);
  addLook(sink, facts);
  for (const [name, step] of Object.entries(links)) sink.name(`all:${name}:${step}`);
  addLines(sink, message.text.slice(0, 4000));
  const isHtml = types.has('text/html') ? 'html' : 'plain';
  const isReply = message.header.get('in-reply-to') ?? message.header.get('references');
  sink.name(`${isHtml}:${isReply === undefined ? 'new' : 'reply'}:links:${scale(message.links.length)}`);
  sink.name(`${isHtml}:length:${scale(facts.length)}`);
}

function addHtml(sink: FeatureSink, message: Message, { length }: TextFacts): void {
  const html = message.parts.find((part) => part.isBodyText && part.type === 'text/html')?.html;
  if (html === undefined) return;
  const { elements, depth, images, forms, scripts, comments } = html.statistics;
  sink.name(`elements:${scale(elements)}`);
  sink.name(`nesting:${scale(depth)}`);
  sink.name(`pictures:${scale(images)}`);
  if (forms > 0) sink.name('form');
  if (scripts > 0) sink.name('script');
  sink.name(`comments:${scale(comments)}`);
  sink.name(`hidden:${share(html.hiddenText.length, html.hiddenText.length + html.text.length)}`);
  sink.name(`density:${scale(length / Math.max(elements, 1))}`);
  if (images > 0 && length < 200) sink.name('picture-only');
}

function addLook(sink: FeatureSink, { subject, body }: TextFacts): void {
  sink.name(`upper:${share(body.upper, body.letters)}`);
  sink.name(`digits:${share(body.digits, body.letters + body.digits)}`);
  sink.name(`foreign:${share(body.foreign, body.letters)}`);
  sink.name(`exclamations:${scale(body.exclamations)}`);
  sink.name(`currency:${scale(body.currency)}`);
  sink.name(`words:${scale(body.count)}`);
  if (body.invisible > 0) sink.name(`invisible:${scale(body.invisible)}`);
  if (subject.invisible > 0) sink.name('subject-invisible');
}

function addLines(sink: FeatureSink, text: string): void {
  const lines = text.split('\n', 200);
  let quoted = 0;
  let filled = 0;
  let indented = 0;
  for (const line of lines) {
    if (line.trim() === '') continue;
    filled++;
    if (line.startsWith('>')) quoted++;
    else if (/^\s{2,}\S/.test(line)) indented++;
  }
  sink.name(`quoted:${share(quoted, filled)}`);
  sink.name(`indented:${share(indented, filled)}`);
  sink.name(`line:${scale(text.length / Math.max(filled, 1))}`);
}

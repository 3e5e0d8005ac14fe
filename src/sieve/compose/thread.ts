import type { Header } from '../../message/types.ts';
import type { Field } from './mail.ts';

/** Message ids in References: a thread that is longer keeps its first and its last ones. */
const MAX_REFERENCES = 20;
/** Octets of one id; longer ones are made to harm. */
const MAX_ID = 250;

const MESSAGE_ID = /<[^<>\s\0-\x1f\x7f]+>/g;

/** The ids of a field as they stand there, without comments and folding. */
function ids(header: Header, name: string): string[] {
  const text = header.get(name)?.value ?? '';
  return (text.match(MESSAGE_ID) ?? []).filter((id) => id.length <= MAX_ID);
}

/** The Message-ID of a message; undefined when it has none that can be referred to. */
export function messageIdOf(header: Header): string | undefined {
  return ids(header, 'message-id')[0];
}

/** In-Reply-To and References of an answer to a message (RFC 5322 §3.6.4, RFC 5230 §5.8). */
export function threadFields(header: Header): Field[] {
  const id = messageIdOf(header);
  const references = ids(header, 'references');
  const answered = ids(header, 'in-reply-to');
  // Without References, an In-Reply-To of one id says the same.
  const before = references.length > 0 || answered.length !== 1 ? references : answered;
  const all = [...new Set(before.filter((other) => other !== id)), ...(id === undefined ? [] : [id])];
  const kept = all.length > MAX_REFERENCES ? [...all.slice(0, 1), ...all.slice(1 - MAX_REFERENCES)] : all;
  // A message without an id has a place in its thread all the same.
  return [
    ...(id === undefined ? [] : [['In-Reply-To', id] as const]),
    ...(kept.length === 0 ? [] : [['References', kept.join(' ')] as const]),
  ];
}

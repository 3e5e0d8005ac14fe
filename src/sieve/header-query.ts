import type { Header, HeaderField } from '../message/types.ts';
import type { Call, StringList } from './call.ts';
import type { Compiler } from './compiler.ts';
import { shorten } from './lexer.ts';
import type { RunState } from './state.ts';

/** Which header fields a test reads, and what of them. Extensions change it through {@link Modifier.query}. */
export interface HeaderQuery {
  /** The headers that are looked into: the message's own, or those of MIME parts. */
  headers(state: RunState): readonly Header[];
  /** Of the fields with these names in one header, those that count. */
  pick(fields: readonly HeaderField[]): readonly HeaderField[];
  /** What the header test compares of a field. */
  values(field: HeaderField, state: RunState): readonly string[];
  /** The address test takes any field as one that holds addresses (RFC 5703 §4.2). */
  readonly anyName?: boolean;
}

const plain: HeaderQuery = {
  headers: (state) => [state.header],
  pick: (fields) => fields,
  // Unfolded, without the white space around it, encoded words decoded (RFC 5228 §2.7.2, RFC 5228 §5.7).
  values: (field) => [field.text],
};

/** The query of a test, with what its tags change. */
export function headerQuery(call: Call): HeaderQuery {
  let query = plain;
  for (const { query: change } of call.modifiers) query = change?.(query) ?? query;
  return query;
}

/** The fields of these names, in the order of the names. Each counts as work: both may be many. */
export function fieldsOf(query: HeaderQuery, state: RunState, names: readonly string[]): HeaderField[] {
  const found: HeaderField[] = [];
  for (const header of query.headers(state)) {
    const all: HeaderField[] = [];
    for (const name of names) {
      const fields = header.all(name);
      state.spend(1 + fields.length);
      for (const field of fields) all.push(field);
    }
    for (const field of query.pick(all)) found.push(field);
  }
  return found;
}

/** Whether there is a field of that name. */
export function hasField(query: HeaderQuery, state: RunState, name: string): boolean {
  state.spend(1);
  return query.headers(state).some((header) => query.pick(header.all(name)).length > 0);
}

/** RFC 5322 §3.6.8: printable US-ASCII without colon and space. */
export function isFieldName(name: string): boolean {
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (code < 0x21 || code > 0x7e || code === 0x3a) return false;
  }
  return name !== '';
}

/**
 * Warns of names that no header field can have: surely a mistake, but it must not be an error (RFC 5228 §2.4.2.2).
 */
export function checkFieldNames(names: StringList, test: string, compiler: Compiler): void {
  for (const name of names.items)
    if (name.constant !== undefined && !isFieldName(name.constant))
      compiler.diagnostics.warning(
        name,
        `${test}: ${JSON.stringify(shorten(name.constant))} is not the name of a header field`,
      );
}

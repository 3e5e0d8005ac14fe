import type { Call } from '../call.ts';
import type { Compiler } from '../compiler.ts';
import type { Asking, Extension, TestDefinition } from '../definitions.ts';
import { checkAnnotations, isAnnotation } from '../annotation.ts';
import { emitMatch } from '../matching/emit.ts';
import type { RunState } from '../state.ts';
import type { Question } from '../types.ts';

/** The question for an annotation. */
type Ask = (state: RunState, annotation: string) => Question;

/** Emits a test that compares the value of an annotation; false when it has none (RFC 5490 §4.1). */
export function emitAnnotation(call: Call, compiler: Compiler, ask: Ask): void {
  const name = call.string('annotation');
  checkAnnotations(call, [name], compiler);
  emitMatch(compiler, call, 'key list', {
    *ask(state): Asking<readonly string[]> {
      const annotation = name.get(state);
      const value = isAnnotation(annotation) ? yield ask(state, annotation) : undefined;
      return typeof value === 'string' ? [value] : [];
    },
  });
}

/** Emits a test that all annotations are there (RFC 5490 §4.2). */
export function emitAnnotationsExist(call: Call, compiler: Compiler, ask: Ask): void {
  const names = call.strings('annotations');
  checkAnnotations(call, names.items, compiler);
  compiler.emit({
    op: 'ask-test',
    line: call.line,
    *run(state): Asking<boolean> {
      for (const annotation of names.get(state)) {
        state.spend(1);
        if (isAnnotation(annotation) && typeof (yield ask(state, annotation)) === 'string') continue;
        state.trace(() => `${call.name}: no ${JSON.stringify(annotation)}: false`);
        return false;
      }
      state.trace(() => `${call.name}: true`);
      return true;
    },
  });
}

/** RFC 5490 §4.1. */
const metadata: TestDefinition = {
  name: 'metadata',
  parameters: [
    { name: 'mailbox', type: 'string' },
    { name: 'annotation', type: 'string' },
    { name: 'key list', type: 'string-list' },
  ],
  matching: true,
  compile(call, compiler) {
    const mailbox = call.string('mailbox');
    emitAnnotation(call, compiler, (state, annotation) => ({
      ask: 'metadata',
      mailbox: mailbox.get(state),
      annotation,
    }));
  },
};

/** RFC 5490 §4.2. */
const metadataExists: TestDefinition = {
  name: 'metadataexists',
  parameters: [
    { name: 'mailbox', type: 'string' },
    { name: 'annotations', type: 'string-list' },
  ],
  compile(call, compiler) {
    const mailbox = call.string('mailbox');
    emitAnnotationsExist(call, compiler, (state, annotation) => ({
      ask: 'metadata',
      mailbox: mailbox.get(state),
      annotation,
    }));
  },
};

/** RFC 5490 §4. */
export const mboxMetadata: Extension = { capability: 'mboxmetadata', tests: [metadata, metadataExists] };

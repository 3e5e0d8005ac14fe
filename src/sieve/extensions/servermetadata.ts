import type { Extension, TestDefinition } from '../definitions.ts';
import { emitAnnotation, emitAnnotationsExist } from './mboxmetadata.ts';

/** RFC 5490 §5.1. */
const serverMetadataTest: TestDefinition = {
  name: 'servermetadata',
  parameters: [
    { name: 'annotation', type: 'string' },
    { name: 'key list', type: 'string-list' },
  ],
  matching: true,
  compile: (call, compiler) =>
    emitAnnotation(call, compiler, (_state, annotation) => ({ ask: 'server-metadata', annotation })),
};

/** RFC 5490 §5.2. */
const serverMetadataExists: TestDefinition = {
  name: 'servermetadataexists',
  parameters: [{ name: 'annotations', type: 'string-list' }],
  compile: (call, compiler) =>
    emitAnnotationsExist(call, compiler, (_state, annotation) => ({ ask: 'server-metadata', annotation })),
};

/** RFC 5490 §5. */
export const serverMetadata: Extension = {
  capability: 'servermetadata',
  tests: [serverMetadataTest, serverMetadataExists],
};

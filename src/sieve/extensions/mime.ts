import type { HeaderField } from '../../message/types.ts';
import type { Call } from '../call.ts';
import type { Extension, Modifier, TagDefinition } from '../definitions.ts';
import { currentPart, enclosingLoop, withDescendants } from '../mime/part-loop.ts';

/** Type and subtype of a Content-Type field; undefined when the field cannot be read (RFC 2045 §5.1). */
function mediaType({ parameterized }: HeaderField): readonly [string, string] | undefined {
  const found = /^([!#$%&'*+\-.^_`{|}~\w]+)\/([!#$%&'*+\-.^_`{|}~\w]+)$/.exec(parameterized.value);
  return found === null ? undefined : [found[1] ?? '', found[2] ?? ''];
}

function disposition({ parameterized }: HeaderField): string | undefined {
  return parameterized.value === '' ? undefined : parameterized.value;
}

type Aspect = (field: HeaderField) => string | undefined;

/** RFC 5703 §4.1: what of a field is compared; undefined for what cannot be read, or is of another kind. */
const aspects: Readonly<Record<'type' | 'subtype' | 'contenttype', Aspect>> = {
  type(field) {
    if (field.key === 'content-type') return mediaType(field)?.[0];
    return field.key === 'content-disposition' ? disposition(field) : undefined;
  },
  subtype: (field) => (field.key === 'content-type' ? mediaType(field)?.[1] : undefined),
  contenttype(field) {
    if (field.key === 'content-type') return mediaType(field)?.join('/');
    return field.key === 'content-disposition' ? disposition(field) : undefined;
  },
};

/** A tag that means nothing without `:mime`. */
function onlyWithMime(tag: TagDefinition): TagDefinition {
  return {
    ...tag,
    bind(call, compiler) {
      if (call.has('mime')) return tag.bind?.(call, compiler);
      compiler.diagnostics.error(
        call.tags.get(tag.name)?.node ?? call,
        `${call.name}: :${tag.name} needs :mime`,
      );
      return undefined;
    },
  };
}

/** RFC 5703 §4: the header of the current part, or of the message outside of a loop. */
const mimeTag: TagDefinition = {
  name: 'mime',
  bind(call, compiler): Modifier {
    const loop = enclosingLoop(compiler);
    const anychild = call.has('anychild');
    return {
      query: (query) => ({
        ...query,
        anyName: true,
        headers(state) {
          if (loop === undefined && !anychild) return [state.header];
          const part = currentPart(loop, state);
          if (part === undefined) return [];
          if (!anychild) return [part.header];
          const parts = withDescendants(state.message, part);
          state.spend(parts.length);
          return parts.map(({ header }) => header);
        },
      }),
    };
  },
};

const anychildTag = onlyWithMime({ name: 'anychild' });

/** At most one of these may be given (RFC 5703 §4.1). */
const OPTION = 'MIME option';

function aspectTag(name: keyof typeof aspects): TagDefinition {
  const aspect = aspects[name];
  return onlyWithMime({
    name,
    group: OPTION,
    bind(call): Modifier {
      // RFC 5703 §4.1: only what could be read is counted; otherwise it is compared as an empty string.
      const counted = call.comparison.matchType.name === 'count';
      const values = (field: HeaderField): readonly string[] => {
        const value = aspect(field);
        return value !== undefined ? [value] : counted ? [] : [''];
      };
      return { query: (query) => ({ ...query, values }) };
    },
  });
}

/** RFC 5703 §4.1: the values of these parameters. A field with none of them has the empty string, which is not counted. */
const paramTag: TagDefinition = onlyWithMime({
  name: 'param',
  group: OPTION,
  argument: 'string-list',
  bind(call: Call): Modifier | undefined {
    const argument = call.tags.get('param')?.argument;
    if (argument?.type !== 'string-list') return undefined;
    const names = argument.value;
    const counted = call.comparison.matchType.name === 'count';
    return {
      query: (query) => ({
        ...query,
        values(field, state) {
          const { parameters } = field.parameterized;
          const found = names.get(state).flatMap((name) => parameters.get(name.toLowerCase()) ?? []);
          return found.length > 0 || counted ? found : [''];
        },
      }),
    };
  },
});

/** RFC 5703 §4. */
export const mime: Extension = {
  capability: 'mime',
  tags: {
    header: [
      mimeTag,
      anychildTag,
      aspectTag('type'),
      aspectTag('subtype'),
      aspectTag('contenttype'),
      paramTag,
    ],
    address: [mimeTag, anychildTag],
    exists: [mimeTag, anychildTag],
  },
};

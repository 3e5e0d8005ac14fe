import type { CommandDefinition, Extension, TagDefinition } from '../definitions.ts';
import type { Call } from '../call.ts';
import { advanceLoop, closeLoop, enclosingLoop, openLoop, startLoop } from '../mime/part-loop.ts';
import { Label } from '../program.ts';

const nameTag: TagDefinition = { name: 'name', argument: 'string', constant: true };

function nameOf(call: Call): string | undefined {
  const argument = call.tags.get('name')?.argument;
  return argument?.type === 'string' ? argument.value.constant : undefined;
}

/** RFC 5703 §3. */
const foreverypartCommand: CommandDefinition = {
  name: 'foreverypart',
  block: true,
  tags: [nameTag],
  compile(call, compiler, place) {
    const { line } = call;
    const loop = openLoop(compiler, nameOf(call));
    const start = new Label();
    compiler.emit({ op: 'do', line, run: (state) => startLoop(loop, state) });
    compiler.mark(start);
    compiler.emit({
      op: 'test',
      line,
      run(state) {
        const more = advanceLoop(loop, state);
        state.trace(() => `foreverypart: ${more ? 'next part' : 'no more parts'}`);
        return more;
      },
    });
    compiler.emit({ op: 'jump-if', when: false, to: loop.end });
    compiler.block(place.block, place.depth + 1);
    compiler.emit({ op: 'jump', to: start });
    compiler.mark(loop.end);
    closeLoop(compiler);
  },
};

/** RFC 5703 §3: ends the closest loop, or the closest one of that name. */
const breakCommand: CommandDefinition = {
  name: 'break',
  tags: [nameTag],
  compile(call, compiler) {
    const name = nameOf(call);
    let loop = enclosingLoop(compiler);
    if (name !== undefined) while (loop !== undefined && loop.name !== name) loop = loop.outer;
    if (loop === undefined)
      compiler.diagnostics.error(
        call,
        name === undefined
          ? 'break: stands in no foreverypart loop'
          : `break: stands in no foreverypart loop named ${JSON.stringify(name)}`,
      );
    else compiler.emit({ op: 'jump', to: loop.end });
    return loop !== undefined;
  },
};

/** RFC 5703 §3. */
export const foreverypart: Extension = {
  capability: 'foreverypart',
  commands: [foreverypartCommand, breakCommand],
};

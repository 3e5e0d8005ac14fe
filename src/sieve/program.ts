import type { Asking, Extension } from './definitions.ts';
import type { Registry } from './registry.ts';
import type { RunState } from './state.ts';
import type { Script } from './types.ts';

/** A place in a program that jumps go to. */
export class Label {
  /** Index of an instruction; set before the program runs. */
  at = -1;
}

/**
 * What the runtime executes. Only the `ask` forms may wait for the host; everything else is a plain call, so that a
 * script which asks nothing runs without a pause.
 */
export type Instruction =
  | { readonly op: 'do'; readonly line: number; readonly run: (state: RunState) => void }
  | { readonly op: 'ask'; readonly line: number; readonly run: (state: RunState) => Asking<void> }
  | { readonly op: 'test'; readonly line: number; readonly run: (state: RunState) => boolean }
  | { readonly op: 'ask-test'; readonly line: number; readonly run: (state: RunState) => Asking<boolean> }
  | { readonly op: 'truth'; readonly value: boolean }
  | { readonly op: 'not' }
  | { readonly op: 'jump'; readonly to: Label }
  | { readonly op: 'jump-if'; readonly when: boolean; readonly to: Label }
  | { readonly op: 'stop'; readonly line: number }
  /** Ends an included script; the one that includes it goes on. */
  | { readonly op: 'return'; readonly line: number };

/** The {@link Script} that the compiler makes. */
export class CompiledScript implements Script {
  readonly name: string;
  readonly requires: readonly string[];
  readonly program: readonly Instruction[];
  readonly registry: Registry;
  /** The capabilities in use that want to see each action. */
  readonly decorators: readonly Extension[];

  constructor(parts: {
    name: string;
    requires: readonly string[];
    program: readonly Instruction[];
    registry: Registry;
    decorators: readonly Extension[];
  }) {
    this.name = parts.name;
    this.requires = parts.requires;
    this.program = parts.program;
    this.registry = parts.registry;
    this.decorators = parts.decorators;
  }
}

import type {
  ActionDefinition,
  AddressPart,
  CommandDefinition,
  Comparator,
  EnvelopePart,
  EnvironmentItem,
  Extension,
  MatchType,
  TagDefinition,
  TestDefinition,
  VariableNamespace,
} from './definitions.ts';

/** A definition, and the capability a script must require for it; undefined for the base language. */
export interface Registered<T> {
  readonly definition: T;
  readonly capability: string | undefined;
}

/** What the base language consists of: an extension without a name. */
export type Core = Omit<
  Extension,
  'capability' | 'builtIn' | 'implies' | 'effective' | 'needs' | 'strings' | 'captures'
>;

/** All that scripts may use, by name. */
export class Registry {
  readonly extensions = new Map<string, Extension>();
  readonly commands = new Map<string, Registered<CommandDefinition>>();
  readonly tests = new Map<string, Registered<TestDefinition>>();
  readonly matchTypes = new Map<string, Registered<MatchType>>();
  readonly comparators = new Map<string, Registered<Comparator>>();
  readonly addressParts = new Map<string, Registered<AddressPart>>();
  readonly envelopeParts = new Map<string, Registered<EnvelopePart>>();
  readonly environment = new Map<string, Registered<EnvironmentItem>>();
  readonly actions = new Map<string, ActionDefinition>();
  readonly namespaces = new Map<string, Registered<VariableNamespace>>();
  /** By the name of the command or test, then by tag. */
  readonly #tags = new Map<string, Map<string, Registered<TagDefinition>>>();

  constructor(core: Core, extensions: readonly Extension[]) {
    this.#register(core, undefined);
    for (const extension of extensions) {
      if (this.extensions.has(extension.capability))
        throw new Error(`capability ${extension.capability} is registered twice`);
      this.extensions.set(extension.capability, extension);
      this.#register(extension, extension.builtIn === true ? undefined : extension.capability);
    }
  }

  /** A tag that an extension added, or that a command or test has of its own. */
  tag(call: string, name: string): Registered<TagDefinition> | undefined {
    return this.#tags.get(call)?.get(name);
  }

  #register(source: Core, capability: string | undefined): void {
    const add = <T extends { readonly name: string }>(
      map: Map<string, Registered<T>>,
      definitions: readonly T[] = [],
    ): void => {
      for (const definition of definitions) {
        // A command and a test of one name may share their tags.
        const known = map.get(definition.name);
        if (known !== undefined && (known.definition !== definition || known.capability !== capability))
          throw new Error(`${definition.name} is registered twice`);
        map.set(definition.name, { definition, capability });
      }
    };
    add(this.commands, source.commands);
    add(this.tests, source.tests);
    add(this.matchTypes, source.matchTypes);
    add(this.comparators, source.comparators);
    add(this.addressParts, source.addressParts);
    add(this.envelopeParts, source.envelopeParts);
    add(this.namespaces, source.namespaces);
    add(this.environment, source.environment);
    for (const action of source.actions ?? []) this.actions.set(action.type, action);
    // What belongs to the command needs no capability beside the command's.
    for (const call of [...(source.commands ?? []), ...(source.tests ?? [])])
      add(this.#tagsOf(call.name), call.tags);
    for (const [call, tags] of Object.entries(source.tags ?? {})) {
      const known = this.#tagsOf(call);
      for (const definition of tags) known.set(definition.name, { definition, capability });
    }
  }

  #tagsOf(call: string): Map<string, Registered<TagDefinition>> {
    let tags = this.#tags.get(call);
    if (tags === undefined) this.#tags.set(call, (tags = new Map()));
    return tags;
  }
}

/**
 * An object whose methods are those of whatever `current` gives at the moment of the call. What holds it goes on
 * working through a reload, without knowing of it.
 */
export function delegate<T extends object>(current: () => T): T {
  return new Proxy({} as T, {
    get(_, name) {
      const target = current();
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
    has: (_, name) => Reflect.has(current(), name),
  });
}

import type { ThreadNode } from './types.ts';

/** Characters of a piece: the caller may send it on before more is made. */
const PIECE = 16_384;

/**
 * `(2)(3 6 (4 23)(44 7 96))`, in pieces (RFC 5256 §5, thread-data). A chain of answers is a row of numbers; where there is
 * more than one answer each is a list of its own. Goes through trees of any depth without recursion.
 */
export function* threadText(
  threads: readonly ThreadNode[],
  number: (uid: number) => number,
): Generator<string> {
  let text = '';
  const stack: (ThreadNode | ')')[] = threads.toReversed();
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (next === ')') text += ')';
    else {
      text += '(';
      stack.push(')');
      let node: ThreadNode | undefined = next;
      let separator = '';
      while (node !== undefined) {
        if (node.uid !== undefined) {
          text += `${separator}${number(node.uid)}`;
          separator = ' ';
        }
        const children: readonly ThreadNode[] = node.children;
        node = children.length === 1 ? children[0] : undefined;
        if (children.length > 1) {
          text += separator;
          for (let at = children.length - 1; at >= 0; at--) stack.push(children[at] as ThreadNode);
        }
        if (text.length >= PIECE) {
          yield text;
          text = '';
        }
      }
    }
  }
  if (text !== '') yield text;
}

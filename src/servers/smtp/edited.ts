import { applyHeaderEdits } from '../../message/edits.ts';
import { parseMessage } from '../../message/parse.ts';
import type { HeaderEdit } from '../../message/types.ts';

/** The message as it goes on, in pieces that share its bytes. */
export function editedPieces(raw: Uint8Array, edits: readonly HeaderEdit[]): readonly Uint8Array[] {
  return edits.length === 0 ? [raw] : applyHeaderEdits(parseMessage(raw), edits);
}

/** How often bytes stand in the text of mail, roughly: to tell what says much from what stands everywhere. */
import { foldByte } from './bytes.ts';

/** Bits a character says; {@link RARE} for those that are not listed. */
const COMMON: Readonly<Record<string, number>> = Object.fromEntries(
  (
    [
      [' e', 3],
      ['taoinsr', 3.8],
      ['hldcum', 4.8],
      ['fpgwyb.=/:-<>"0123\n', 5.5],
    ] as const
  ).flatMap(([characters, bits]) => characters.split('').map((character) => [character, bits])),
);
const RARE = 7;

/** Of a byte, case folded. */
export const byteBits = (byte: number): number => COMMON[String.fromCharCode(foldByte(byte))] ?? RARE;

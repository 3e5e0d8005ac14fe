/** Which answers of a list a rule means. */
import { BLOCKED_ANSWERS } from '../../dns-lists/settings.ts';
import { Networks } from '../../../net/networks.ts';
import { readDelimited } from '../regex/delimiters.ts';
import { PatternError } from '../regex/syntax.ts';
import { compilePattern } from '../regex/translate.ts';

/** Whether an answer, an address or the text of a TXT record, is meant. */
export type Subtest = (answer: string) => boolean;

const refusals = new Networks(BLOCKED_ANSWERS);
/** A common listing: a test that takes it too does not mean refusals in particular. */
const COMMON = '127.0.0.2';

/** Whether an operator refuses to answer by this (see docs/network-checks.md). */
export const isRefusal = (answer: string): boolean => refusals.has(answer);

/**
 * Reads the test of a rule: an address, a bit mask (a number), a range (`127.0.0.2-127.0.0.5`), a value under a mask
 * (`8/0xff`), or an expression, with or without slashes. Without one every answer is meant. A refusal is meant only by
 * tests made for it. A test that cannot be read means nothing.
 */
export function subtestOf(text: string | undefined): Subtest {
  const test = text === undefined || text === '' ? () => true : readTest(text);
  const general = test(COMMON);
  return (answer) => test(answer) && !(general && isRefusal(answer));
}

function readTest(text: string): Subtest {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(text)) return (answer) => answer === text;
  const range = /^(\d+\.\d+\.\d+\.\d+)-(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (range !== null) {
    const [low, high] = [numberOf(range[1] ?? ''), numberOf(range[2] ?? '')];
    return (answer) => within(numberOf(answer), low, high);
  }
  const masked = /^(0x[0-9a-f]+|\d+)\/(0x[0-9a-f]+|\d+)$/i.exec(text);
  if (masked !== null) {
    const [value, mask] = [Number(masked[1]) >>> 0, Number(masked[2]) >>> 0];
    return (answer) => {
      const number = numberOf(answer);
      return number !== undefined && (number & mask) >>> 0 === value;
    };
  }
  if (/^(?:0x[0-9a-f]+|\d+)$/i.test(text)) return bitMask(Number(text) >>> 0);
  return expression(text);
}

/** Bits are counted in 127.0.0.0/8; refusals and the shops of lapsed domains have bits of all kinds. */
function bitMask(mask: number): Subtest {
  return (answer) => {
    const number = numberOf(answer);
    if (number === undefined || number >>> 24 !== 127) return false;
    const exact = answer === '127.0.0.1' ? mask === 1 : !isRefusal(answer);
    return exact && (number & mask & 0x00ff_ffff) !== 0;
  };
}

function expression(text: string): Subtest {
  try {
    const pattern = /^(?:\/|m\W)/.test(text) ? readDelimited(text) : { source: text, flags: '' };
    const compiled = compilePattern(pattern);
    return (answer) => compiled.test(answer);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return () => false;
  }
}

function numberOf(address: string): number | undefined {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

const within = (number: number | undefined, low: number | undefined, high: number | undefined): boolean =>
  number !== undefined && low !== undefined && high !== undefined && number >= low && number <= high;

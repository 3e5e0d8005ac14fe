import type { LearnRequest } from '../../src/filter/bayes/record.ts';

/** The same request for the same number, always: spam and ham in turn, with tokens of their class and common ones. */
export function numberedRequest(number: number, kind?: LearnRequest['kind']): LearnRequest {
  const isSpam = number % 2 === 0;
  const tokens = new Set<bigint>();
  for (let index = 0; index < 20; index++) {
    const word = BigInt((number * 31 + index * 17) % 400) + (isSpam ? 1_000n : 2_000n);
    tokens.add(BigInt.asUintN(64, word * 0x9e37_79b9_7f4a_7c15n));
    tokens.add(BigInt.asUintN(64, BigInt((number + index) % 50) * 0x2545_f491_4f6c_dd1dn + 1n));
  }
  return {
    kind: kind ?? (isSpam ? 'spam' : 'ham'),
    day: 20_000,
    user: 0n,
    message: BigInt.asUintN(64, BigInt(number + 1) * 0xd6e8_feb8_6659_fd93n),
    tokens: new BigUint64Array(tokens),
  };
}

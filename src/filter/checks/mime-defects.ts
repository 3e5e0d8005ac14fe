import type { Defect } from '../../message/types.ts';
import type { Check, CheckHit } from '../types.ts';
import { at } from './support/evidence.ts';

interface Group {
  symbol: string;
  score: number;
  description: string;
  /** Defect codes of `message/defects.ts`. Those in no group are seen in too much honest mail to say anything. */
  codes: readonly string[];
}

const GROUPS: readonly Group[] = [
  {
    symbol: 'BROKEN_HEADERS',
    score: 0.3,
    description: 'Header lines no mail program writes',
    codes: [
      'header-line-without-colon',
      'continuation-without-field',
      'space-before-colon',
      'nul-in-header',
      'bare-cr-in-header',
      'missing-blank-line',
      'mixed-line-endings',
    ],
  },
  {
    symbol: 'HEADER_8BIT',
    score: 0.5,
    description: 'Header holds bytes that are neither ASCII nor UTF-8',
    codes: ['8bit-in-header'],
  },
  {
    symbol: 'BROKEN_ENCODED_WORD',
    score: 0.5,
    description: 'Encoded word of the header that is malformed or in an unknown charset',
    codes: ['encoded-word-syntax', 'encoded-word-charset'],
  },
  {
    symbol: 'BROKEN_ADDRESS',
    score: 0.3,
    description: 'Address field that does not follow the grammar',
    codes: ['unclosed-comment', 'unclosed-quoted-string', 'obsolete-route'],
  },
  {
    symbol: 'MIME_BROKEN_STRUCTURE',
    score: 1,
    description: 'Parts are delimited so that readers disagree about them',
    codes: [
      'missing-boundary',
      'empty-boundary',
      'boundary-not-found',
      'boundary-reused',
      'boundary-after-close',
      'encoded-multipart',
      'encoded-message',
    ],
  },
  {
    symbol: 'MIME_BROKEN_PARAMETER',
    score: 0.7,
    description: 'Content-Type or Content-Disposition that readers take differently',
    codes: ['invalid-content-type', 'duplicate-parameter', 'parameter-continuation', 'parameter-charset'],
  },
  {
    symbol: 'MIME_BROKEN_CONTENT',
    score: 0.5,
    description: 'Content that is not in its declared transfer encoding',
    codes: ['base64-characters', 'unknown-transfer-encoding', 'uuencode-syntax', 'nul-in-body'],
  },
  {
    symbol: 'CHARSET_UNKNOWN',
    score: 0.7,
    description: 'Text in a charset nobody knows',
    codes: ['unknown-charset'],
  },
  {
    symbol: 'CHARSET_MISMATCH',
    score: 0.3,
    description: 'Text that does not fit its declared charset',
    codes: ['charset-mismatch', 'undeclared-8bit'],
  },
];

const groupOf = new Map(GROUPS.flatMap((group) => group.codes.map((code) => [code, group] as const)));

/** What is wrong with the message's form, down to the encoding of its parts. */
export const mimeDefects: Check = {
  name: 'mime-defects',
  symbols: Object.fromEntries(
    GROUPS.map(({ symbol, score, description }) => [symbol, { score, description }]),
  ),
  run: ({ message }) => byGroup(message.defects, (code) => groupOf.get(code)?.symbol),
};

/** One hit a symbol: the codes that led to it, and the first place. */
export function byGroup(
  defects: readonly Defect[],
  symbolOf: (code: string) => string | undefined,
): CheckHit[] {
  const found = new Map<string, { codes: Set<string>; first: Defect }>();
  for (const defect of defects) {
    const symbol = symbolOf(defect.code);
    if (symbol === undefined) continue;
    const entry = found.get(symbol);
    if (entry === undefined) found.set(symbol, { codes: new Set([defect.code]), first: defect });
    else entry.codes.add(defect.code);
  }
  return [...found].map(([symbol, { codes, first }]) => ({
    symbol,
    detail: [...codes].join(' '),
    where: at(first),
  }));
}

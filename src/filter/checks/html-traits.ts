import type { HtmlTraits, Part } from '../../message/types.ts';
import type { Check, CheckHit } from '../types.ts';
import { at, quote } from './support/evidence.ts';

const MAX_PARTS = 20;
/** Hidden letters from which it is no preview line ("preheader") any more; those have 100 to 200. */
const PREVIEW = 250;
/** Words split by hidden letters: menus hidden from small screens leave up to four, more are written to. */
const FEW_WORDS = 5;

interface Trait {
  readonly symbol: string;
  readonly score: number;
  readonly description: string;
  /** Evidence, or undefined when a part does not have it. */
  readonly find: (traits: HtmlTraits) => string | undefined;
}

/** `3 password fields`; undefined below `least`. */
const count = (number: number, what: string, least = 1): string | undefined =>
  number >= least ? `${number} ${what}` : undefined;

const TRAITS: readonly Trait[] = [
  {
    symbol: 'ZERO_FONT',
    score: 0.5,
    description: 'HTML with much text too small to be read',
    find: ({ tinyText }) => count(tinyText, 'letters', PREVIEW),
  },
  {
    symbol: 'R_WHITE_ON_WHITE',
    score: 0.5,
    description: 'HTML with much text of the colour it stands on',
    find: ({ colorText }) => count(colorText, 'letters', PREVIEW),
  },
  {
    symbol: 'HTML_SPLIT_WORDS',
    score: 3,
    description: 'HTML with letters hidden in the middle of words',
    find: ({ splitWords }) => count(splitWords, 'words', FEW_WORDS),
  },
  {
    symbol: 'HTML_PASSWORD_FIELD',
    score: 2,
    description: 'HTML that asks for a password',
    find: ({ passwords }) => count(passwords, 'fields'),
  },
  {
    symbol: 'HTML_META_REFRESH_URL',
    score: 2,
    description: 'HTML that leads to another page by itself',
    find: ({ refresh }) => (refresh === '' ? undefined : refresh),
  },
  {
    symbol: 'HTML_BASE_LINKS',
    score: 0.7,
    description: 'HTML whose links are completed by a base, so that none shows where it leads',
    find: ({ base, relativeLinks }) =>
      /^\s*(?:https?:)?\/\//i.test(base) && relativeLinks > 0 ? base : undefined,
  },
  {
    symbol: 'HTML_EVENT_HANDLER',
    score: 0.3,
    description: 'HTML with attributes that run scripts',
    find: ({ handlers }) => count(handlers, 'attributes'),
  },
  {
    symbol: 'HTML_FRAME',
    score: 0.7,
    description: 'HTML with frames or embedded objects',
    find: ({ frames }) => count(frames, 'frames'),
  },
  {
    symbol: 'EXT_CSS',
    score: 0.1,
    description: 'HTML with a style sheet from elsewhere',
    find: ({ externalStyles }) => count(externalStyles, 'sheets'),
  },
  {
    symbol: 'HAS_DATA_URI',
    score: 0,
    description: 'HTML with pictures written into it',
    find: ({ dataImages }) => count(dataImages, 'pictures'),
  },
  {
    symbol: 'HTML_TRACKING_PIXEL',
    score: 0,
    description: 'HTML with a picture of one pixel from elsewhere',
    find: ({ trackers }) => count(trackers, 'pictures'),
  },
];

/** What in the HTML of a message is there for other reasons than to be read. */
export const htmlTraits: Check = {
  name: 'html-traits',
  symbols: Object.fromEntries(
    TRAITS.map(({ symbol, score, description }) => [symbol, { score, description }]),
  ),
  run({ message }) {
    const hits: CheckHit[] = [];
    const parts = message.parts
      .filter((part) => part.isBodyText && part.type === 'text/html')
      .slice(0, MAX_PARTS);
    for (const { symbol, find } of TRAITS) {
      const hit = firstOf(parts, find);
      if (hit !== undefined) hits.push({ symbol, detail: quote(hit.detail), where: at(hit.part) });
    }
    return hits;
  },
};

function firstOf(parts: readonly Part[], find: Trait['find']): { part: Part; detail: string } | undefined {
  for (const part of parts) {
    const detail = part.html === undefined ? undefined : find(part.html.traits);
    if (detail !== undefined) return { part, detail };
  }
  return undefined;
}

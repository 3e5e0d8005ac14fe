import { type ContentFile, contentOf } from '../content/files.ts';
import { extensionOf } from '../content/names.ts';
import { isPage, pageText } from '../content/pages.ts';
import type { Part } from '../../message/types.ts';
import type { Check, CheckHit } from '../types.ts';
import { at, quote } from './support/evidence.ts';

/** Characters of a part of HTML that are looked at. */
const MAX_TEXT = 2 * 1024 * 1024;
/** Pages looked at in a message. */
const MAX_PAGES = 20;
/** Characters of a run of base64 or hexadecimal digits that is a file and not a picture's. */
const LONG_RUN = 4_000;

/** Puts a file together out of data in the page. */
const MAKES_FILE =
  /\bnew\s{1,10}(?:Blob|File)\s{0,10}\(|\bcreateObjectURL\b|\bmsSave(?:OrOpen)?Blob\b|\bFileReader\b/;
/** Hands a file over as if it had been fetched. */
const HANDS_OVER =
  /\.download\s{0,5}=|\bsetAttribute\s{0,5}\(\s{0,5}["']download|\bmsSave(?:OrOpen)?Blob\b|<a\s[^<>]{0,500}\bdownload\b|\blocation(?:\.href)?\s{0,5}=|\.click\s{0,5}\(/;
const DECODES =
  /\batob\s{0,5}\(|\bfromCharCode\b|\bunescape\s{0,5}\(|\bdecodeURIComponent\s{0,5}\(|\bcharCodeAt\b|base64/;
/** Runs what was decoded. */
const RUNS =
  /\beval\s{0,5}\(|\bdocument\.write(?:ln)?\s{0,5}\(|\bnew\s{1,5}Function\s{0,5}\(|\binnerHTML\s{0,5}=|\bset(?:Timeout|Interval)\s{0,5}\(\s{0,5}["'a]/;
const REDIRECTS =
  /\b(?:window\.|document\.|self\.|top\.)?location(?:\.href)?\s{0,5}=\s{0,5}["'`a-z]|\blocation\.(?:replace|assign)\s{0,5}\(|<meta\s[^<>]{0,200}http-equiv\s{0,5}=\s{0,5}["']?refresh/i;
const PASSWORD = /<input\s[^<>]{0,1000}type\s{0,5}=\s{0,5}["']?password/i;
const SCRIPT = /<script[\s>]/i;
const SVG_ACTIVE =
  /<script[\s>]|\son\w{3,20}\s{0,5}=|<foreignObject[\s>]|href\s{0,5}=\s{0,5}["']\s{0,5}(?:javascript|data:text)/i;

/** What the scripts in HTML do: in attached pages, which a browser opens, and in the text itself. */
export const htmlFiles: Check = {
  name: 'html-files',
  symbols: {
    HTML_SMUGGLING: { score: 4, description: 'Page that puts a file together by a script and hands it over' },
    HTML_OBFUSCATED_SCRIPT: {
      score: 2,
      description: 'Page with a script that decodes what it runs or shows',
    },
    HTML_ATTACHED_LOGIN: { score: 3, description: 'Attached page that asks for a password' },
    HTML_ATTACHED_REDIRECT: { score: 2, description: 'Attached page that leads elsewhere by itself' },
    SVG_ACTIVE: { score: 2.5, description: 'Attached SVG picture with scripts' },
  },
  run({ message }) {
    const hits = new Map<string, CheckHit>();
    for (const part of message.parts
      .filter(({ isBodyText, type }) => isBodyText && type === 'text/html')
      .slice(0, MAX_PAGES))
      if (part.html !== undefined && part.html.statistics.scripts > 0)
        judgeScript(part.text.slice(0, MAX_TEXT), part, '', hits);
    const content = contentOf(message);
    if (content === undefined) return [...hits.values()];
    return content.then(({ files }) => {
      for (const file of files.filter(isPage).slice(0, MAX_PAGES)) judgeFile(file, hits);
      return [...hits.values()];
    });
  },
};

function judgeFile(file: ContentFile, hits: Map<string, CheckHit>): void {
  const { part, path } = file;
  const text = pageText(file);
  const hit = (symbol: string) => add(symbol, part, path, hits);
  if (file.kind === 'svg' || extensionOf(file.name) === 'svg') {
    if (SVG_ACTIVE.test(text)) hit('SVG_ACTIVE');
  } else {
    if (PASSWORD.test(text)) hit('HTML_ATTACHED_LOGIN');
    if (REDIRECTS.test(text)) hit('HTML_ATTACHED_REDIRECT');
  }
  if (SCRIPT.test(text)) judgeScript(text, part, path, hits);
}

function judgeScript(text: string, part: Part, path: string, hits: Map<string, CheckHit>): void {
  if (MAKES_FILE.test(text) && HANDS_OVER.test(text) && (DECODES.test(text) || hasLongRun(text)))
    add('HTML_SMUGGLING', part, path, hits);
  else if (DECODES.test(text) && RUNS.test(text)) add('HTML_OBFUSCATED_SCRIPT', part, path, hits);
}

function add(symbol: string, part: Part, path: string, hits: Map<string, CheckHit>): void {
  if (!hits.has(symbol)) hits.set(symbol, { symbol, detail: quote(path), where: at(part) });
}

/** A run of digits of base64 or hexadecimal, long enough to be a file. */
function hasLongRun(text: string): boolean {
  let run = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const isDigit =
      (code >= 0x61 && code <= 0x7a) ||
      (code >= 0x41 && code <= 0x5a) ||
      (code >= 0x2f && code <= 0x39) ||
      code === 0x2b;
    run = isDigit ? run + 1 : 0;
    if (run >= LONG_RUN) return true;
  }
  return false;
}

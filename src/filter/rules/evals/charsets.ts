/** Charsets of scripts that the reader does not read, by `ok_locales`; with `all`, the default, there are none. */
import { words } from './support/globs.ts';
import type { EvalContext, EvalFunction, RuleSettingValues } from './types.ts';

type Context = EvalContext;

/** Charsets by locale, beside those that everybody uses. */
const CHARSETS: Readonly<Record<string, RegExp>> = {
  ja: /^(?:EUCJP|JISX?0201\w*|JISX0208\w*|JISX0212\w*|ISO2022JP\d*|SHIFTJIS|SJIS|CP932|XSJIS|XEUCJP)$/,
  ko: /^(?:EUCKR|KSC\d*|ISO2022KR|CP949|UHC)$/,
  ru: /^(?:KOI8[RU]?|CP866|ISOIR111|CP1251|KOI)$/,
  ka: /^(?:KOI8C|GEORGIANPS|GEORGIANACADEMY)$/,
  th: /^(?:TIS620|CP874|TACTIS)$/,
  tg: /^(?:KOI8C|KOI8T|CP1251)$/,
  be: /^(?:CP1251|GEORGIANACADEMY)$/,
  bg: /^CP1251$/,
  zh: /^(?:GB\d*\w*|BIG5\w*|HZGB2312|EUCCN|EUCTW|CP936|CP950|ISO2022CN|GBK)$/,
};
const COMMON =
  /^(?:USASCII|ASCII|ISO8859\w*|ISO10646\w*|UTF\w*|UCS\w*|CP125\w*|WINDOWS\w*|IBM852|UNICODE11UTF[78]\w*|XUNKNOWN|ISO)$/;

function locales(settings: RuleSettingValues): readonly string[] {
  const given = words(settings, 'ok_locales').map((word) => word.slice(0, 3).toLowerCase());
  return given.length === 0 ? ['all'] : given;
}

export function isFarawayCharset({ settings }: Context, charset: string): boolean {
  const allowed = settings.derived(locales);
  if (allowed.includes('all')) return false;
  const name = charset
    .toUpperCase()
    .replace(/[^A-Z0-9:]/g, '')
    .replace(/^3D/, '')
    .replace(/:.*/s, '');
  return !COMMON.test(name) && !allowed.some((locale) => CHARSETS[locale.slice(0, 2)]?.test(name) === true);
}

/** The charset of a Content-Type field as it stands. */
export const charsetOf = (contentType: string): string | undefined =>
  /charset=(?:"([^"]+)"|'([^']+)'|(\S+))/i
    .exec(contentType)
    ?.slice(1)
    .find((found) => found !== undefined);

/** Of the whole message, whose text has at least as many bytes beyond ASCII as others. */
const ofBody: EvalFunction = (context) => {
  const charset = charsetOf(context.views.headerText('Content-Type') ?? '');
  if (charset === undefined || !isFarawayCharset(context, charset)) return false;
  const text = context.views.body.join('\n');
  // oxlint-disable-next-line no-control-regex -- the bytes of ASCII
  const plain = text.replace(/[^\x00-\x7f]+/g, '').length;
  return text.length - plain > 3 && plain <= text.length - plain;
};

const ofHeaders: EvalFunction = (context) =>
  ['From:raw', 'Subject:raw'].some((field) =>
    context.views
      .header(field)
      .some((value) =>
        [...value.matchAll(/=\?([^?\s]{1,100})\?.\?/g)].some(([, charset = '']) =>
          isFarawayCharset(context, charset),
        ),
      ),
  );

export const charsetEvals: Readonly<Record<string, EvalFunction>> = {
  check_for_faraway_charset: ofBody,
  check_for_faraway_charset_in_headers: ofHeaders,
};

/** Eval functions on the HTML of a message: one of its HTML parts has to fulfil them. */
import type { HtmlStatistics } from '../../views/types.ts';
import { compares, isWithin, numberOf, patternOf } from './support/arguments.ts';
import { isFarawayCharset } from './charsets.ts';
import type { EvalContext, EvalFunction } from './types.ts';

const some = ({ views }: EvalContext, test: (html: HtmlStatistics) => boolean): boolean =>
  views.html.some(({ statistics }) => test(statistics));

/** `html_range('bad_tag_ratio', min, max)`: above `min`, up to `max`. */
const range: EvalFunction = (context, [name = '', min, max]) =>
  some(context, ({ numbers }) => {
    const value = numbers.get(name);
    return value !== undefined && isWithin(value, min, max);
  });

/** `html_test('embeds')`: a number that is not 0. */
const test: EvalFunction = (context, [name = '']) =>
  some(context, ({ numbers }) => (numbers.get(name) ?? 0) !== 0);

/** `html_eval('length', '< 512')` */
const comparison: EvalFunction = (context, [name = '', expression = '']) =>
  some(context, ({ numbers }) => {
    const value = numbers.get(name);
    return value !== undefined && compares(value, expression) === true;
  });

/** `html_text_match('title', 'pattern')`: of `comment`, `title`, `anchor`. */
const textMatch: EvalFunction = (context, [name = '', pattern = '']) => {
  const expression = patternOf(pattern);
  return some(context, ({ texts }) => texts.get(name)?.some((text) => expression.test(text)) === true);
};

const textNotMatch: EvalFunction = (context, [name = '', pattern = '']) => {
  const expression = patternOf(pattern);
  return some(context, ({ texts }) => texts.get(name)?.some((text) => !expression.test(text)) === true);
};

/** `html_tag_balance('body', '!= 0')`: how many of them are left open. */
const tagBalance: EvalFunction = (context, [tag = '', expression = '']) =>
  some(context, ({ inside }) => {
    const open = inside.get(tag.toLowerCase());
    return open !== undefined && compares(open, expression) === true;
  });

const tagExists: EvalFunction = (context, [tag = '']) =>
  some(context, ({ inside }) => inside.has(tag.toLowerCase()));

/** `html_image_only(min, max)`: an image, and HTML of so many characters. */
const imageOnly: EvalFunction = (context, [min, max]) =>
  some(
    context,
    ({ inside, numbers }) => inside.has('img') && isWithin(numbers.get('length') ?? NaN, min, max),
  );

/** `html_image_ratio(min, max)`: characters that are shown, by pixel of the images. */
const imageRatio: EvalFunction = (context, [min, max]) =>
  some(context, ({ numbers }) => {
    const area = numbers.get('image_area') ?? 0;
    return area > 0 && isWithin((numbers.get('non_space_len') ?? NaN) / area, min, max);
  });

/** `html_title_subject_ratio(3.5)`: a title so many times as long as the subject. */
const titleSubjectRatio: EvalFunction = (context, [ratio]) => {
  const subject = context.views.headerText('Subject') ?? '';
  if (subject === '') return false;
  return some(context, ({ texts }) =>
    (texts.get('title') ?? []).some((title) => title.length / subject.length > numberOf(ratio)),
  );
};

/** Charsets of `<meta>`, when at least as many of them are foreign as are not. */
const charsetFaraway: EvalFunction = (context) =>
  some(context, ({ charsets }) => {
    const names = charsets.flatMap((charset) => charset.split(/\s+/));
    const bad = names.filter((name) => isFarawayCharset(context, name)).length;
    return bad > 0 && bad >= names.length - bad;
  });

const iframeSource: EvalFunction = ({ views }) =>
  views.html.some(({ uris }) => uris.some(({ types }) => types.has('iframe')));

export const htmlEvals: Readonly<Record<string, EvalFunction>> = {
  html_range: range,
  html_test: test,
  html_eval: comparison,
  html_text_match: textMatch,
  html_text_not_match: textNotMatch,
  html_tag_balance: tagBalance,
  html_tag_exists: tagExists,
  html_image_only: imageOnly,
  html_image_ratio: imageRatio,
  html_title_subject_ratio: titleSubjectRatio,
  html_charset_faraway: charsetFaraway,
  check_iframe_src: iframeSource,
};

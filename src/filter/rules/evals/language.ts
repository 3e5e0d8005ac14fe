/** Eval functions on the language of the text (`ok_languages`), for rule files that load the TextCat plugin. */
import { words } from './support/globs.ts';
import { languagesOf } from './support/languages.ts';
import type { EvalContext, EvalFunction, RuleSettingValues } from './types.ts';

/** Languages whose letters are all ASCII, or nearly. */
const ASCII = new Set(['en', 'id', 'nl', 'it']);

const wanted = (settings: RuleSettingValues): ReadonlySet<string> =>
  new Set(words(settings, 'ok_languages').map((word) => word.toLowerCase()));
const inactive = (settings: RuleSettingValues): ReadonlySet<string> =>
  new Set(words(settings, 'inactive_languages').map((word) => word.toLowerCase()));

const detected = ({ message }: EvalContext): readonly string[] => languagesOf(message.text);

/** The text is in none of the languages wanted; never while all are, or when it does not tell. */
const unwanted: EvalFunction = (context) => {
  const ok = context.settings.derived(wanted);
  if (ok.size === 0 || ok.has('all')) return false;
  const off = context.settings.derived(inactive);
  const found = context.derived(detected).filter((language) => !off.has(language));
  // `zh.big5` and the like: what stands behind the dot is a charset.
  const plain = new Set([...ok].map((language) => language.replace(/\..*$/, '')));
  return found.length > 0 && !found.some((language) => plain.has(language));
};

/** Eight bytes beyond ASCII in a row, where only languages without such letters are wanted. */
const eightBits: EvalFunction = ({ settings, views }) => {
  const ok = settings.derived(wanted);
  if (ok.size === 0 || [...ok].some((language) => !ASCII.has(language))) return false;
  return views.body.some((paragraph) => /[\x80-\xff]{8}/.test(paragraph));
};

export const languageEvals: Readonly<Record<string, EvalFunction>> = {
  check_language: unwanted,
  check_body_8bits: eightBits,
};

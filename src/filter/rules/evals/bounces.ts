/** Eval functions on bounces of mail that we sent ourselves: their text names one of our relays. */
import { Globs, words } from './support/globs.ts';
import type { EvalContext, EvalFunction, RuleSettingValues } from './types.ts';

type Context = EvalContext;

const ourRelays = (settings: RuleSettingValues): Globs =>
  new Globs(words(settings, 'welcomelist_bounce_relays'));

const hasRelays: EvalFunction = ({ settings }) => !settings.derived(ourRelays).isEmpty;

/** Names looked at in a message. */
const MAX_NAMES = 2000;

const namesRelay: EvalFunction = (context) => {
  const globs = context.settings.derived(ourRelays);
  if (globs.isEmpty) return false;
  let left = MAX_NAMES;
  for (const line of receivedLines(context))
    for (const word of line.split(/\s+/)) {
      if (!/.\../.test(word)) continue;
      if (globs.has(word)) return true;
      if (--left <= 0) return false;
    }
  return false;
};

/** Received fields in the text, quoted or not, with the lines that go on with them. */
function receivedLines({ views }: Context): readonly string[] {
  const lines = views.body.filter((line) => /^[> ]*Received:/i.test(line));
  let inField = false;
  for (const line of bodyOf(views.full).split('\n')) {
    inField = /^[> ]*Received:/i.test(line) || (inField && /^\s/.test(line));
    if (inField) lines.push(line);
  }
  return lines;
}

const bodyOf = (text: string): string => text.slice(Math.max(0, text.indexOf('\n\n')));

export const bounceEvals: Readonly<Record<string, EvalFunction>> = {
  have_any_bounce_relays: hasRelays,
  check_welcomelist_bounce_relays: namesRelay,
  check_whitelist_bounce_relays: namesRelay,
};

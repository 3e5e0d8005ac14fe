/** Lists that know what they list by its hash: mail addresses, addresses of the web, what an expression finds. */
import { createHash } from 'node:crypto';
import { PatternError } from '../regex/syntax.ts';
import { compilePattern } from '../regex/translate.ts';
import { words } from '../evals/support/globs.ts';
import { tagValues } from './tags.ts';
import { anyAnswer, type AskFunction, type Asking, zoneOf } from './types.ts';

/** Values asked for, unless the options of the rule say fewer or more. */
const MOST = 10;
const HIGHEST = 50;
/** Characters of the text in which addresses and expressions are looked for. */
const MOST_TEXT = 100_000;
const ADDRESS = /[\w.+%=-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g;

interface Options {
  hash: 'raw' | 'md5' | 'sha1' | 'sha256';
  keepCase: boolean;
  most: number;
}

function optionsOf(text: string | undefined): Options {
  const all = (text ?? '').toLowerCase().split(/[^\w=]+/);
  const hash = (['raw', 'md5', 'sha256'] as const).find((one) => all.includes(one)) ?? 'sha1';
  const stated = Number(all.find((one) => one.startsWith('max='))?.slice(4) ?? MOST);
  const most = Number.isInteger(stated) && stated > 0 ? Math.min(stated, HIGHEST) : MOST;
  return { hash, keepCase: all.includes('case'), most };
}

/** `ebl.example/A`, `…/TXT`. */
function listOf(name: string, text: string) {
  const [zone = '', type = 'A'] = text.split('/');
  return { name, zone: zoneOf(zone), type: type.toUpperCase() === 'TXT' ? ('TXT' as const) : ('A' as const) };
}

async function anyListed(
  rule: string,
  zone: string,
  values: Iterable<string>,
  { hash, keepCase, most }: Options,
  test: string | undefined,
  asking: Asking,
): Promise<boolean> {
  const plain = [...new Set([...values].map((value) => (keepCase ? value : value.toLowerCase())))];
  const questions = plain
    .slice(0, most)
    .map((value) => (hash === 'raw' ? value : createHash(hash).update(value, 'latin1').digest('hex')));
  return anyAnswer(asking, listOf(rule, zone), questions, asking.subtest(test));
}

/** Mail addresses of fields (`ALLFROM/Reply-To/body` and names of fields). */
function addressesOf(fields: string, { context: { views } }: Asking): string[] {
  return fields.split('/').flatMap((field): readonly string[] => {
    if (field === '') return [];
    if (field.toLowerCase() === 'body') return views.body.join('\n').slice(0, MOST_TEXT).match(ADDRESS) ?? [];
    if (field === 'ALLFROM')
      return ['From', 'Envelope-Sender', 'Resent-Sender', 'X-Envelope-From', 'EnvelopeFrom'].flatMap((one) =>
        views.header(`${one}:addr`),
      );
    return views.header(`${field}:addr`);
  });
}

const emails: AskFunction = async ({ name, args: [zone = '', options, fields = '', test, acl] }, asking) => {
  const listed = acl === undefined || acl === '' || acl === 'all' ? undefined : aclOf(acl, asking);
  const found = addressesOf(fields === '' ? 'ALLFROM/Reply-To/body' : fields, asking)
    .filter((address) => address.includes('@'))
    .filter((address) => listed?.has(address.slice(address.lastIndexOf('@') + 1).toLowerCase()) ?? true);
  return anyListed(name, zone, found, optionsOf(options), test, asking);
};

/** The domains a rule is about: of `freemail`, the free mail domains of the rule files; others are not read. */
const aclOf = (acl: string, { context: { settings } }: Asking): ReadonlySet<string> =>
  acl === 'freemail' ? settings.derived(freemailDomains) : new Set();

const freemailDomains = (settings: Asking['context']['settings']): ReadonlySet<string> =>
  new Set(words(settings, 'freemail_domains').map((word) => word.toLowerCase()));

const uris: AskFunction = async ({ name, args: [zone = '', options, test] }, asking) => {
  const found = asking.context.views.uriDetails
    .filter(({ raw }) => /^https?:/i.test(raw))
    .map(({ raw }) => raw.replace(/#.*$/s, ''));
  return anyListed(name, zone, found, optionsOf(options), test, asking);
};

const bodyExpression: AskFunction = async (
  { name, args: [zone = '', options, source = '', test] },
  asking,
) => {
  let expression: RegExp;
  try {
    expression = compilePattern({ source, flags: '' }, true);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return false;
  }
  const wanted = optionsOf(options);
  const text = asking.context.views.body.join('\n').slice(0, MOST_TEXT);
  const found: string[] = [];
  for (const match of text.matchAll(new RegExp(expression.source, `${expression.flags}g`))) {
    found.push(match[1] ?? match[0]);
    if (found.length >= wanted.most * 4) break;
  }
  return anyListed(name, zone, found, wanted, test, asking);
};

const tag: AskFunction = async ({ name, args: [zone = '', options, tagName = '', test] }, asking) =>
  anyListed(name, zone, tagValues(tagName.replace(/^_|_$/g, ''), asking), optionsOf(options), test, asking);

export const hashblFunctions: Readonly<Record<string, AskFunction>> = {
  check_hashbl_emails: emails,
  check_hashbl_uris: uris,
  check_hashbl_bodyre: bodyExpression,
  check_hashbl_tag: tag,
};

import type { SortKeys } from '../../../store/search/types.ts';
import { BadArgument } from '../wire/errors.ts';
import type { Cursor } from '../wire/types.ts';

export type CriterionName =
  | 'ARRIVAL'
  | 'CC'
  | 'DATE'
  | 'DISPLAYFROM'
  | 'DISPLAYTO'
  | 'FROM'
  | 'RELEVANCY'
  | 'SIZE'
  | 'SUBJECT'
  | 'TO';

export interface Criterion {
  readonly name: CriterionName;
  readonly reverse: boolean;
}

/** Of the sort keys, what each criterion needs. */
export const criterionField: Readonly<Record<CriterionName, keyof SortKeys | undefined>> = {
  ARRIVAL: undefined,
  CC: 'cc',
  DATE: 'sent',
  DISPLAYFROM: 'displayFrom',
  DISPLAYTO: 'displayTo',
  FROM: 'from',
  RELEVANCY: undefined,
  SIZE: undefined,
  SUBJECT: 'subject',
  TO: 'to',
};

function isName(name: string): name is CriterionName {
  return Object.hasOwn(criterionField, name);
}

/** `(REVERSE DATE SUBJECT)` of RFC 5256 §5, RFC 5957 §4 and RFC 6203 §6. */
export function parseCriteria(args: Cursor): readonly Criterion[] {
  const criteria = args.list((): Criterion => {
    let name = args.keyword();
    let reverse = false;
    // Twice is not at all, as other servers have it.
    while (name === 'REVERSE') {
      reverse = !reverse;
      args.space();
      name = args.keyword();
    }
    if (!isName(name)) throw new BadArgument('There is no such sort criterion');
    return { name, reverse };
  });
  // What was said before decides: a criterion named again changes nothing.
  const names = criteria.map(({ name }) => name);
  return criteria.filter(({ name }, at) => names.indexOf(name) === at);
}

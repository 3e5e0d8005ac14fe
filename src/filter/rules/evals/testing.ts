/** For tests: an eval function asked by a rule, on a message written as text. */
import type { CheckContext } from '../../types.ts';
import { contextOf } from '../../views/testing.ts';
import { createRuleEngine } from '../engine.ts';
import { parseRules } from '../language/parse.ts';
import { prepareRules } from '../prepare.ts';

export interface Told extends Partial<Omit<CheckContext, 'message' | 'authentication'>> {
  authentication?: Partial<CheckContext['authentication']>;
}

/** Whether rule A hits; throws for a rule that cannot be used; `rule` is what stands behind `KIND A eval:`, lines of settings behind it. */
export async function isHit(kind: string, rule: string, message: string, told: Told = {}): Promise<boolean> {
  const [call = '', ...settings] = rule.split('\n');
  const text = [`${kind} A eval:${call}`, ...settings].join('\n');
  const set = prepareRules(parseRules([{ name: 'a.cf', text }]));
  const engine = createRuleEngine(set, { scoreSet: 3 });
  const fault = [...set.faults, ...engine.faults][0];
  if (fault !== undefined) throw new Error(fault.text);
  const base = contextOf(message);
  const { hits } = await engine.run({
    ...base,
    ...told,
    authentication: { ...base.authentication, ...told.authentication },
  });
  return hits.length > 0;
}

export const plain = (header: string, body = 'x\n'): string => `${header}\n${body}`;
export const html = (body: string): string => plain('Content-Type: text/html; charset=utf-8\n', body);
export const noClient: Told = { envelope: { client: {}, sender: '', recipients: [] } };

export type Case = readonly [rule: string, message: string, hit: boolean, told?: Told];

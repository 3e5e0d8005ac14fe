import { normalDomain } from '../organizational-domain.ts';
import type { Authentication, BimiResult, DmarcResult, SpfResult } from '../types.ts';

/** What the field tells besides the results: who logged in, and the address iprev was about. */
export interface ResultsContext {
  authservId: string;
  /** Client authenticated by SMTP AUTH. */
  authenticated: boolean;
  /** Login to name; undefined keeps it to ourselves. */
  login?: string;
  clientAddress?: string;
}

type Property = readonly [name: string, value: string | undefined];

/** RFC 2045 §5.1 token. */
const TOKEN = /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+$/;
/** With an at sign before it as `header.i` of a whole domain has it. */
const DOMAIN = /^@?[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?$/;
/** A value longer than this is left out: a name is at most 253 characters, and a line at most 998 (RFC 5322 §2.1.1). */
const MAX_VALUE = 255;
const MAX_REASON = 200;
const SEPARATOR = ';\n\t';
/** DKIM results in the field; the others are in the log. */
const MAX_DKIM = 6;

/**
 * The value of our Authentication-Results field (RFC 8601 §2.2), each method on a line of its own. Everything that
 * comes from the message or the DNS is a token, a domain name or a quoted string without control characters.
 */
export function formatResults(results: Omit<Authentication, 'field'>, context: ResultsContext): string {
  const methods: string[] = [];
  if (context.authenticated) methods.push(method('auth', 'pass', undefined, [['smtp.auth', context.login]]));
  if (results.iprev !== 'none')
    methods.push(method('iprev', results.iprev, undefined, [['policy.iprev', context.clientAddress]]));
  methods.push(spfMethod(results.spf));
  if (results.spfHelo !== undefined) methods.push(spfMethod(results.spfHelo));
  if (results.dkim.length === 0) methods.push('dkim=none');
  for (const { result, reason, domain, identity, selector, algorithm, signature } of results.dkim.slice(
    0,
    MAX_DKIM,
  ))
    methods.push(
      method('dkim', result, result === 'pass' ? undefined : reason, [
        ['header.d', domain],
        ['header.i', identity],
        ['header.s', selector],
        ['header.a', algorithm],
        ['header.b', signature],
      ]),
    );
  methods.push(dmarcMethod(results.dmarc));
  if (results.arc.result !== 'none')
    methods.push(
      method('arc', results.arc.result, results.arc.result === 'pass' ? undefined : results.arc.reason, [
        ['header.d', results.arc.sealer],
      ]),
    );
  if (results.bimi !== undefined) methods.push(bimiMethod(results.bimi));
  return [formatAuthservId(context.authservId), ...methods].join(SEPARATOR);
}

/** A name as authserv-id: A-labels, a token, else a quoted string. */
export function formatAuthservId(name: string): string {
  return formatValue(normalDomain(name)) ?? 'localhost';
}

function spfMethod({ result, domain, identity, explanation }: SpfResult): string {
  return method('spf', result, result === 'fail' ? explanation : undefined, [[`smtp.${identity}`, domain]]);
}

/** With what the record asks for and what was done, as OpenDMARC writes it for people to read. */
function dmarcMethod({ result, reason, policy, domain, record, disposition }: DmarcResult): string {
  const { p, sp, np } = record ?? {};
  const said = Object.entries({ p, sp, np, dis: disposition }).filter(([, value]) => value !== undefined);
  const comment = record === undefined ? '' : ` (${said.map((pair) => pair.join('=')).join(' ')})`;
  return method('dmarc', `${result}${comment}`, result === 'pass' ? undefined : reason, [
    ['policy.dmarc', policy],
    ['header.from', domain],
  ]);
}

/** draft-brand-indicators-for-message-identification §7.7; nobody has looked at the evidence. */
function bimiMethod({ result, reason, domain, recordDomain, selector, evidence }: BimiResult): string {
  const found = recordDomain !== undefined;
  return method('bimi', result, result === 'pass' ? undefined : reason, [
    ['header.d', found ? recordDomain : domain],
    ['header.selector', selector],
    ['policy.authority', result === 'pass' ? 'none' : undefined],
    ['policy.authority-uri', evidence],
  ]);
}

function method(
  name: string,
  result: string,
  reason: string | undefined,
  properties: readonly Property[],
): string {
  const parts = [`${name}=${result}`];
  const why = reason === undefined ? '' : clean(reason).slice(0, MAX_REASON);
  if (why !== '') parts.push(`reason=${quote(why)}`);
  for (const [property, value] of properties) {
    const formatted = value === undefined ? undefined : formatValue(value);
    if (formatted !== undefined) parts.push(`${property}=${formatted}`);
  }
  // Long ones go on lines of their own; a single value is at most twice MAX_VALUE.
  return parts.reduce((text, part) => {
    const line = text.length - (text.lastIndexOf('\n') + 1);
    return `${text}${line + part.length > 76 ? '\n\t' : ' '}${part}`;
  });
}

/** pvalue or authserv-id (RFC 8601 §2.2); undefined when there is nothing that can be said. */
function formatValue(text: string): string | undefined {
  if (text.length > MAX_VALUE) return undefined;
  const value = clean(text);
  if (value === '') return undefined;
  return TOKEN.test(value) || DOMAIN.test(value) ? value : quote(value);
}

/** Printable ASCII only: the field goes into messages whose header may hold nothing else. */
function clean(text: string): string {
  return text
    .replace(/[^\x20-\x7e]+/g, (run) => (/^[\t\r\n]+$/.test(run) ? ' ' : '?'))
    .replace(/ {2,}/g, ' ')
    .trim();
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, String.raw`\$&`)}"`;
}

/** The forms an address can be read in: decoded, without user and port, out of a redirector, with its number as an IP. */
import { domainToASCII } from 'node:url';
import { VIEW_LIMITS } from './limits.ts';
import type { Octets } from './types.ts';

/** Finds the target in the address of a redirector, in its first group. */
export type Redirector = RegExp;

/** The address and its other forms, without doubles; empty for what is none (`#top`, `/image.gif`). */
export function canonicalForms(uri: Octets, redirectors: readonly Redirector[]): readonly Octets[] {
  const forms = new Set<string>();
  const open = [uri.replace(/[\r\n]/g, '').trim()];
  const done = new Set<string>();
  for (let next = open.pop(); next !== undefined && forms.size < VIEW_LIMITS.urisOfOne; next = open.pop()) {
    if (done.has(next)) continue;
    done.add(next);
    if (next.length <= 1 || /^(?:[#?&]|\/(?!\/))/.test(next)) continue;
    forms.add(next.slice(0, VIEW_LIMITS.uriLength));
    const isMail = /^(?:mailto:|[^:]*@)/i.test(next);
    if (isMail) for (const form of mailForms(next)) forms.add(form);
    else webForms(next, redirectors, forms, open);
  }
  return [...forms];
}

function mailForms(uri: string): string[] {
  const forms: string[] = [];
  const address = /^([^@]+@[^?]+)\?/.exec(uri)?.[1];
  if (address !== undefined) forms.push(address);
  const cut = /^([^@]+@[^?&]+)&/.exec(uri)?.[1];
  if (cut !== undefined) forms.push(cut);
  const trimmed = uri.includes('%20') ? /^(?:mailto:)?(?:%20)*([^@]+@[^?&%]+)/.exec(uri)?.[1] : undefined;
  if (trimmed !== undefined) forms.push(`mailto:${trimmed}`);
  const angle = /^[^?&<]*<([^@>]+@[^>]+)>/.exec(uri)?.[1];
  if (angle !== undefined) forms.push(`mailto:${angle}`);
  return forms;
}

const WEB = /^(https?:\/\/)([^@/?#]*@)?([^/?#:]+)((?::(\d*))?.*)$/is;

function webForms(uri: string, redirectors: readonly Redirector[], forms: Set<string>, open: string[]): void {
  const read = decoded(uri);
  if (read !== uri) forms.add(read);
  const [, scheme = '', auth = '', hostAsWritten = '', rest = '', portText = ''] = WEB.exec(read) ?? [];
  if (scheme === '') return;
  const protocol = scheme.toLowerCase();
  let host = hostAsWritten;
  const withoutPort = rest.replace(/^:(\d*)/, '');
  if (portText !== '' && Number(portText) === (protocol === 'http://' ? 80 : 443))
    forms.add(scheme + host + withoutPort);
  const ascii = asciiHost(host);
  if (ascii !== host.toLowerCase()) {
    forms.add(scheme + ascii + rest);
    host = ascii;
  }
  // oxlint-disable-next-line no-control-regex -- what browsers leave out of a host
  const printable = host.replace(/[\x00-\x20]/g, '');
  if (printable !== host) {
    host = printable;
    forms.add(scheme + host + rest);
  }
  follow(scheme + host + rest, rest, redirectors, open);
  if (auth !== '') forms.add(scheme + host + rest);
  const trimmed = host.replace(/[^0-9A-Za-z]+$/, '');
  if (trimmed !== host) {
    host = trimmed;
    forms.add(scheme + host + rest);
  }
  const address = numericAddress(host);
  if (address !== undefined) forms.add(scheme + address + rest);
  else if (
    protocol === 'http://' &&
    auth === '' &&
    portText === '' &&
    /^[^.]+$/.test(host) &&
    host !== 'localhost'
  )
    forms.add(`${scheme}www.${host}.com${rest}`);
}

/** The target of a redirector: by the patterns of the rule files, else any address in the path. */
function follow(uri: string, rest: string, redirectors: readonly Redirector[], open: string[]): void {
  for (const redirector of redirectors) {
    const target = redirector.exec(uri)?.[1];
    if (target?.includes('.') === true) {
      open.push(target);
      return;
    }
  }
  const inside = /https?:\/{0,2}[^&#]+/i.exec(rest)?.[0];
  if (inside?.includes('.') === true) open.push(inside);
}

/** As a browser reads it: escapes undone, a scheme before it, slashes put right. */
function decoded(uri: string): string {
  let text = uri.replaceAll('\\', '/').replace(/^(https?:)\/{0,2}/i, '$1//');
  text = text.replace(/%([2-7][0-9a-f])/gi, (whole, digits: string) => {
    const code = parseInt(digits, 16);
    return code > 0x20 && code < 0x7f ? String.fromCharCode(code) : whole;
  });
  if (!/^[-_a-z0-9]+:/i.test(text))
    text = (text.startsWith('ftp.') ? 'ftp://' : 'http://') + text.replace(/^\/\//, '');
  text = text.replace(/^(https?:\/\/[^/?#]+)([?#])/i, '$1/$2');
  text = text.replace(/&#0*(3[3-9]|[4-9]\d|1[01]\d|12[0-6]);/g, (_, code: string) =>
    String.fromCharCode(Number(code)),
  );
  text = text.replace(/&#x0*(2[1-9a-f]|[3-6][0-9a-f]|7[0-9a-e]);/gi, (_, code: string) =>
    String.fromCharCode(parseInt(code, 16)),
  );
  return text.replace(/&#(?:x2e|12290|x3002|65294|xff0e|65377|xff61);/gi, '.');
}

/** The host as the DNS knows it; as it stands when it is none. */
function asciiHost(host: string): string {
  const lower = host.toLowerCase();
  if (!/[\x80-\xff]/.test(lower)) return lower;
  return domainToASCII(Buffer.from(lower, 'latin1').toString('utf8')) || lower;
}

/** `0x7f.1.2.3`, `0x7f000001` and `2130706433` in the usual form; undefined for a name, or when it is that already. */
function numericAddress(host: string): string | undefined {
  const quad = /^(0x[0-9a-f]+|\d+)\.(0x[0-9a-f]+|\d+)\.(0x[0-9a-f]+|\d+)\.(0x[0-9a-f]+|\d+)$/i.exec(host);
  if (quad !== null) {
    const written = quad.slice(1).map((part) => String(numberOf(part) % 256));
    return written.join('.') === host ? undefined : written.join('.');
  }
  if (!/^(?:0x[0-9a-f]+|\d+)$/i.test(host)) return undefined;
  const value = Number(BigInt(host) & 0xffffffffn);
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.');
}

function numberOf(text: string): number {
  if (/^0x/i.test(text)) return parseInt(text.slice(-8).replace(/^.*x/i, ''), 16);
  return /^0[0-7]+$/.test(text) ? parseInt(text, 8) : Number(text.slice(0, 15));
}

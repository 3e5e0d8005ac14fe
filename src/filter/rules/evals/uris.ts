/** Eval functions on addresses in the text: what a link says against where it leads. */
import { isIP } from 'node:net';
import { organizationalDomain } from '../../views/domains.ts';
import { VIEW_LIMITS } from '../../views/limits.ts';
import { numberOf } from './support/arguments.ts';
import type { EvalFunction } from './types.ts';

const IP_LINK = /^https?:\/*(?:[^@/]+@)?\d+\.\d+\.\d+\.\d+/i;

/** A link to an address by number, whose text shows `https:` and something else. */
const httpsIpMismatch: EvalFunction = ({ views }) =>
  views.html.some(({ uris }) =>
    uris.some(
      ({ uri, anchorTexts }) =>
        IP_LINK.test(uri) &&
        anchorTexts.some(
          (text) => !/^https:\/*(?:[^@/]+@)?\d+\.\d+\.\d+\.\d+/i.test(text) && /https:/i.test(text),
        ),
    ),
  );

/** `check_https_http_mismatch(min, max)`: of so many links, one shows `https://` of another domain than it leads to. */
const httpsDomainMismatch: EvalFunction = ({ views }, [min = '1', max]) =>
  views.html.some(({ uris }) => {
    let links = 0;
    let hit = false;
    for (const { uri, anchorTexts } of uris) {
      if (anchorTexts.length === 0) continue;
      const host = /^https?:\/\/([^/:?#]+)/i.exec(uri)?.[1];
      const target = host === undefined || isIP(host) !== 0 ? undefined : organizationalDomain(host);
      if (target === undefined) continue;
      links++;
      hit ||= anchorTexts.some((text) => {
        const shown = /https:\/\/([^\s/:?#]+)/i.exec(text)?.[1];
        if (shown === undefined) return false;
        const domain = isIP(shown) === 0 ? organizationalDomain(shown) : shown;
        return domain !== undefined && domain !== target;
      });
    }
    return hit && links >= (numberOf(min) || 1) && (max === undefined || links < numberOf(max));
  });

const truncated: EvalFunction = ({ views }) =>
  views.uriDetails.some(({ raw }) => raw.length >= VIEW_LIMITS.uriLength);

/** An address with one of another domain in it. */
const redirector: EvalFunction = ({ views }) =>
  views.uris.some((uri) => {
    const [, host = '', rest = ''] = /^https?:\/\/([^/:?]+)(.*)$/is.exec(uri) ?? [];
    return [...rest.matchAll(/https?:\/{0,2}([^/:?]{1,255})/gi)].some(
      ([, target = '']) => (organizationalDomain(host) ?? host) !== (organizationalDomain(target) ?? target),
    );
  });

export const uriEvals: Readonly<Record<string, EvalFunction>> = {
  check_https_ip_mismatch: httpsIpMismatch,
  check_https_http_mismatch: httpsDomainMismatch,
  check_uri_truncated: truncated,
  check_for_http_redirector: redirector,
};

import { isIP } from 'node:net';
import { organizationalDomain } from '../../../authentication/organizational-domain.ts';
import type { Message } from '../../../message/types.ts';
import { isShortener } from '../../checks/support/shorteners.ts';
import { webLinks } from '../../checks/support/urls.ts';
import { MAX_LINKS, MAX_PATH } from '../limits.ts';
import { topLevelKind } from './header.ts';
import { scale, share } from './scale.ts';
import type { FeatureSink } from './sink.ts';

/** What all links together say, as features. */
export interface LinkFacts {
  readonly links: number;
  readonly hosts: number;
  /** Share of those that lead to the sender's own domain. */
  readonly own: number;
  readonly images: number;
  readonly mail: number;
}

/** Features of where a message leads: shapes and words of paths, never names of hosts. */
export function addLinks(sink: FeatureSink, message: Message): LinkFacts {
  sink.begin('links');
  const links = webLinks(message);
  const from = message.header.get('from')?.addresses[0]?.address ?? '';
  const fromDomain = organizationalDomain(from.slice(from.lastIndexOf('@') + 1));
  const hosts = new Set<string>();
  const looked = links.slice(0, MAX_LINKS);
  let own = 0;
  let images = 0;
  for (const { link, url, host } of looked) {
    if (!hosts.has(host)) {
      hosts.add(host);
      addHost(sink, host);
    }
    if (fromDomain !== '' && (host === fromDomain || host.endsWith(`.${fromDomain}`))) own++;
    if (link.text === '' && link.origin === 'html') images++;
    sink.name(`scheme:${url.protocol}`);
    if (url.port !== '') sink.name('port');
    if (url.username !== '') sink.name('user');
    const path = url.pathname.slice(0, MAX_PATH);
    const extension = /\.([a-z0-9]{2,5})$/i.exec(path)?.[1];
    if (extension !== undefined) sink.name(`extension:${extension.toLowerCase()}`);
    sink.name(`depth:${path.split('/').length}`);
    if (path.length <= 1 && url.search === '') sink.name('root');
    sink.name(`query:${scale(url.search.length)}`);
    if (url.hash !== '') sink.name('fragment');
    if (url.search.includes('@') || url.hash.includes('@')) sink.name('address-inside');
    for (const word of path.toLowerCase().matchAll(/[a-z]{3,20}/g)) sink.name(`path:${word[0]}`);
    const shown = /^(?:https?:\/\/)?([\w.-]+\.[a-z]{2,})(?:[/?#]|$)/i.exec(link.text.trim())?.[1];
    if (link.origin === 'html' && shown !== undefined)
      sink.name(organizationalDomain(shown) === organizationalDomain(host) ? 'shown' : 'disguised');
    if (link.origin === 'html') addLinkText(sink, link.text);
  }
  const mail = message.links.filter(({ url }) => /^mailto:/i.test(url.slice(0, 7))).length;
  return {
    links: scale(links.length),
    hosts: scale(hosts.size),
    own: share(own, looked.length),
    images: share(images, looked.length),
    mail: scale(mail),
  };
}

function addHost(sink: FeatureSink, host: string): void {
  if (isIP(host) !== 0) sink.name('host:ip');
  else {
    sink.name(`host:${topLevelKind(host)}`);
    sink.name(`host:labels:${host.split('.').length}`);
    sink.name(`host:digits:${scale(host.replace(/\D/g, '').length)}`);
    if (host.includes('xn--')) sink.name('host:punycode');
    if (isShortener(host)) sink.name('host:shortener');
  }
}

/** What a link invites to do. */
function addLinkText(sink: FeatureSink, text: string): void {
  if (text === '') return;
  const words = text
    .slice(0, 60)
    .toLowerCase()
    .match(/\p{L}{2,20}/gu);
  if (words !== null && words.length <= 6) for (const word of words) sink.name(`text:${word}`);
}

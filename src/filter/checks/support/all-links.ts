import { defaultMessageLimits } from '../../../message/limits.ts';
import { renderHtml } from '../../../message/html.ts';
import type { Message } from '../../../message/types.ts';
import { contentOf, type ContentFile } from '../../content/files.ts';
import { qrCodes } from '../../content/images/codes.ts';
import { officeDocuments } from '../../content/office/documents.ts';
import { isPage, pageText } from '../../content/pages.ts';
import { pdfDocuments } from '../../content/pdf/documents.ts';
import { parseWebUrl, type WebLink, webLink, webLinks } from './urls.ts';

/** Addresses taken out of attachments, and out of redirectors. */
const MAX_FROM_CONTENT = 1_000;
const MAX_TARGETS = 1_000;
/** A redirector may lead to a redirector. */
const MAX_HOPS = 3;
/** Attached pages that are rendered for their links. */
const MAX_PAGES = 5;

/** A link and how it was come by. */
export interface FoundLink extends WebLink {
  /** `text`: the message itself. `redirector`: decoded out of another link. Else the attachment it stands in. */
  readonly found: 'text' | 'redirector' | 'qr' | 'pdf' | 'office' | 'page';
}

/**
 * All web links of a message: those of its text, those in QR codes, PDFs, documents and pages that are attached, and the
 * targets that redirectors name. At once when there is no attachment.
 */
export function allLinks(message: Message): readonly FoundLink[] | Promise<readonly FoundLink[]> {
  return message.derived(findAll);
}

function findAll(message: Message): readonly FoundLink[] | Promise<readonly FoundLink[]> {
  const shown = webLinks(message).map((link) => ({ ...link, found: 'text' as const }));
  if (message.attachments.length === 0) return withTargets(shown);
  return contentLinks(message).then((links) => withTargets([...shown, ...links]));
}

async function contentLinks(message: Message): Promise<FoundLink[]> {
  const links = new Map<string, FoundLink>();
  const add = (address: string, found: FoundLink['found'], part: number) => {
    if (links.size >= MAX_FROM_CONTENT || links.has(address)) return;
    const link = webLink({ url: address.trim(), text: '', origin: 'text', part });
    if (link !== undefined) links.set(address, { ...link, found });
  };
  const content = await contentOf(message);
  for (const { text, part } of (await qrCodes(message)) ?? []) add(text, 'qr', part.index);
  for (const { file, facts } of (await pdfDocuments(message)) ?? [])
    for (const address of facts.links) add(address, 'pdf', file.part.index);
  for (const { file, facts } of (await officeDocuments(message)) ?? [])
    for (const address of [...facts.external, ...facts.links]) add(address, 'office', file.part.index);
  const pages = content?.files.filter(isPage).slice(0, MAX_PAGES) ?? [];
  for (const page of pages) for (const address of pageLinks(page)) add(address, 'page', page.part.index);
  return [...links.values()];
}

function pageLinks(page: ContentFile): string[] {
  // A part that says that it is HTML has been rendered with its charset.
  const view =
    (page.depth === 0 ? page.part.html : undefined) ??
    renderHtml(pageText(page), page.part.index, defaultMessageLimits);
  return [...view.links.map(({ url }) => url), ...(view.traits.refresh === '' ? [] : [view.traits.refresh])];
}

/** The links, and behind them what redirectors among them lead to. */
function withTargets(links: readonly FoundLink[]): readonly FoundLink[] {
  const all = [...links];
  const seen = new Set(links.map(({ url }) => url.href));
  let hop = links;
  for (let hops = 0; hops < MAX_HOPS && hop.length > 0; hops++) {
    const next: FoundLink[] = [];
    for (const { url, link } of hop) {
      if (all.length - links.length + next.length >= MAX_TARGETS) break;
      for (const address of targetsOf(url)) {
        const target = webLink({ ...link, url: address, text: '' });
        if (target === undefined || seen.has(target.url.href)) continue;
        seen.add(target.url.href);
        next.push({ ...target, found: 'redirector' });
      }
    }
    all.push(...next);
    hop = next;
  }
  return all;
}

/** Addresses that stand in the parameters, the path or the fragment of an address. */
function targetsOf(url: URL): string[] {
  const found: string[] = [];
  // Most have none: looked for before anything is decoded.
  if (!/https?(?::|%3a|-3a)|aHR0c/i.test(url.search + url.pathname + url.hash)) return found;
  for (const value of url.searchParams.values()) {
    const address = plainAddress(value);
    if (address !== undefined) found.push(address);
  }
  const inPath = /https?:\/{1,2}(?=[^/])[^\s]+/i.exec(decoded(url.pathname.slice(1)))?.[0];
  if (inPath !== undefined) found.push(inPath);
  const inFragment = /https?:\/\/[^\s&]+/i.exec(decoded(url.hash.slice(1)))?.[0];
  if (inFragment !== undefined) found.push(inFragment);
  return found.filter((address) => parseWebUrl(address) !== undefined);
}

/** The address that a parameter is: as it stands, in base64, or with dashes as urldefense.proofpoint.com writes it. */
function plainAddress(value: string): string | undefined {
  let address = value;
  // "http" in base64; the codes of the URL's own alphabet are read too.
  if (/^aHR0c[\w+/-]{4,}={0,2}$/.test(value)) address = Buffer.from(value, 'base64').toString('latin1');
  else if (/^https?-3a__/i.test(value))
    address = decoded(value.replaceAll('_', '/').replace(/-([\da-f]{2})/gi, '%$1'));
  return /^https?:\/\//i.test(address) ? address : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

import type { MessageLimits } from './limits.ts';
import type { HtmlView } from './types.ts';
export function renderHtml(html: string, part: number, limits: MessageLimits): HtmlView {
  return {
    text: html.slice(0, limits.htmlCharacters).replace(/<[^<>]*>/g, ''),
    hiddenText: '',
    links: [],
    resources: [],
    statistics: {
      elements: part < 0 ? 1 : 0,
      depth: 0,
      images: 0,
      forms: 0,
      scripts: 0,
      comments: 0,
      truncated: false,
    },
  };
}

import type { CheckContext } from '../types.ts';
import { bodyLines, fullText, htmlParts, rawbodyChunks, type Rendering, textOf } from './body.ts';
import { type Domains, publicDomains } from './domains.ts';
import { HeaderViews } from './header.ts';
import { renderHtmlText } from './html.ts';
import { mimeHeaders } from './mime.ts';
import type { MimeHeader, Octets, RelayView, RenderedHtml, UriDetail, Views } from './types.ts';
import type { Redirector } from './uri-forms.ts';
import { findUris } from './uris.ts';

export interface ViewOptions {
  /** Patterns that find the target in the address of a redirector. */
  redirectors: readonly Redirector[];
  /** Reads the Received fields. */
  relays: (context: CheckContext) => RelayView;
  domains: Domains;
}

const NO_RELAYS: RelayView = {
  trusted: '',
  untrusted: '',
  internal: '',
  external: '',
  trustedFields: 0,
  internalFields: 0,
  trustedRelays: [],
  untrustedRelays: [],
  unparseable: 0,
  envelopeSender: undefined,
};

const NO_OPTIONS: ViewOptions = { redirectors: [], relays: () => NO_RELAYS, domains: publicDomains };

/** The views of a message; nothing is made before it is asked for. */
export function createViews(context: CheckContext, options: Partial<ViewOptions> = {}): Views {
  return new MessageViews(context, { ...NO_OPTIONS, ...options });
}

class MessageViews implements Views {
  private readonly context: CheckContext;
  private readonly options: ViewOptions;
  private readonly headers: HeaderViews;
  private readonly bodies = new Map<Rendering, readonly Octets[]>();
  private made: {
    html?: readonly RenderedHtml[];
    rawbody?: readonly Octets[];
    full?: Octets;
    details?: readonly UriDetail[];
    uris?: readonly Octets[];
    relays?: RelayView;
    mime?: readonly MimeHeader[];
  } = {};

  constructor(context: CheckContext, options: ViewOptions) {
    this.context = context;
    this.options = options;
    this.headers = new HeaderViews(context.message, context.envelope, () => this.relays, options.domains);
  }

  header(request: string): readonly Octets[] {
    return this.headers.values(request);
  }

  headerText(request: string): Octets | undefined {
    return this.headers.text(request);
  }

  get body(): readonly Octets[] {
    return this.rendering('text');
  }

  get visibleBody(): readonly Octets[] {
    return this.rendering('visible');
  }

  get invisibleBody(): readonly Octets[] {
    return this.rendering('invisible');
  }

  private rendering(which: Rendering): readonly Octets[] {
    let lines = this.bodies.get(which);
    if (lines === undefined) {
      const rendered = new Map(this.html.map((html) => [html.part, html]));
      lines = bodyLines(this.context.message, rendered, which);
      this.bodies.set(which, lines);
    }
    return lines;
  }

  get rawbody(): readonly Octets[] {
    return (this.made.rawbody ??= rawbodyChunks(this.context.message));
  }

  get full(): Octets {
    return (this.made.full ??= fullText(this.context.message));
  }

  get html(): readonly RenderedHtml[] {
    return (this.made.html ??= htmlParts(this.context.message).map((part) =>
      renderHtmlText(textOf(part), part.index, part.htmlEvents),
    ));
  }

  get uriDetails(): readonly UriDetail[] {
    return (this.made.details ??= findUris(
      this.body,
      this.html,
      this.options.redirectors,
      this.options.domains,
    ));
  }

  get uris(): readonly Octets[] {
    return (this.made.uris ??= [...new Set(this.uriDetails.flatMap(({ cleaned }) => cleaned))]);
  }

  get relays(): RelayView {
    return (this.made.relays ??= this.options.relays(this.context));
  }

  get mimeHeaders(): readonly MimeHeader[] {
    return (this.made.mime ??= mimeHeaders(this.context.message));
  }
}

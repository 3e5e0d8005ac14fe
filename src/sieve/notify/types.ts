import type { GeneratedMail } from '../compose/mail.ts';
import type { Asking } from '../definitions.ts';
import type { NotifySettings } from '../settings.ts';
import type { RunState } from '../state.ts';

/** What a notify command says, its strings made (RFC 5435 §3). */
export interface Notification {
  readonly uri: string;
  /** `:from`, when it is an address. */
  readonly from: string | undefined;
  /** 1 is high, 2 normal, 3 low (RFC 5435 §3.4). */
  readonly importance: 1 | 2 | 3;
  /** `:message`. */
  readonly message: string | undefined;
}

/** What is to be sent; the host only has to send it. */
export type Payload =
  | { readonly kind: 'mail'; readonly mail: GeneratedMail }
  /** A stanza for the XMPP server of the host. */
  | { readonly kind: 'xmpp'; readonly to: string; readonly stanza: string }
  /** JSON to be sent by POST. */
  | { readonly kind: 'https'; readonly url: string; readonly body: string };

/** Made into a payload, or why there is none; undefined when another notification has said it all. */
export type Composed = Payload | { readonly suppressed: string } | undefined;

/** A way to notify somebody, named by the scheme of its URIs. */
export interface NotifyMethod {
  /** Lower-case. */
  readonly scheme: string;
  /** What is wrong with a URI of this scheme; undefined when nothing is. Known without the site. */
  fault(uri: string): string | undefined;
  /** What surely is a mistake in a URI without fault. */
  doubt?(uri: string): string | undefined;
  /** Why a URI without fault cannot be used here. */
  refused(uri: string, settings: NotifySettings): string | undefined;
  compose(state: RunState, notification: Notification): Asking<Composed>;
}

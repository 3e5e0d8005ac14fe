import type { NotifySettings } from '../settings.ts';
import { https } from './https.ts';
import { mailto } from './mailto.ts';
import type { NotifyMethod } from './types.ts';
import { isUri, schemeOf } from './uri.ts';
import { xmpp } from './xmpp.ts';

/** The ways to notify somebody. */
const methods: readonly NotifyMethod[] = [mailto, xmpp, https];

/** The method of a URI. */
export function methodOf(uri: string): NotifyMethod | undefined {
  const scheme = schemeOf(uri);
  return methods.find((method) => method.scheme === scheme);
}

/** What is wrong with the URI of a notification, wherever it is used. */
export function methodFault(uri: string): string | undefined {
  const method = methodOf(uri);
  if (method !== undefined) return method.fault(uri);
  const scheme = schemeOf(uri);
  return scheme === '' || !isUri(uri)
    ? 'it is no URI'
    : `there is no method ${JSON.stringify(scheme.slice(0, 40))}`;
}

/** What is wrong with it, or why it cannot be used here. */
export function methodRefused(uri: string, settings: NotifySettings): string | undefined {
  return methodFault(uri) ?? methodOf(uri)?.refused(uri, settings);
}

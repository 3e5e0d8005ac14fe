/** The table of eval functions. Add one: a file beside this one, and a line here. */
import { authenticationEvals } from './authentication.ts';
import { bayesEvals } from './bayes.ts';
import { bodyEvals } from './body.ts';
import { bounceEvals } from './bounces.ts';
import { charsetEvals } from './charsets.ts';
import { dateEvals } from './dates.ts';
import { forgedEvals } from './forged.ts';
import { freemailEvals } from './freemail.ts';
import { fromNameEvals } from './from-name.ts';
import { headerEvals } from './header.ts';
import { htmlEvals } from './html.ts';
import { imageEvals } from './images.ts';
import { languageEvals } from './language.ts';
import { listEvals } from './lists.ts';
import { mimeEvals } from './mime.ts';
import { networkEvals } from './network.ts';
import { parseFlagEvals } from './parse-flags.ts';
import { pdfEvals } from './pdf.ts';
import { recipientEvals } from './recipients.ts';
import { relayEvals } from './relays.ts';
import type { EvalFunction } from './types.ts';
import { uriEvals } from './uris.ts';

export const evalFunctions: ReadonlyMap<string, EvalFunction> = new Map<string, EvalFunction>(
  [
    authenticationEvals,
    bayesEvals,
    bodyEvals,
    bounceEvals,
    charsetEvals,
    dateEvals,
    forgedEvals,
    freemailEvals,
    fromNameEvals,
    headerEvals,
    htmlEvals,
    imageEvals,
    languageEvals,
    listEvals,
    mimeEvals,
    networkEvals,
    parseFlagEvals,
    pdfEvals,
    recipientEvals,
    relayEvals,
    uriEvals,
  ].flatMap((family) => Object.entries(family)),
);

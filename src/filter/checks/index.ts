/** The table of checks. Add one: a file beside this one, a line here, and cases in `cases/NAME.cases`. */
import type { Check } from '../types.ts';
import { arc } from './arc.ts';
import { archives } from './archives.ts';
import { attachments } from './attachments.ts';
import { bayes } from './bayes.ts';
import { bodyShape } from './body-shape.ts';
import { clamd } from './clamd.ts';
import { date } from './date.ts';
import { dkim } from './dkim.ts';
import { dmarc } from './dmarc.ts';
import { duplicateHeaders } from './duplicate-headers.ts';
import { encoding } from './encoding.ts';
import { fileTypes } from './file-types.ts';
import { from } from './from.ts';
import { fuzzy } from './fuzzy.ts';
import { gtube } from './gtube.ts';
import { helo } from './helo.ts';
import { htmlFiles } from './html-files.ts';
import { htmlTraits } from './html-traits.ts';
import { html } from './html.ts';
import { invisibleText } from './invisible-text.ts';
import { limits } from './limits.ts';
import { links } from './links.ts';
import { mailingList } from './mailing-list.ts';
import { messageId } from './message-id.ts';
import { mimeDefects } from './mime-defects.ts';
import { missingHeaders } from './missing-headers.ts';
import { mixedScript } from './mixed-script.ts';
import { model } from './model.ts';
import { office } from './office.ts';
import { pdf } from './pdf.ts';
import { phishing } from './phishing.ts';
import { qrCodesCheck } from './qr-codes.ts';
import { received } from './received.ts';
import { recipients } from './recipients.ts';
import { replyTo } from './reply-to.ts';
import { reputation } from './reputation.ts';
import { reverseName } from './reverse-name.ts';
import { sender } from './sender.ts';
import { spf } from './spf.ts';
import { subject } from './subject.ts';
import { urlShape } from './url-shape.ts';

/** In the order they run, which is the order of the hits. */
export const checks: readonly Check[] = [
  missingHeaders,
  duplicateHeaders,
  date,
  messageId,
  from,
  replyTo,
  subject,
  mixedScript,
  recipients,
  sender,
  mailingList,
  received,
  helo,
  reverseName,
  spf,
  dkim,
  dmarc,
  arc,
  attachments,
  archives,
  fileTypes,
  office,
  pdf,
  clamd,
  qrCodesCheck,
  bodyShape,
  encoding,
  html,
  htmlTraits,
  htmlFiles,
  invisibleText,
  links,
  urlShape,
  phishing,
  bayes,
  model,
  fuzzy,
  reputation,
  gtube,
  mimeDefects,
  limits,
];

/** Default score by symbol, of all checks. */
export const symbolScores: ReadonlyMap<string, number> = scoresOf(checks);

export function scoresOf(some: readonly Check[]): Map<string, number> {
  return new Map(
    some.flatMap(({ symbols }) =>
      Object.entries(symbols).map(([symbol, { score }]) => [symbol, score] as const),
    ),
  );
}

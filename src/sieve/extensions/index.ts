import type { Extension } from '../definitions.ts';
import { body } from './body.ts';
import { comparatorAsciiNumeric } from './comparator-i-ascii-numeric.ts';
import { comparatorUnicodeCasemap } from './comparator-i-unicode-casemap.ts';
import { comparatorAsciiCasemap, comparatorOctet } from './comparators.ts';
import { copy } from './copy.ts';
import { date } from './date.ts';
import { editheader } from './editheader.ts';
import { duplicate } from './duplicate.ts';
import { encodedCharacter } from './encoded-character.ts';
import { enotify } from './enotify.ts';
import { envelopeDeliverBy } from './envelope-deliverby.ts';
import { envelopeDsn } from './envelope-dsn.ts';
import { envelope } from './envelope.ts';
import { ereject } from './ereject.ts';
import { extlists } from './extlists.ts';
import { fcc } from './fcc.ts';
import { fileinto } from './fileinto.ts';
import { imap4flags } from './imap4flags.ts';
import { imapSieve } from './imapsieve.ts';
import { indexExtension } from './index-extension.ts';
import { mailbox } from './mailbox.ts';
import { mailboxId } from './mailboxid.ts';
import { mboxMetadata } from './mboxmetadata.ts';
import { environment } from './environment.ts';
import { ihave } from './ihave.ts';
import { includeExtension } from './include.ts';
import { redirectDeliverBy } from './redirect-deliverby.ts';
import { redirectDsn } from './redirect-dsn.ts';
import { regex } from './regex.ts';
import { processcalendar } from './processcalendar.ts';
import { reject } from './reject.ts';
import { relational } from './relational.ts';
import { serverMetadata } from './servermetadata.ts';
import { snooze } from './snooze.ts';
import { specialUse } from './special-use.ts';
import { subaddress } from './subaddress.ts';
import { variables } from './variables.ts';
import { vndDovecotDebug } from './vnd-dovecot-debug.ts';
import { vndDovecotEnvironment } from './vnd-dovecot-environment.ts';
import { vacation } from './vacation.ts';
import { vacationSeconds } from './vacation-seconds.ts';
import { vndDovecotDuplicate } from './vnd-dovecot-duplicate.ts';
import { vndDovecotTestsuite } from './vnd-dovecot-testsuite.ts';
import { enclose } from './enclose.ts';
import { foreverypart } from './foreverypart.ts';
import { mime } from './mime.ts';
import { vndDovecotReport } from './vnd-dovecot-report.ts';
import { vndDovecotExecute, vndDovecotFilter, vndDovecotPipe } from './programs.ts';
import { spamtest, spamtestplus, virustest } from './spamtest.ts';
import { extracttext } from './extracttext.ts';
import { convert } from './convert.ts';
import { replace } from './replace.ts';

/** The capabilities scripts may require. */
export const extensions: readonly Extension[] = [
  body,
  comparatorAsciiCasemap,
  comparatorAsciiNumeric,
  comparatorOctet,
  comparatorUnicodeCasemap,
  copy,
  date,
  editheader,
  encodedCharacter,
  envelope,
  envelopeDeliverBy,
  envelopeDsn,
  ereject,
  fcc,
  fileinto,
  imap4flags,
  imapSieve,
  indexExtension,
  mailbox,
  mailboxId,
  mboxMetadata,
  environment,
  ihave,
  includeExtension,
  redirectDeliverBy,
  redirectDsn,
  regex,
  reject,
  relational,
  serverMetadata,
  snooze,
  specialUse,
  subaddress,
  variables,
  vndDovecotDebug,
  vndDovecotEnvironment,
  vacation,
  vacationSeconds,
  duplicate,
  extlists,
  enotify,
  processcalendar,
  vndDovecotDuplicate,
  vndDovecotTestsuite,
  enclose,
  foreverypart,
  mime,
  vndDovecotPipe,
  vndDovecotReport,
  vndDovecotFilter,
  vndDovecotExecute,
  virustest,
  spamtestplus,
  spamtest,
  extracttext,
  convert,
  replace,
];

import type { Extension } from '../definitions.ts';
import { comparatorAsciiNumeric } from './comparator-i-ascii-numeric.ts';
import { comparatorAsciiCasemap, comparatorOctet } from './comparators.ts';
import { editheader } from './editheader.ts';
import { duplicate } from './duplicate.ts';
import { encodedCharacter } from './encoded-character.ts';
import { envelope } from './envelope.ts';
import { ereject } from './ereject.ts';
import { extlists } from './extlists.ts';
import { fileinto } from './fileinto.ts';
import { reject } from './reject.ts';
import { relational } from './relational.ts';
import { subaddress } from './subaddress.ts';
import { variables } from './variables.ts';
import { vacation } from './vacation.ts';
import { vacationSeconds } from './vacation-seconds.ts';
import { vndDovecotDuplicate } from './vnd-dovecot-duplicate.ts';

/** The capabilities scripts may require. */
export const extensions: readonly Extension[] = [
  comparatorAsciiCasemap,
  comparatorAsciiNumeric,
  comparatorOctet,
  editheader,
  encodedCharacter,
  envelope,
  ereject,
  fileinto,
  reject,
  relational,
  subaddress,
  variables,
  vacation,
  vacationSeconds,
  duplicate,
  extlists,
  vndDovecotDuplicate,
];

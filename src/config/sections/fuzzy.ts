import { z } from 'zod';
import type { FuzzySettings } from '../../filter/fuzzy/settings.ts';
import { custom, type Described, duration, flag, real, size, whole } from '../settings.ts';

export const fuzzySettings: Described<FuzzySettings> = {
  enabled: flag('Compare messages with those that were learned (tamis learn): texts and attached files.'),
  minimumWords: whole(5, 1000, 'Words a text must have to be compared.'),
  similarity: real(0.3, 1, 'Share of shingles two texts have in common, from which they count as copies.'),
  fileBytes: size('1', '50M', 'Octets from which an attached file counts'),
  imageBytes: size('1', '50M', 'Octets from which a picture counts'),
  expire: duration('s', '1h', '3650d', 'Time after which what was learned is forgotten'),
  entries: whole(100, 100_000_000, 'Texts and files learned in that time; more are not learned.'),
  timeout: duration('ms', '10ms', '10s', 'Time a scan waits for what the state knows'),
  traps: custom(
    z.array(z.string().min(3).max(320)).max(10_000),
    'Addresses of spam traps: mail for them alone is learned as probable spam.',
  ),
};

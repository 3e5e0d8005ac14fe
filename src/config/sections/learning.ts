import { defaultLearningSettings, type LearningSettings } from '../../filter/learning/settings.ts';
import { flag, settings, texts, whole } from '../settings.ts';

export const learningSection = settings<LearningSettings>(
  defaultLearningSettings,
  {
    enabled: flag('Learn spam from mail that users move into Junk, and ham from what they move out of it.'),
    spamKeywords: texts('Keywords that call a message spam when a client sets them.'),
    hamKeywords: texts('Keywords that call it ham.'),
    rate: whole(1, 10_000, 'Messages learned in a second.'),
  },
  'Learning from what users do with their mail.',
);

import type { Answers } from './types.ts';

/**
 * RFC 9671 §4. Two mails about one meeting must not both be made of what was there before: mails of the account take
 * turns.
 */
export const calendars = {
  'calendar-find': async ({ uid }, { calendars: own, turn }) => {
    if (own === undefined) throw new Error('there are no calendars');
    await turn();
    return (await own.find(uid)) ?? ((await own.hasRoom()) ? undefined : false);
  },
} satisfies Partial<Answers>;

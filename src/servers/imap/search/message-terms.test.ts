import { expect, test } from 'vitest';
import { FakeMailbox } from '../../../../test/support/fake-mailbox.ts';
import { foldUnicode } from '../../../message/casemap.ts';
import { SearchFailure } from '../../../store/search/search-thread.ts';
import type { SearchIndexes, SearchTerm } from '../../../store/search/types.ts';
import { searchLimits } from './limits.ts';
import { messageTerms } from './message-terms.ts';

const FOX: SearchTerm = { kind: 'text', where: 'body', text: foldUnicode('fox') };
const DOG: SearchTerm = { kind: 'text', where: 'body', text: foldUnicode('dog') };

test('where no thread answers short messages are read all the same, long ones hold nothing', async () => {
  const mailbox = new FakeMailbox('a', 'INBOX');
  mailbox.deliver('Subject: a\r\n\r\nthe quick fox\r\n');
  mailbox.deliver(`Subject: b\r\n\r\nfox ${'-'.repeat(searchLimits.octetsWithoutThread)}\r\n`);
  let asked = 0;
  const indexes: Pick<SearchIndexes, 'scan'> = {
    scan: async () => {
      asked++;
      throw new SearchFailure('the thread has ended');
    },
  };
  const terms = (uid: number): Promise<readonly (boolean | undefined)[] | undefined> =>
    messageTerms(mailbox, uid, [FOX, DOG], [], indexes as SearchIndexes);
  expect(await terms(1)).toEqual([true, false]);
  expect(await terms(2)).toEqual([false, false]);
  expect(asked).toBe(6);
});

import { afterEach, describe, expect, test } from 'vitest';
import { SearchFailure, SearchThread } from './search-thread.ts';

let thread: SearchThread;
afterEach(() => thread.close());

const question = {
  raw: Buffer.from('Subject: a\r\n\r\nfox\r\n'),
  terms: [{ kind: 'text', where: 'body', text: 'FOX' }],
} as const;

describe('a search thread', () => {
  test('that takes too long is ended, and another answers the next question', async () => {
    thread = new SearchThread(60, 'at once');
    const slow = { ...question, raw: Buffer.alloc(30_000_000, 'Subject: a\r\n\r\n<p>') };
    const failed = await thread.ask('scan', '', slow, 1).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(SearchFailure);
    expect(await thread.ask('scan', '', question, 20_000)).toEqual([true]);
  });

  test('takes the questions that wait for it with it', async () => {
    thread = new SearchThread(60, 'at once');
    const slow = { ...question, raw: Buffer.alloc(30_000_000, 'Subject: a\r\n\r\n<p>') };
    const answers = await Promise.allSettled([
      thread.ask('scan', '', slow, 1),
      thread.ask('scan', '', question),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  test('tells what went wrong with a file, and goes on', async () => {
    thread = new SearchThread(60, 'background');
    const mailbox = { mailboxId: 'm', uidValidity: 1 };
    await expect(thread.ask('state', '/dev/null/search.sqlite', { mailbox })).rejects.toMatchObject({
      damaged: false,
    });
    expect(await thread.ask('scan', '', question)).toEqual([true]);
  });

  test('ends when it has nothing to do, and is started again', async () => {
    thread = new SearchThread(0.01, 'at once');
    expect(await thread.ask('scan', '', question)).toEqual([true]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await thread.ask('scan', '', question)).toEqual([true]);
  });
});

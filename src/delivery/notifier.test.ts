import { expect, test } from 'vitest';
import { createHttpsNotifier } from './notifier.ts';

const hook = { kind: 'https', url: 'https://hook.example/x', body: '{"a":1}' } as const;

test('posts the body, and follows no redirect', async () => {
  const calls: [unknown, RequestInit | undefined][] = [];
  const notifier = createHttpsNotifier((url, options) => {
    calls.push([url, options]);
    return Promise.resolve(new Response('fine', { status: 202 }));
  });
  await notifier.send(hook);
  expect(calls).toMatchObject([
    [
      hook.url,
      { method: 'POST', body: hook.body, redirect: 'error', headers: { 'content-type': 'application/json' } },
    ],
  ]);
});

test('an answer that is no success is an error, and so is another way', async () => {
  const notifier = createHttpsNotifier(() => Promise.resolve(new Response('', { status: 500 })));
  await expect(notifier.send(hook)).rejects.toThrow('the server answered 500');
  await expect(notifier.send({ kind: 'xmpp', to: 'a@b', stanza: '<x/>' })).rejects.toThrow(
    'nothing here sends by xmpp',
  );
});

import { expect, it, test } from 'vitest';
import { parseText } from '../config/load.ts';
import type { OutboundMail } from '../delivery/types.ts';
import { silentLog } from '../log.ts';
import type { Outgoing } from '../transaction/outgoing.ts';
import { earlierResults, outboundSigner, signingMaterial } from './signing.ts';

const mail = (more: Partial<OutboundMail>): OutboundMail => ({
  cause: 'm1',
  sender: 'a@example.org',
  recipients: ['b@example.net'],
  pieces: [Buffer.from('From: a@example.org\r\n'), Buffer.from('\r\nx\r\n')],
  kind: 'relay',
  ...more,
});

/** An {@link Outgoing} that tells what it was asked. */
function fake(onFailure: 'unsigned' | 'tempfail' = 'unsigned', fails = false) {
  const asked: unknown[] = [];
  const answer = (what: unknown) => {
    asked.push(what);
    if (fails) throw new Error('busy');
    return [{ kind: 'insert', position: 0, name: 'X-Signature', value: 'a=1;\n\tb=2' }] as const;
  };
  const outgoing = {
    onFailure,
    signOwn: async ({ id, raw }: { id: string; raw: Uint8Array }, account: string | undefined) =>
      answer({ id, raw: Buffer.from(raw).toString(), account }),
    seal: async ({ id }: { id: string }, received: unknown) => answer({ id, received }),
  } as unknown as Outgoing;
  return { asked, signer: outboundSigner(outgoing, silentLog) };
}

const text = 'From: a@example.org\r\n\r\nx\r\n';
test.each([
  [
    { kind: 'vacation', account: 'a@example.org' },
    { id: 'm1', raw: text, account: 'a@example.org' },
  ],
  [
    { kind: 'notify', account: 'a@example.org' },
    { id: 'm1', raw: text, account: 'a@example.org' },
  ],
  [{ kind: 'bounce' }, { id: 'm1', raw: text, account: undefined }],
  [{ kind: 'report' }, { id: 'm1', raw: text, account: undefined }],
  [
    { kind: 'redirect', received: { field: 'mx; spf=none', arc: { result: 'pass' } } },
    { id: 'm1', received: { results: 'mx; spf=none', chain: 'pass' } },
  ],
] as const)('%j', async (more, asked) => {
  const outgoing = fake();
  const fields = await outgoing.signer.fields(mail(more));
  expect(Buffer.from(fields).toString()).toBe('X-Signature: a=1;\r\n\tb=2\r\n');
  expect(outgoing.asked).toEqual([asked]);
});

test.each([{ kind: 'vacation' }, { kind: 'notify' }, { kind: 'redirect' }, { kind: 'relay' }] as const)(
  'nothing for %j: whose word it is is not known, or it is signed already',
  async (more) => {
    const outgoing = fake();
    expect((await outgoing.signer.fields(mail(more))).length).toBe(0);
    expect(outgoing.asked).toEqual([]);
  },
);

it('has the line endings of the mail', async () => {
  const fields = await fake().signer.fields(mail({ kind: 'report', pieces: [Buffer.from('From: a\n\nx')] }));
  expect(Buffer.from(fields).toString()).toBe('X-Signature: a=1;\n\tb=2\n');
});

it('fails as configured', async () => {
  expect((await fake('unsigned', true).signer.fields(mail({ kind: 'report' }))).length).toBe(0);
  await expect(fake('tempfail', true).signer.fields(mail({ kind: 'report' }))).rejects.toThrow('busy');
  expect((await outboundSigner(undefined, silentLog).fields(mail({ kind: 'report' }))).length).toBe(0);
});

it('a configuration with keys that was loaded without them does not start', () => {
  const yaml = 'signing: { keys: [{ domain: example.org, selector: s, file: s.pem }] }';
  expect(() => signingMaterial({ ...parseText('x', yaml, '/'), file: undefined })).toThrow(
    'without its private keys',
  );
  expect(signingMaterial({ ...parseText('x', '', '/'), file: undefined })).toBeUndefined();
});

it('what our milter found out is believed where nothing is scanned again', () => {
  const of = (field: string) =>
    earlierResults('mx.example')(Buffer.from(`${field}From: a@b.example\r\n\r\nx`));
  expect(of('Authentication-Results: mx.example;\r\n\tarc=pass\r\n')).toEqual({
    field: 'mx.example;\n\tarc=pass',
    arc: { result: 'pass' },
  });
  expect(of('Authentication-Results: other.example; arc=pass\r\n')).toBeUndefined();
  expect(of('')).toBeUndefined();
});

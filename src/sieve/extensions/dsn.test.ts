import { describe, expect, test } from 'vitest';
import { compiled, faults, holds, mail, runInput, runNow } from '../../../test/support/sieve.ts';
import type { Recipient } from '../../message/envelope.ts';
import type { Action, RunInput } from '../types.ts';

const raw = mail('From: user@example.com', '', '');

function input(recipient: Partial<Recipient>, more: Partial<RunInput> = {}): RunInput {
  const plain = runInput(raw, 'sender@example.org', 'me@example.com');
  const other = { address: 'other@example.com', notify: 'FAILURE', orcpt: 'rfc822;other@example.com' };
  return {
    ...plain,
    envelope: {
      ...plain.envelope,
      recipients: [other, { address: 'me@example.com', ...recipient }],
      ret: 'HDRS',
      envid: 'QQ+2B31',
    },
    now: new Date('2026-11-22T10:00:00Z'),
    ...more,
  };
}

const capabilities = [
  'envelope',
  'envelope-dsn',
  'envelope-deliverby',
  'relational',
  'comparator-i;ascii-numeric',
  'date',
  'variables',
];

describe('envelope-dsn (RFC 6009)', () => {
  const is = (test: string, recipient: Partial<Recipient>): boolean =>
    holds(test, input(recipient), capabilities);

  test('notify: each wish is a value', () => {
    const some = { notify: 'SUCCESS,delay' };
    expect(is('envelope "notify" "SUCCESS"', some)).toBe(true);
    expect(is('envelope "notify" "DELAY"', some)).toBe(true);
    expect(is('envelope "notify" "FAILURE"', some)).toBe(false);
    const one =
      'allof(envelope "notify" "FAILURE", envelope :comparator "i;ascii-numeric" :count "eq" "notify" "1")';
    expect(is(one, { notify: 'FAILURE' })).toBe(true);
    expect(is(one, { notify: 'FAILURE,DELAY' })).toBe(false);
    expect(is(one, {})).toBe(false);
  });

  test('orcpt: decoded, with its type', () => {
    expect(is('envelope :matches "orcpt" "rfc822;*@example.com"', { orcpt: 'rfc822;you@example.com' })).toBe(
      true,
    );
    expect(is('envelope "orcpt" "rfc822;a+b@example.com"', { orcpt: 'rfc822;a+2Bb@example.com' })).toBe(true);
    expect(
      is('envelope "orcpt" "utf-8;grüße@example.com"', { orcpt: 'utf-8;gr\\x{FC}\\x{DF}e@example.com' }),
    ).toBe(true);
    expect(is('envelope :contains "orcpt" ""', {})).toBe(false);
  });

  test('ret and envid', () => {
    expect(is('envelope "ret" "hdrs"', {})).toBe(true);
    expect(is('envelope "envid" "QQ+31"', {})).toBe(true);
  });

  test('needs require', () => {
    expect(faults('require "envelope"; if envelope "notify" "x" { keep; }')).toEqual([
      '1:33 error: envelope: part "notify" needs require "envelope-dsn"',
    ]);
  });
});

describe('envelope-deliverby (RFC 6009)', () => {
  const by = {
    seconds: 600,
    mode: 'return',
    trace: true,
    received: new Date('2026-11-22T09:55:00Z'),
  } as const;
  const is = (test: string, deliverBy: RunInput['deliverBy'] = by): boolean =>
    holds(
      test,
      input({}, { zone: 'Europe/Berlin', ...(deliverBy === undefined ? {} : { deliverBy }) }),
      capabilities,
    );

  test('the time, as a date of the zone', () => {
    expect(is('envelope "bytimeabsolute" "2026-11-22T11:05:00+01:00"')).toBe(true);
    expect(is('envelope :zone "+0000" "bytimeabsolute" "2026-11-22T10:05:00Z"')).toBe(true);
    const both =
      'allof(envelope :zone "+0200" "bytimeabsolute" "2026-11-22T12:05:00+02:00", envelope "bytimeabsolute" "2026-11-22T11:05:00+01:00")';
    expect(is(both)).toBe(true);
  });

  test('what is left of it', () => {
    expect(is('envelope "bytimerelative" "300"')).toBe(true);
    const late =
      'anyof(envelope :contains "bytimerelative" "-", envelope :value "eq" :comparator "i;ascii-numeric" "bytimerelative" "0")';
    expect(is(late)).toBe(false);
    expect(is(late, { ...by, seconds: 200 })).toBe(true);
    expect(is(late, { ...by, seconds: 300 })).toBe(true);
  });

  test('mode and trace', () => {
    expect(is('allof(envelope "bymode" "return", envelope "bytrace" "true")')).toBe(true);
    expect(
      is('allof(envelope "bymode" "notify", envelope "bytrace" "false")', {
        ...by,
        mode: 'notify',
        trace: false,
      }),
    ).toBe(true);
  });

  test('without BY= there is nothing to compare', () => {
    for (const part of ['bytimeabsolute', 'bytimerelative', 'bymode', 'bytrace'])
      expect(holds(`envelope :contains "${part}" ""`, input({}), capabilities)).toBe(false);
  });

  test('faults', () => {
    expect(
      faults('require ["envelope", "envelope-deliverby"]; if envelope :zone "+0000" "bymode" "x" { keep; }'),
    ).toEqual(['1:57 error: envelope: tag :zone needs require "date"']);
  });
});

const REQUIRE = 'require ["redirect-dsn", "redirect-deliverby", "copy", "variables"];';

function first(script: string): Action | undefined {
  const { actions, error } = runNow(compiled(REQUIRE + script), input({}));
  if (error !== undefined) throw new Error(error.text);
  return actions[0];
}
const wrong = (script: string): string[] =>
  faults(`${REQUIRE}\n${script}`).filter((fault) => !fault.includes('not used'));
const fails = (script: string): string | undefined =>
  runNow(compiled(REQUIRE + script), input({})).error?.text;

describe('redirect-dsn (RFC 6009)', () => {
  test('what the next server is asked for', () => {
    expect(first('redirect :copy :notify "NEVER" "elsewhere@example.com";')).toEqual({
      type: 'redirect',
      line: 1,
      address: 'elsewhere@example.com',
      notify: 'NEVER',
    });
    expect(first('redirect :notify "failure, Delay,FAILURE" :ret "hdrs" "a@example.com";')).toMatchObject({
      notify: 'FAILURE,DELAY',
      ret: 'HDRS',
    });
  });

  test('faults', () => {
    const notify = '"NEVER", or some of "SUCCESS", "FAILURE" and "DELAY"';
    for (const value of ['', 'NEVER,DELAY', 'sometimes'])
      expect(wrong(`redirect :notify "${value}" "a@example.com";`)).toEqual([
        `2:10 error: redirect: :notify "${value}" is not ${notify}`,
      ]);
    expect(wrong('redirect :ret "all" "a@example.com";')).toEqual([
      '2:10 error: redirect: :ret "all" is not "FULL" or "HDRS"',
    ]);
    expect(fails('set "a" "x"; redirect :ret "${a}" "a@example.com";')).toBe(
      'redirect: :ret "x" is not "FULL" or "HDRS"',
    );
    expect(faults('redirect :notify "NEVER" "a@example.com";')).toEqual([
      '1:10 error: redirect: tag :notify needs require "redirect-dsn"',
    ]);
  });
});

describe('redirect-deliverby (RFC 6009)', () => {
  test('so many seconds, or until a time', () => {
    expect(first('redirect :copy :bytimerelative 600 "cellphone@example.com";')).toMatchObject({
      deliverBy: { limit: 600, mode: 'notify', trace: false },
    });
    const until = first(
      'redirect :bymode "Return" :bytrace :bytimeabsolute "2026-11-22T20:00:00+0100" "a@example.com";',
    );
    expect(until).toMatchObject({
      deliverBy: { limit: new Date('2026-11-22T19:00:00Z'), mode: 'return', trace: true },
    });
    expect(
      first('set "z" "-01:30"; redirect :bytimeabsolute "2026-11-22t20:00:00${z}" "a@example.com";'),
    ).toMatchObject({
      deliverBy: { limit: new Date('2026-11-22T21:30:00Z') },
    });
  });

  test('faults', () => {
    const rest = '"a@example.com";';
    expect(wrong(`redirect :bymode "notify" ${rest}`)).toEqual([
      '2:10 error: redirect: :bymode needs :bytimerelative or :bytimeabsolute',
    ]);
    expect(wrong(`redirect :bytrace ${rest}`)).toEqual([
      '2:10 error: redirect: :bytrace needs :bytimerelative or :bytimeabsolute',
    ]);
    expect(wrong(`redirect :bytimerelative 1 :bytimeabsolute "x" ${rest}`)).toEqual([
      '2:28 error: redirect: :bytimeabsolute cannot be used together with :bytimerelative',
    ]);
    expect(wrong(`redirect :bytimerelative 1G ${rest}`)).toEqual([
      '2:10 error: redirect: :bytimerelative is at most 999999999 seconds',
    ]);
    expect(wrong(`redirect :bymode "return" :bytimerelative 0 ${rest}`)).toEqual([
      '2:27 error: redirect: with :bymode "return" there must be some time',
    ]);
    expect(wrong(`redirect :bymode "fax" :bytimerelative 1 ${rest}`)).toEqual([
      '2:10 error: redirect: :bymode "fax" is not "notify" or "return"',
    ]);
    for (const time of ['2026-11-22', '2026-13-22T20:00:00Z', '2026-11-22T20:00:00'])
      expect(wrong(`redirect :bytimeabsolute "${time}" ${rest}`)).toEqual([
        `2:10 error: redirect: :bytimeabsolute "${time}" is not a time as "2026-03-02T09:05:00+01:00"`,
      ]);
    expect(fails(`set "a" "x"; redirect :bytimeabsolute "\${a}" ${rest}`)).toContain('is not a time');
    expect(fails(`set "a" "x"; redirect :bytimerelative 1 :bymode "\${a}" ${rest}`)).toContain(
      'is not "notify"',
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuTimer } from '../../../test/support/cpu.ts';
import { isReply, parseMail, parsePathCommand, parseRcpt } from './command.ts';

describe('parseMail', () => {
  it('reads the path and every parameter', () => {
    expect(
      parseMail('mail From:<a@example.com> SIZE=1234 body=8bitmime SMTPUTF8 RET=hdrs ENVID=QQ+2B1 AUTH=<>'),
    ).toEqual({
      sender: 'a@example.com',
      size: 1234,
      body: '8BITMIME',
      smtputf8: true,
      ret: 'HDRS',
      envid: 'QQ+2B1',
    });
    expect(parseMail('MAIL FROM:<>')).toEqual({ sender: '' });
    expect(parseMail('MAIL FROM: <a@b> ')).toEqual({ sender: 'a@b' });
    expect(parseMail('MAIL FROM:<"a b>\\"c"@example.com>')).toEqual({ sender: '"a b>\\"c"@example.com' });
    expect(parseMail('MAIL FROM:<xn--p@xn--bcher-kva.example>')).toEqual({
      sender: 'xn--p@xn--bcher-kva.example',
    });
    expect(parseMail('MAIL FROM:<grün@bücher.example> SMTPUTF8')).toMatchObject({
      sender: 'grün@bücher.example',
    });
  });

  it.each([
    'MAIL FROM:a@b',
    'MAIL FROM:<a@b',
    'MAIL FROM:<a b@c>',
    'MAIL FROM:<a@b>SIZE=1',
    'MAIL TO:<a@b>',
    'MAIL FROM:<a@b> SIZE=x',
    'MAIL FROM:<a@b> SIZE=1 SIZE=2',
    'MAIL FROM:<a@b> SIZE=',
    'MAIL FROM:<a@b> BODY=BINARYMIME',
    'MAIL FROM:<a@b> SMTPUTF8=yes',
    'MAIL FROM:<a@b> ENVID=a+zz',
    'MAIL FROM:<a\r@b>',
    'MAIL FROM:<a@b\ufffd>',
    `MAIL FROM:<${'a'.repeat(2000)}@b>`,
  ])('answers 501 to %j', (line) => {
    expect(parseMail(line)).toMatchObject({ code: 501 });
  });

  it('answers 555 to a parameter it does not know', () => {
    expect(parseMail('MAIL FROM:<a@b> FUTURE=1')).toMatchObject({ code: 555, enhanced: '5.5.4' });
  });
});

describe('parseRcpt', () => {
  it('reads DSN parameters', () => {
    expect(parseRcpt('RCPT TO:<b@example.com> NOTIFY=success,delay ORCPT=rfc822;B+2Bx@example.com')).toEqual({
      address: 'b@example.com',
      notify: 'SUCCESS,DELAY',
      orcpt: 'rfc822;B+2Bx@example.com',
    });
  });

  it.each(['RCPT TO:<b@c> NOTIFY=NEVER,SUCCESS', 'RCPT TO:<b@c> NOTIFY', 'RCPT TO:<b@c> ORCPT=x'])(
    'refuses %s',
    (line) => {
      expect(parseRcpt(line)).toMatchObject({ code: 501 });
    },
  );

  it('refuses the empty path', () => {
    expect(parseRcpt('RCPT TO:<>')).toMatchObject({ code: 553 });
  });
});

describe('parsePathCommand', () => {
  it('takes any text, quickly, and lets no control character through', () => {
    const token = fc.constantFrom(
      'MAIL FROM:',
      '<',
      '>',
      '"',
      '\\',
      ' ',
      'a@b',
      '=',
      'SIZE=1',
      '\r',
      '\n',
      '\0',
      'é',
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 200 }), (tokens) => {
        const parsed = parsePathCommand(`MAIL FROM:<${tokens.join('')}`, 'MAIL FROM');
        if (parsed !== undefined) {
          expect(parsed.path).not.toMatch(/[\x00-\x1f]/);
          expect([...parsed.parameters.values()].join('')).not.toMatch(/[\x00-\x20]/);
        }
      }),
      { numRuns: 500 },
    );
    const used = cpuTimer();
    parsePathCommand(`MAIL FROM:<${'"'.repeat(12_000)}`, 'MAIL FROM');
    parsePathCommand(`MAIL FROM:<${'"a"'.repeat(4000)}`, 'MAIL FROM');
    parsePathCommand(`MAIL FROM:<a>${' '.repeat(12_000)}\u00e9`, 'MAIL FROM');
    expect(used()).toBeLessThan(500);
  });

  it('tells replies from commands', () => {
    expect(isReply(parseMail('MAIL FROM:<>'))).toBe(false);
    expect(isReply(parseMail('MAIL'))).toBe(true);
  });
});

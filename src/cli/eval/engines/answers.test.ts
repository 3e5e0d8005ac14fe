import { describe, expect, test } from 'vitest';
import { parseAnswers, timesOf } from './bogofilter.ts';
import { parseReply } from './rspamd.ts';
import { parseJudgement } from './spamassassin.ts';

describe('what other filters answer', () => {
  test('bogofilter: path and spamicity, spam from its cutoff', () => {
    const answers = parseAnswers('/mail/a b.eml 0.9900000000000000\n/mail/c.eml 5.2e-17\nnoise\n');
    expect([...answers]).toEqual([
      ['/mail/a b.eml', { score: 0.99, spam: true, action: 'Spam', hits: [] }],
      ['/mail/c.eml', { score: 5.2e-17, spam: false, action: 'Ham', hits: [] }],
    ]);
  });

  test('CPU time as the shell prints it', () => {
    expect(timesOf('1m2.500000s 0m0.250000s')).toBe(62_750);
    expect(timesOf('')).toBe(0);
  });

  test('SpamAssassin: score and symbols', () => {
    expect(parseJudgement('ok 5.1 BAYES_99=3.5 HTML_MESSAGE=0.001')).toEqual({
      score: 5.1,
      spam: true,
      action: 'spam',
      hits: [
        { symbol: 'BAYES_99', score: 3.5 },
        { symbol: 'HTML_MESSAGE', score: 0.001 },
      ],
    });
    expect(parseJudgement('ok -1 ')).toMatchObject({ score: -1, spam: false, hits: [] });
    expect(() => parseJudgement('error No such file')).toThrow('No such file');
    expect(() => parseJudgement('ok')).toThrow('ok');
  });

  test('rspamd: score, action and symbols', () => {
    const reply = {
      score: 7.5,
      action: 'add header',
      symbols: { X: { name: 'X', score: 2, options: ['a'] } },
    };
    expect(parseReply(JSON.stringify(reply))).toEqual({
      score: 7.5,
      spam: true,
      action: 'add header',
      hits: [{ symbol: 'X', score: 2 }],
    });
    expect(parseReply('{"score":1}')).toEqual({ score: 1, spam: false, action: '', hits: [] });
    expect(() => parseReply('{"error":"no"}')).toThrow('no score');
  });
});

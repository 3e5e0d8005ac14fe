import { MemoryBudget } from '../../net/memory-budget.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RawMessage } from './raw-message.ts';
import { STEPS } from './wire/constants.ts';

const field = (raw: RawMessage, name: string, value: string): void =>
  raw.header(Buffer.from(name), Buffer.from(value));

describe('RawMessage', () => {
  it('puts header and body together in shared memory', () => {
    const raw = new RawMessage(1000, STEPS.HDR_LEADSPC);
    field(raw, 'From', ' <a@example.com>');
    field(raw, 'Subject', '\tfolded\n line\r\n\tagain');
    field(raw, 'X-Empty', '');
    raw.endOfHeaders();
    raw.body(Buffer.from('one\r\n'));
    raw.body(Buffer.from('two\r\n'));
    const whole = raw.finish();
    expect(whole?.toString()).toBe(
      'From: <a@example.com>\r\nSubject:\tfolded\r\n line\r\n\tagain\r\nX-Empty:\r\n\r\none\r\ntwo\r\n',
    );
    expect(whole?.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(whole?.buffer.byteLength).toBe(whole?.length);
  });

  it('gives back the space that was taken away where HDR_LEADSPC was not agreed on', () => {
    const raw = new RawMessage(1000, 0);
    field(raw, 'A', 'x');
    field(raw, 'B', '\ty');
    field(raw, 'C', '\n z');
    field(raw, 'D', '');
    expect(raw.finish()?.toString()).toBe('A: x\r\nB:\ty\r\nC:\r\n z\r\nD: \r\n\r\n');
  });

  it('does not let a value end its field', () => {
    const raw = new RawMessage(1000, 0);
    field(raw, 'A', 'x\n\nBcc: y\n');
    expect(raw.finish()?.toString()).toBe('A: x\r\n \r\n Bcc: y\r\n \r\n\r\n');
  });

  it('has the empty line also when the MTA never said that the header was over', () => {
    const raw = new RawMessage(1000, 0);
    raw.body(Buffer.from('x'));
    expect(raw.finish()?.toString()).toBe('\r\nx');
  });

  it('is every byte that was given, in blocks or not', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 70_000 }), { maxLength: 8 }), (sizes) => {
        const raw = new RawMessage(10_000_000, 0);
        raw.endOfHeaders();
        const chunks = sizes.map((size, index) => Buffer.alloc(size, index + 65));
        for (const chunk of chunks) raw.body(chunk);
        expect(
          Buffer.compare(raw.finish() ?? Buffer.alloc(0), Buffer.concat([Buffer.from('\r\n'), ...chunks])),
        ).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  it('keeps nothing above its limit, and says how large the message is', () => {
    const raw = new RawMessage(10, 0);
    raw.endOfHeaders();
    raw.body(Buffer.alloc(8));
    expect(raw.tooLarge).toBe(false);
    raw.body(Buffer.alloc(100_000));
    raw.body(Buffer.alloc(1));
    expect(raw.tooLarge).toBe(true);
    expect(raw.size).toBe(100_011);
    expect(raw.finish()).toBeUndefined();
  });

  it('keeps nothing when the memory of all is used up, and gives its own back', () => {
    const budget = new MemoryBudget(100);
    const [one, other] = [budget.share(), budget.share()];
    const raw = new RawMessage(1000, 0, one);
    raw.body(Buffer.alloc(90));
    expect(raw.noRoom).toBe(false);
    const late = new RawMessage(1000, 0, other);
    late.body(Buffer.alloc(90));
    expect(late.noRoom).toBe(true);
    expect(late.finish()).toBeUndefined();
    raw.release();
    late.release();
    expect(budget.used).toBe(0);
  });
});

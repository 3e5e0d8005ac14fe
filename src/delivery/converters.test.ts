import { describe, expect, test } from 'vitest';
import { type ConversionJob, createConverters } from './converters.ts';
import type { ProgramJob, Programs } from './programs.ts';

const job = (more: Partial<ConversionJob>): ConversionJob => ({
  from: 'text/html',
  to: 'text/plain',
  parameters: [],
  content: Buffer.from('<p>Gr&uuml;&szlig;e<p style="display:none">hidden</p><b>an alle</b>'),
  sender: 'a@example.org',
  recipient: 'b@example.com',
  ...more,
});

let jobs: ProgramJob[];
const programs: Programs = {
  known: () => true,
  run(one) {
    jobs.push(one);
    return Promise.resolve(one.program === 'fails' ? undefined : Buffer.from('out'));
  },
  close: () => undefined,
};
const LISTED = [
  { from: 'image/tiff', to: 'image/jpeg', program: 'convert-image' },
  { from: 'image/png', to: 'image/jpeg', program: 'fails' },
  { from: 'text/html', to: 'Text/Markdown', program: 'html' },
];

async function converted(more: Partial<ConversionJob>): Promise<string | undefined> {
  jobs = [];
  const content = await createConverters(LISTED, programs).convert(job(more));
  return content === undefined ? undefined : Buffer.from(content).toString('utf8');
}

describe('without a program', () => {
  test('HTML becomes what a reader sees of it', async () => {
    expect(await converted({})).toBe('Grüße\r\n\r\nan alle\r\n');
    expect(jobs).toEqual([]);
  });
  test('text stays as it is when only its charset is to change', async () => {
    expect(await converted({ from: 'text/plain', content: Buffer.from('ü') })).toBe('ü');
  });
  test('of much HTML nothing is rendered, and others get their turn', async () => {
    expect(await converted({ content: Buffer.alloc(1024 * 1024 + 1, 'a') })).toBeUndefined();
    const order: string[] = [];
    setImmediate(() => order.push('other'));
    await converted({}).then(() => order.push('converted'));
    expect(order).toEqual(['other', 'converted']);
  });
  test('nothing else can be converted, and nobody knows a parameter', async () => {
    expect(await converted({ to: 'image/png' })).toBeUndefined();
    expect(await converted({ parameters: ['width=70'] })).toBeUndefined();
  });
});

describe('with a program', () => {
  test('it is told both types and the parameters, and gets the content', async () => {
    const content = Buffer.from('II*');
    const parameters = ['pix-x=320', 'pix-y=--240 $(id)'];
    expect(await converted({ from: 'image/tiff', to: 'image/jpeg', parameters, content })).toBe('out');
    expect(jobs).toEqual([
      {
        command: 'convert',
        program: 'convert-image',
        arguments: ['image/tiff', 'image/jpeg', ...parameters],
        input: [content],
        sender: 'a@example.org',
        recipient: 'b@example.com',
      },
    ]);
  });
  test('types of the list are compared in any case', async () => {
    expect(await converted({ to: 'text/markdown' })).toBe('out');
  });
  test('one that fails converts nothing', async () => {
    expect(await converted({ from: 'image/png', to: 'image/jpeg' })).toBeUndefined();
  });
  test('what could be an option of the program, or is too much, is not handed over', async () => {
    for (const parameters of [
      ['--exec=id'],
      ['-o=x'],
      ['=x'],
      Array.from({ length: 17 }, (_, index) => `a${index}=b`),
      [`a=${'x'.repeat(1024)}`],
    ])
      expect(await converted({ from: 'image/tiff', to: 'image/jpeg', parameters })).toBeUndefined();
    expect(jobs).toEqual([]);
  });
});

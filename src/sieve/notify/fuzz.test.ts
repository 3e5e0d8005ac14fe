import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mail, runInput } from '../../../test/support/sieve.ts';
import { formatCalendar, parseCalendar } from '../calendar/ical.ts';
import { processItip, uidOf } from '../calendar/itip.ts';
import { mimeBody, textBody } from '../compose/body.ts';
import { composeMail, unstructured } from '../compose/mail.ts';
import { formatMailbox, parseMailbox } from '../compose/mailbox.ts';
import { threadFields } from '../compose/thread.ts';
import { parseMessage } from '../../message/parse.ts';
import { parseMailto } from './mailto-uri.ts';
import { methodFault } from './methods.ts';
import { percentDecode, percentEncode } from './uri.ts';

const odd = fc.string({
  unit: fc.constantFrom(...'ab@.,:;?&=%20"<>\\\r\n\t\0 \u0085\u2028ü€'.split(''), '😀'),
  maxLength: 60,
});
const RUNS = { numRuns: 300 };

test('whatever is written, a mail has the fields it was given and no others', () => {
  fc.assert(
    fc.property(odd, odd, odd, fc.boolean(), (value, name, body, mime) => {
      const from = formatMailbox({ name, address: 'a@b' });
      const raw = composeMail(
        [
          ['X-One', value],
          ['Subject', unstructured(value)],
          ['From', from],
        ],
        mime ? mimeBody(body) : textBody(body),
      );
      const { header } = parseMessage(raw);
      const names = header.fields
        .map(({ key }) => key)
        .filter((key) => !/^(?:content-|mime-version)/.test(key));
      expect(names).toEqual(['x-one', 'subject', 'from']);
      expect(header.get('from')?.addresses.map(({ address }) => address)).toEqual(['a@b']);
      for (const line of Buffer.from(raw).toString('latin1').split('\r\n'))
        expect(line).not.toMatch(/[\r\n]/);
    }),
    RUNS,
  );
});

test('addresses and URIs are read without exceptions, and back', () => {
  fc.assert(
    fc.property(odd, (text) => {
      const found = parseMailbox(text);
      if (found !== undefined) expect(parseMailbox(formatMailbox(found))?.address).toBe(found.address);
      parseMailto(`mailto:${text}`);
      for (const scheme of ['mailto', 'xmpp', 'https', 'x']) methodFault(`${scheme}:${text}`);
      expect(percentDecode(percentEncode(text))).toBe(text.toWellFormed());
      expect(percentEncode(text)).toMatch(/^(?:[\w.~-]|%[0-9A-F]{2})*$/);
    }),
    RUNS,
  );
});

test('ids of threads are ids', () => {
  fc.assert(
    fc.property(odd, odd, odd, (id, references, answered) => {
      const { message } = runInput(
        mail(`Message-ID: <${id}>`, `References: ${references}`, `In-Reply-To: ${answered}`, '', ''),
      );
      for (const [, value] of threadFields(message.header))
        expect(value).toMatch(/^<[^<>\s]+>(?: <[^<>\s]+>)*$/);
    }),
    RUNS,
  );
});

test('calendars of any lines are read, changed and written without exceptions', () => {
  const line = fc.oneof(
    fc.constantFrom(
      'METHOD:REQUEST',
      'METHOD:CANCEL',
      'METHOD:REPLY',
      'METHOD:ADD',
      'METHOD:PUBLISH',
      'BEGIN:VEVENT',
      'END:VEVENT',
      'BEGIN:VALARM',
      'END:VALARM',
      'UID:1',
      'ORGANIZER:mailto:o@x',
      'ATTENDEE;PARTSTAT=ACCEPTED:mailto:me@x',
      'RECURRENCE-ID:20240301',
      'DTSTART:20240301',
      'SEQUENCE:1',
      'SEQUENCE:x',
    ),
    odd,
  );
  const calendar = fc
    .array(line, { maxLength: 30 })
    .map((lines) => parseCalendar(['BEGIN:VCALENDAR', ...lines, 'END:VCALENDAR'].join('\r\n')));
  const event = fc.array(line, { maxLength: 8 }).map((lines) => {
    const kept = lines.filter((one) => !/^(?:BEGIN|END):/i.test(one) && /^[a-z-]+[;:]/i.test(one));
    return parseCalendar(
      [
        'BEGIN:VCALENDAR',
        'METHOD:REQUEST',
        'BEGIN:VEVENT',
        'UID:1',
        ...kept,
        'END:VEVENT',
        'END:VCALENDAR',
      ].join('\n'),
    );
  });
  const any = fc.oneof(calendar, event);
  fc.assert(
    fc.property(any, any, fc.boolean(), (incoming, stored, flag) => {
      if (typeof incoming === 'string') return;
      expect(parseCalendar(formatCalendar(incoming))).toEqual(incoming);
      const result = processItip({
        incoming,
        stored: typeof stored === 'string' || uidOf(stored) === undefined ? undefined : stored,
        owner: new Set(['me@x']),
        senders: new Set(['o@x']),
        allowPublic: flag,
        updatesOnly: false,
        deleteCancelled: flag,
        calendar: undefined,
      });
      if (result.change?.kind === 'put') expect(parseCalendar(result.change.data)).not.toBeTypeOf('string');
      expect(result.reason === '').toBe(result.change !== undefined);
    }),
    RUNS,
  );
});

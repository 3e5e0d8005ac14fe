/**
 * A milter that refuses mail with a forbidden word in its subject and marks everything else as seen.
 *
 *     node docs/examples/milter.ts inet:8899@127.0.0.1
 *     postconf -e smtpd_milters=inet:127.0.0.1:8899
 */
import { createMilterServer } from 'tamis/milter';

const milter = createMilterServer({
  // A function makes the handlers of one connection: what they remember is theirs alone.
  handlers: ({ id }) => {
    let subject = '';
    return {
      mail: () => {
        subject = '';
      },
      header: (_message, { name, value }) => {
        if (name.toLowerCase() === 'subject') subject = value;
      },
      endOfMessage: (message) => {
        if (/\bforbidden\b/i.test(subject))
          return { reply: { code: 550, enhanced: '5.7.1', text: 'We do not talk about this here' } };
        message.addHeader('X-Seen', `connection ${id}, ${message.recipients.length} recipients`);
        return 'accept';
      },
    };
  },
  // The MTA need not wait for an answer to each header field.
  silent: ['header'],
});

const where = await milter.listen(process.argv[2] ?? 'inet:8899@127.0.0.1');
console.log(`listening on ${where}`);
// Ctrl-C: messages under way are finished first.
process.once('SIGINT', () => void milter.close());
process.once('SIGTERM', () => void milter.close());

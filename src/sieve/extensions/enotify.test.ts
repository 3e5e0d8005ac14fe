import { describe, expect, test } from 'vitest';
import { compiled, faults, mail, runInput, runNow } from '../../../test/support/sieve.ts';
import { parseMessage } from '../../message/parse.ts';
import type { Message } from '../../message/types.ts';
import type { Answer, NotifyAction, Question, RunInput, RunOptions, RunOutcome } from '../types.ts';

const input = (...fields: string[]): RunInput => ({
  ...runInput(
    mail('From: Friend <friend@example.org>', 'Subject: Lunch?', 'Message-ID: <one@x>', ...fields, '', ''),
  ),
  now: new Date('2024-03-01T10:20:30Z'),
});

const answer = (question: Question): Answer =>
  question.ask === 'message-id' ? 'new@x' : question.ask === 'notify-online' ? 'yes' : undefined;

const settings = { notify: { xmppFrom: 'notify.example.com', httpsHosts: ['hooks.example.net', 'x:8443'] } };

function run(source: string, on = input(), options: RunOptions = { settings }): RunOutcome {
  const requires =
    '["enotify", "variables", "fileinto", "envelope", "relational", "comparator-i;ascii-numeric"]';
  return runNow(compiled(`require ${requires};\n${source}`), on, options, answer);
}

function notifications(...parameters: Parameters<typeof run>): NotifyAction[] {
  const { actions, error } = run(...parameters);
  if (error !== undefined) throw new Error(error.text);
  return actions.filter((action) => action.type === 'notify');
}

function sent(...parameters: Parameters<typeof run>): {
  message: Message;
  sender: string;
  recipients: readonly string[];
} {
  const [action] = notifications(...parameters);
  if (action?.payload?.kind !== 'mail') throw new Error(`no mail: ${action?.suppressed}`);
  const { raw, sender, recipients } = action.payload.mail;
  return { message: parseMessage(raw), sender, recipients };
}

const value = (message: Message, name: string): string | undefined => message.header.get(name)?.text;
const holds = (condition: string, options?: RunOptions): boolean =>
  run(`if ${condition} { discard; }`, input(), options).actions[0]?.type === 'discard';

describe('notify (RFC 5435 §3)', () => {
  test('does not touch the implicit keep or other actions', () => {
    const types = run('discard; notify "mailto:a@b"; notify "mailto:c@d";').actions.map(({ type }) => type);
    expect(types).toEqual(['discard', 'notify', 'notify']);
    expect(run('notify "mailto:a@b";').actions.map(({ type }) => type)).toEqual(['notify', 'keep']);
  });

  test('the examples of RFC 5435 §3.7', () => {
    const [first] = notifications(`if header :contains "from" "friend" {
      notify :importance "3" :message "This is probably very important" "mailto:alm@example.com"; }`);
    expect(first?.payload).toMatchObject({ kind: 'mail', mail: { recipients: ['alm@example.com'] } });
    const second = sent(`if header :matches "from" "*" { set "from" "\${1}"; }
      notify :importance "1" :message "[SIEVE] You have mail from \${from}"
        "mailto:0123456789@sms.example.net?to=backup@example.com";`);
    expect(second.recipients).toEqual(['0123456789@sms.example.net', 'backup@example.com']);
    expect(value(second.message, 'subject')).toBe('[SIEVE] You have mail from Friend <friend@example.org>');
    expect(value(second.message, 'importance')).toBe('high');
  });

  test('only so many', () => {
    const many = Array.from({ length: 9 }, (_, index) => `notify "mailto:${index}@x";`).join('\n');
    expect(run(many).error).toMatchObject({ line: 10, text: 'too many notify actions (at most 8)' });
  });

  test('what cannot be known before the run', () => {
    const error = (source: string): string | undefined => run(source).error?.text;
    expect(error('notify "${none}";')).toBe('notify: method "": it is no URI');
    expect(error('set "s" "tel"; notify "${s}:1";')).toBe('notify: method "tel:1": there is no method "tel"');
    expect(error('set "s" "x"; notify "mailto:${s}";')).toBe(
      'notify: method "mailto:x": "x" is not an address',
    );
    expect(error('set "i" "4"; notify :importance "${i}" "mailto:a@b";')).toBe(
      'notify: :importance must be "1", "2" or "3", not "4"',
    );
    expect(value(sent('set "f" "nobody"; notify :from "${f}" "mailto:a@b";').message, 'from')).toBe(
      '<me@example.com>',
    );
  });

  test('errors', () => {
    const cases: Readonly<Record<string, string>> = {
      'notify;': '2:1 error: notify: argument 1 (method) is missing: a string',
      'notify "tel:123";': '2:8 error: notify: method "tel:123": there is no method "tel"',
      'notify "alm@example.com";': '2:8 error: notify: method "alm@example.com": it is no URI',
      'notify "mailto:a b@c";': '2:8 error: notify: method "mailto:a b@c": it is no URI',
      'notify "mailto:";': '2:8 warning: notify: the URI names no recipient',
      'notify :options ["a=b", "x"] "mailto:a@b";':
        '2:25 error: notify: :options "x" is not a name and a value with "=" between',
      'notify :importance "0" "mailto:a@b";':
        '2:20 error: notify: :importance must be "1", "2" or "3", not "0"',
      'notify :importance 1 "mailto:a@b";':
        '2:20 error: notify: tag :importance must be a string, not a number',
      'notify :from "me" "mailto:a@b";': '2:14 error: notify: :from "me" is not an address',
      'notify :options "a=1" :options "b=1" "mailto:a@b";': '2:23 error: notify: tag :options is given twice',
      'notify :days 1 "mailto:a@b";': '2:8 error: notify: unknown tag :days',
    };
    for (const [source, expected] of Object.entries(cases))
      expect(faults(`require "enotify";\n${source}`)).toContain(expected);
    expect(faults('notify "mailto:a@b";')).toEqual(['1:1 error: command notify needs require "enotify"']);
  });
});

describe('mailto (RFC 5436)', () => {
  test('a whole mail', () => {
    const [action] = notifications('notify "mailto:alm@example.com";');
    const raw = action?.payload?.kind === 'mail' ? Buffer.from(action.payload.mail.raw).toString() : '';
    expect(raw.split('\r\n')).toEqual([
      'From: <me@example.com>',
      'To: alm@example.com',
      'Subject: Notification: Lunch?',
      'Date: Fri, 01 Mar 2024 10:20:30 +0000',
      'Message-ID: <new@x>',
      'References: <one@x>',
      'Auto-Submitted: auto-notified; owner-email="me@example.com"',
      'Importance: normal',
      'X-Priority: 3 (Normal)',
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 7bit',
      '',
      'Notification of new mail.',
      '',
      'From: Friend <friend@example.org>',
      'Subject: Lunch?',
      '',
    ]);
  });

  test('the example of RFC 5436 §3', () => {
    const { message } = sent(
      'notify :importance "3" "mailto:backup@example.com?subject=A%20mail%20for%20you&body=H%C3%A9llo%0D%0Ayou&x-pager=1";',
    );
    expect(value(message, 'subject')).toBe('A mail for you');
    expect(message.root.text).toBe('Héllo\nyou\n');
    expect(value(message, 'x-pager')).toBe('1');
    expect([value(message, 'importance'), value(message, 'x-priority')]).toEqual(['low', '5 (Lowest)']);
  });

  test('recipients: To, Cc and Bcc, each once, none twice in a run', () => {
    const uri = 'mailto:a@x,%22b%2Cc%22@x?to=d@x&cc=e%40x,%20A@X&bcc=f@x&cc=g@x%2Ch@x';
    const { message, recipients } = sent(`notify "${uri}";`);
    expect(recipients).toEqual(['a@x', '"b,c"@x', 'd@x', 'e@x', 'g@x', 'h@x', 'f@x']);
    expect(value(message, 'to')).toBe('a@x, "b,c"@x, d@x');
    expect(value(message, 'cc')).toBe('e@x, g@x, h@x');
    expect(message.header.get('bcc')).toBeUndefined();
    const all = notifications(
      'notify "mailto:a@x"; notify "mailto:A@X?cc=b@x"; notify :message "m" "mailto:b@x";',
    );
    expect(all.map(({ payload }) => (payload?.kind === 'mail' ? payload.mail.recipients : []))).toEqual([
      ['a@x'],
      ['b@x'],
    ]);
    const cut = { settings: { notify: { mailtoRecipients: 2 } } };
    expect(sent(`notify "${uri}";`, input(), cut).recipients).toEqual(['a@x', '"b,c"@x']);
  });

  test('what the URI may not write is left out', () => {
    const forbidden = [
      'from',
      'sender',
      'date',
      'message-id',
      'received',
      'auto-submitted',
      'return-path',
      'resent-to',
      'content-type',
      'mime-version',
      'references',
      'importance',
      'dkim-signature',
      'list-id',
    ];
    const { message } = sent(`notify "mailto:a@x?${forbidden.map((name) => `${name}=evil`).join('&')}";`);
    expect(Buffer.from(message.raw).toString()).not.toContain('evil');
  });

  test('nothing begins another field', () => {
    const { message } = sent('notify :message "a\r\nBcc: e@x" "mailto:a@x?x-b=1";');
    expect(message.header.get('bcc')).toBeUndefined();
    expect(value(message, 'subject')).toBe('a Bcc: e@x');
  });

  test('the subject: :message, URI, mail, nothing (RFC 5436 §2.6)', () => {
    const uri = 'mailto:a@x?subject=%C3%BCber';
    expect(value(sent(`notify :message "größer" "${uri}";`).message, 'subject')).toBe('größer');
    expect(value(sent(`notify "${uri}";`).message, 'subject')).toBe('über');
    const bare = { ...runInput(mail('', '')), now: new Date(0) };
    expect(value(sent('notify "mailto:a@x";', bare).message, 'subject')).toBe('Notification: (no subject)');
  });

  test(':from, and the envelope sender (RFC 5436 §2.3, RFC 5436 §2.7)', () => {
    const from = 'notify :from "Me <me@y>" "mailto:a@x";';
    expect(value(sent(from).message, 'from')).toBe('Me <me@y>');
    expect(sent(from).sender).toBe('me@y');
    expect(sent('notify "mailto:a@x";').sender).toBe('me@example.com');
    const bounce = { ...runInput(mail('Subject: x', '', ''), ''), now: new Date(0) };
    expect(sent(from, bounce).sender).toBe('');
    const recipients = [{ address: 'me@example.com', orcpt: 'rfc822;old@y' }];
    const on: RunInput = {
      ...input(),
      envelope: { client: {}, sender: 's@y', recipients },
      addresses: ['user@y'],
    };
    const sender = (mailtoEnvelopeFrom: string): string =>
      sent(from, on, { settings: { notify: { mailtoEnvelopeFrom } } }).sender;
    expect(
      ['null', 'sender', 'recipient', 'orig_recipient', 'user_email', '<p@y>', 'postmaster', 'odd'].map(
        sender,
      ),
    ).toEqual([
      '',
      's@y',
      'me@example.com',
      'old@y',
      'user@y',
      'p@y',
      'postmaster@example.com',
      'me@example.com',
    ]);
  });

  test('a notification causes no notification (RFC 5436 §2.7.1)', () => {
    for (const source of ['mailto:a@x', 'xmpp:a@x', 'https://hooks.example.net/'])
      expect(
        notifications(`notify "${source}";`, input('Auto-Submitted: auto-notified; owner-email="a@x"')),
      ).toEqual([
        { type: 'notify', line: 2, method: source, suppressed: 'the mail is a notification itself' },
      ]);
    expect(sent('notify "mailto:a@x";', input('Auto-Submitted: auto-generated')).recipients).toEqual(['a@x']);
  });

  test('URIs with faults', () => {
    const cases: Readonly<Record<string, string>> = {
      'mailto:a': '"a" is not an address',
      'mailto:a@b,': '"" is not an address',
      'mailto:a@b#c': 'it is no URI',
      'mailto:a@b%4': 'it is no URI',
      'mailto:a@b?to=': '"" is not an address',
      'mailto:a@b?&subject=x': 'it has an empty field',
      'mailto://a@b': 'its recipients have characters that must be encoded',
      'mailto:a@b?subject=x/y': 'it has a field with characters that must be encoded',
      'mailto:a@b?subject=a%0D%0ABcc:%20e@x': 'it has a control character in a field',
      'mailto:a@b?x-a=%00': 'it has a control character in a field',
      'mailto:a@b?body=%00': 'it has a control character in a field',
      'mailto:a@b?x%20y=z': 'it has a field without a name',
      'mailto:a@b?subject=%FF': 'its percent-encoding is not UTF-8',
      'mailto:a@b?cc=x': '"x" is not an address',
      [`mailto:a@b?${Array.from({ length: 17 }, (_, index) => `x-${index}=y`).join('&')}`]:
        'it has too many fields (at most 16)',
    };
    for (const [uri, fault] of Object.entries(cases))
      expect(faults(`require "enotify"; notify "${uri}";`)[0]).toContain(`": ${fault}`);
    for (const uri of [
      'mailto:a@b?',
      'mailto:a@b?x',
      'mailto:a@b?=x',
      'mailto:a@b?subject=x=y',
      'mailto:a@b?subject=x&',
      'MAILTO:a@b',
      'mailto:?to=a@b',
      'mailto:%61@b',
    ])
      expect(sent(`notify "${uri}";`).recipients).toEqual(['a@b']);
  });
});

describe('xmpp (RFC 5437)', () => {
  const stanza = (source: string): string => {
    const [action] = notifications(source);
    return action?.payload?.kind === 'xmpp' ? action.payload.stanza : '';
  };
  test('a headline', () => {
    expect(stanza('notify :importance "1" :message "Wherefore art thou?" "xmpp:romeo@im.example.com";')).toBe(
      "<message from='notify.example.com' to='romeo@im.example.com' type='headline'><subject>SIEVE</subject>" +
        "<body>Wherefore art thou?</body><headers xmlns='http://jabber.org/protocol/shim'>" +
        "<header name='Urgency'>high</header></headers></message>",
    );
  });
  test('text of the URI, of the mail, and from others', () => {
    const uri = 'xmpp:romeo@im.example.com/orchard?message;subject=Hi;body=a%3Cb';
    expect(stanza(`notify "${uri}";`)).toContain('<subject>Hi</subject><body>a&lt;b</body>');
    expect(stanza('notify "xmpp:a@x";')).toContain(
      '<body>New mail from Friend &lt;friend@example.org&gt;: Lunch?</body>',
    );
    expect(stanza('notify :from "me@x" :message "a\u0001]]>\' & b" "xmpp:a@x";')).toContain(
      '<body>a\ufffd]]&gt;&apos; &amp; b</body>',
    );
    expect(stanza('notify :from "me@x" "xmpp:a@x";')).toContain("<header name='Resent-From'>me@x</header>");
  });
  test('faults', () => {
    for (const uri of [
      'xmpp:',
      'xmpp:example.com',
      'xmpp:a@b?join',
      'xmpp:a@b?message;x',
      'xmpp:%FF@b',
      'xmpp:a b@c',
    ])
      expect(holds(`valid_notify_method "${uri}"`)).toBe(false);
    for (const uri of [
      'xmpp:a@b',
      'xmpp:a@b/c?message',
      'xmpp://guest@example.com/a@b?message;subject=Test',
      'XMPP:a@b',
    ])
      expect(holds(`valid_notify_method "${uri}"`)).toBe(true);
    expect(run('notify "xmpp:a@b";', input(), {}).error?.text).toBe(
      'notify: method "xmpp:a@b": this server does not send by XMPP',
    );
  });
  test('one of the same', () => {
    expect(notifications('notify "xmpp:a@x"; notify "xmpp:a@x"; notify "xmpp:b@x";')).toHaveLength(2);
  });
});

describe('https', () => {
  test('JSON for a program', () => {
    const [action] = notifications(
      'notify :importance "1" :message "m" "https://hooks.example.net/a?b=c#d";',
    );
    const payload = action?.payload;
    if (payload?.kind !== 'https') throw new Error('no https');
    expect(payload.url).toBe('https://hooks.example.net/a?b=c');
    expect(JSON.parse(payload.body)).toEqual({
      version: 1,
      owner: 'me@example.com',
      importance: 'high',
      message: 'm',
      from: null,
      mail: {
        id: '<one@x>',
        sender: 'sender@example.org',
        from: 'Friend <friend@example.org>',
        subject: 'Lunch?',
        date: null,
        size: input().message.raw.length,
      },
      time: '2024-03-01T10:20:30.000Z',
    });
  });
  test('only to hosts that are listed', () => {
    expect(run('notify "https://other.example/";').error?.text).toBe(
      'notify: method "https://other.example/": other.example is not among the hosts that may be notified',
    );
    expect(run('notify "https://hooks.example.net/";', input(), {}).error?.text).toBe(
      'notify: method "https://hooks.example.net/": this server sends no https notifications',
    );
    const valid = (uri: string): boolean => holds(`valid_notify_method "${uri}"`);
    expect(['https://HOOKS.example.net', 'https://x:8443/a'].map(valid)).toEqual([true, true]);
    const bad = [
      'https://x/',
      'https://hooks.example.net:81/',
      'http://hooks.example.net/',
      'https://u:p@hooks.example.net/',
      'https:',
      'https://hooks.example.net.evil.example/',
      `https://hooks.example.net/${'a'.repeat(2000)}`,
    ];
    expect(bad.map(valid)).toEqual(bad.map(() => false));
  });
});

describe('tests (RFC 5435 §4, RFC 5435 §5)', () => {
  test('valid_notify_method', () => {
    expect(holds('valid_notify_method ["mailto:a@b", "xmpp:a@b"]')).toBe(true);
    expect(holds('valid_notify_method ["mailto:a@b", "tel:1"]')).toBe(false);
    expect(holds('valid_notify_method "mailto:a@b,c"')).toBe(false);
    expect(holds('valid_notify_method "xmpp:a@b"', {})).toBe(false);
    const { trace } = run(
      'if valid_notify_method "tel:1" {} if valid_notify_method "mailto:a@b" {}',
      input(),
      { trace: true },
    );
    expect(trace.map(({ text }) => text)).toEqual([
      'valid_notify_method: "tel:1": there is no method "tel": false',
      'valid_notify_method: true',
      'implicit keep',
    ]);
  });
  test('notify_method_capability', () => {
    const cases: Readonly<Record<string, boolean>> = {
      '"mailto:a@b" "online" "maybe"': true,
      '"mailto:a@b" "Online" ["yes", "maybe"]': true,
      '"mailto:a@b" "online" "yes"': false,
      '"xmpp:a@b" "online" "YES"': true,
      '"https://hooks.example.net/" "online" "maybe"': true,
      '"tel:1" "online" "maybe"': false,
      '"mailto:a@b" "busy" "maybe"': false,
      ':matches "mailto:a@b" "online" "m*"': true,
      ':count "eq" :comparator "i;ascii-numeric" "tel:1" "online" "0"': true,
    };
    for (const [condition, expected] of Object.entries(cases))
      expect([condition, holds(`notify_method_capability ${condition}`)]).toEqual([condition, expected]);
  });
});

describe(':encodeurl (RFC 5435 §6)', () => {
  const encoded = (text: string): string | undefined => {
    const [first] = run(`set :encodeurl "v" ${JSON.stringify(text)}; fileinto "\${v}";`).actions;
    return first?.type === 'fileinto' ? first.mailbox : undefined;
  };
  test('all but unreserved characters, octet by octet', () => {
    expect(encoded('a-B.1_2~')).toBe('a-B.1_2~');
    expect(encoded("a b&c='d'!(*)/é€")).toBe('a%20b%26c%3D%27d%27%21%28%2A%29%2F%C3%A9%E2%82%AC');
  });
  test('the example of RFC 5435 §6', () => {
    const { message } = sent(`set "body_param" "Safe body&evil=evilbody";
      set :encodeurl "body_param" "\${body_param}";
      notify "mailto:tim@example.com?body=\${body_param}";`);
    expect(message.root.text).toBe('Safe body&evil=evilbody\n');
  });
  test('before :length, after :lower', () => {
    expect(run('set :encodeurl :length :upper "v" "é"; fileinto "${v}";').actions[0]).toMatchObject({
      mailbox: '6',
    });
    expect(faults('require "variables"; set :encodeurl "a" "b";')).toEqual([
      '1:26 error: set: tag :encodeurl needs require "enotify"',
    ]);
  });
});

/** Eval functions on the header, the way a message came, lists and authentication, by rules that ask them. */
import { describe, expect, test } from 'vitest';
import { type Case, isHit, noClient, plain, type Told } from './testing.ts';

function table(kind: string, cases: readonly Case[]): void {
  test.each(cases.map((one) => [one[0], one] as const))(
    `${kind} %s (%#)`,
    async (rule, [, message, hit, told]) => {
      expect(await isHit(kind, rule, message, told)).toBe(hit);
    },
  );
}

const hop = (name: string, ip: string, more = ''): string =>
  `Received: from ${name} (${more === '' ? name : more} [${ip}])\n\tby in.example.net (Postfix) with ESMTP id ABC; Tue, 10 Mar 2026 12:00:00 +0000\n`;
const free = '\nfreemail_domains gmail.com yahoo.* free.fr';

describe('header and way', () => {
  table('header', [
    ["check_illegal_chars('Subject', '0.00', '2')", plain('Subject: \xe9\xe8\xe7 x\n'), true],
    ["check_illegal_chars('Subject', '0.00', '2')", plain('Subject: caf\xc3\xa9\n'), false],
    ['subject_is_all_caps()', plain('Subject: Re: BUY THIS NOW\n'), true],
    ['subject_is_all_caps()', plain('Subject: Buy this now\n'), false],
    ["check_for_to_in_subject('user')", plain('To: ann@example.org\nSubject: ann, look at this\n'), true],
    [
      "check_for_to_in_subject('address')",
      plain('To: ann@example.org\nSubject: for ann@example.org today\n'),
      true,
    ],
    ["check_for_to_in_subject('user')", plain('To: ann@example.org\nSubject: annual report\n'), false],
    ["check_header_count_range('Subject', '2', '999')", plain('Subject: a\nSubject: b\n'), true],
    ['check_unresolved_template()', plain('X-Mailer: %MAILER_NAME\n'), true],
    [
      'check_ratware_name_id()',
      plain(`From: "Ann" <a@b.org>\nMessage-ID: <${'A'.repeat(28)}.a@b.org>\n`),
      true,
    ],
    [
      'check_ratware_envelope_from()',
      plain('To: ann@example.org\n'),
      true,
      { envelope: { client: {}, sender: 'example.org.ann@x.com', recipients: [] } },
    ],
    ['check_for_missing_to_header()', plain('Cc: a@example.org\n'), true],
    ['check_for_matching_env_and_hdr_from()', plain('From: BOUNCE@example.org\n'), true],
    ['check_equal_from_domains()', plain('From: a@example.com\n'), true],
    ['check_equal_from_domains()', plain('From: a@mail.example.org\n'), false],
    [
      "check_for_shifted_date('3', '6')",
      plain(`${hop('a', '203.0.113.9')}Date: Tue, 10 Mar 2026 16:00:00 +0000\n`),
      true,
    ],
    [
      "check_for_shifted_date('undef', '-96')",
      plain(`${hop('a', '203.0.113.9')}Date: Tue, 3 Mar 2026 12:00:00 +0000\n`),
      true,
    ],
    [
      "check_for_shifted_date('3', '6')",
      plain(`${hop('a', '203.0.113.9')}Date: Tue, 10 Mar 0126 12:0:5 Eastern Daylight Time\n`),
      true,
    ],
    ["check_for_shifted_date('3', '6')", plain('Date: Tue, 10 Mar 2026 16:00:00 +0000\n'), false],
    ["received_within_months('undef', '1')", plain('Date: Tue, 3 Mar 2026 12:00:00 +0000\n'), true],
    [
      'check_outlook_message_id()',
      plain('Message-ID: <000001c20000$00000000$00000000@x>\nDate: Tue, 3 Mar 2026 12:00:00 +0000\n'),
      true,
    ],
    ['sorted_recipients()', plain(`To: ${'abcdefgh'.replace(/./g, '$&@x.org, ')}z@x.org\n`), true],
    [
      "similar_recipients('0.65', 'undef')",
      plain(`To: ${'abcdefgh'.replace(/./g, 'an$&@x.org, ')}anz@x.org\n`),
      true,
    ],
    ['check_all_trusted()', plain(hop('a', '10.0.0.1')), true, noClient],
    ['check_all_trusted()', plain(hop('a', '10.0.0.1')), false],
    ['check_no_relays()', plain(''), true, noClient],
    ['check_relays_unparseable()', plain('Received: from x (over there) by y\n'), true],
    ['helo_ip_mismatch()', plain(hop('203.0.114.1', '198.51.100.1')), true, noClient],
    ['check_for_numeric_helo()', plain(hop('203.0.113.1', '203.0.113.1')), true, noClient],
    ['check_for_no_rdns_dotcom_helo()', plain(hop('mx.yahoo.com', '203.0.113.1', 'unknown')), true, noClient],
    [
      'check_mailfrom_matches_rcvd()',
      plain(`Return-Path: <a@example.org>\n${hop('mx.example.org', '203.0.113.1')}`),
      true,
      noClient,
    ],
    [
      'check_for_forged_received_trail()',
      plain(['one.com', 'two.com', 'three.com'].map((name) => hop(name, '203.0.113.1')).join('')),
      true,
      noClient,
    ],
    ['gated_through_received_hdr_remover()', plain('From: a@example.org\n'), true],
    [
      'check_for_forged_gmail_received_headers()',
      plain(`From: a@gmail.com\n${hop('a', '203.0.113.1')}`),
      true,
    ],
    [
      'check_for_forged_yahoo_received_headers()',
      plain(`From: a@yahoo.com\n${hop('a', '203.0.113.1')}`),
      true,
    ],
    [
      'check_for_forged_yahoo_received_headers()',
      plain(`From: a@yahoo.com\n${hop('x.yahoo.com', '203.0.113.1')}`),
      false,
      noClient,
    ],
    ['check_for_forged_juno_received_headers()', plain(`From: a@juno.com\n${hop('a', '203.0.113.1')}`), true],
    [
      'check_for_forged_eudoramail_received_headers()',
      plain(`From: a@eudoramail.com\n${hop('a', '203.0.113.1')}`),
      true,
    ],
    [
      'check_for_forged_hotmail_received_headers()',
      plain(`From: a@e.org\n${hop('hotmail.com', '203.0.113.1')}`),
      true,
    ],
    [
      'check_for_no_hotmail_received_headers()',
      plain(`From: a@hotmail.com\n${hop('a', '203.0.113.1')}`),
      true,
    ],
    [
      'check_for_fake_aol_relay_in_rcvd()',
      plain('Received: from x by rly-xw01.mx.aol.com with QMQP\n'),
      true,
    ],
    ['check_for_faraway_charset_in_headers()\nok_locales en', plain('Subject: =?koi8-r?B?eA==?=\n'), true],
    ['have_any_bounce_relays()\nwelcomelist_bounce_relays x.example.net', plain(''), true],
  ]);
});

describe('free addresses and lists', () => {
  table('header', [
    [`check_freemail_from()${free}`, plain('From: ann@gmail.com\n'), true],
    [`check_freemail_from()${free}`, plain('From: ann@yahoo.fr\n'), true],
    [`check_freemail_from()${free}`, plain('From: support@gmail.com\n'), false],
    [`check_freemail_from('\\d@')${free}`, plain('From: ann@gmail.com\n'), false],
    [`check_freemail_header('Reply-To', '\\d@')${free}`, plain('Reply-To: ann9@gmail.com\n'), true],
    [`check_freemail_body()${free}`, plain('', 'write to ann@gmail.com today\n'), true],
    [`check_freemail_replyto('replyto')${free}`, plain('From: a@gmail.com\nReply-To: b@free.fr\n'), true],
    [`check_freemail_replyto('replyto')${free}`, plain('From: a@gmail.com\nReply-To: a@gmail.com\n'), false],
    [
      `check_freemail_replyto('reply')${free}`,
      plain('From: a@gmail.com\n', 'answer b@free.fr please\n'),
      true,
    ],
    [
      "check_from_in_list('BANK')\nenlist_addrlist (BANK) *@bank.example",
      plain('From: x@bank.example\n'),
      true,
    ],
    [
      "check_from_in_list('BANK')\nenlist_addrlist (BANK) *@bank.example",
      plain('From: x@bank.example.org\n'),
      false,
    ],
    [
      "check_replyto_in_list('BANK')\nenlist_addrlist (BANK) *@bank.example",
      plain('Reply-To: x@bank.example\n'),
      true,
    ],
    ['check_from_in_blocklist()\nblacklist_from *@bad.example', plain('From: x@bad.example\n'), true],
    ['check_from_in_whitelist()\nwelcomelist_from x@good.example', plain('From: X@good.example\n'), true],
    ['check_to_in_more_spam()\nmore_spam_to ben@*', plain(''), true],
    [
      'check_from_in_welcomelist()\nwelcomelist_from_rcvd *@good.example good.example',
      plain(`From: x@good.example\n${hop('mx.good.example', '203.0.113.1')}`),
      true,
      noClient,
    ],
    [
      'check_forged_in_welcomelist()\nwelcomelist_from_rcvd *@good.example good.example',
      plain(`From: x@good.example\n${hop('mx.bad.example', '203.0.113.1')}`),
      true,
      noClient,
    ],
    [
      'check_from_in_default_welcomelist()\ndef_welcomelist_from_rcvd *@good.example [203.0.113.0/24]',
      plain(`From: x@good.example\n${hop('a', '203.0.113.1')}`),
      true,
      noClient,
    ],
    [
      'check_subject_in_blocklist()\nblocklist_subject buy * now',
      plain('Subject: please buy it all now!\n'),
      true,
    ],
  ]);
});

const signed = (domain: string): Told => ({
  authentication: { field: 'x', dkim: [{ result: 'pass', domain, selector: 's', aligned: true }] },
});

describe('authentication, Bayes, network', () => {
  table('header', [
    [
      'check_for_spf_pass()',
      plain(''),
      true,
      { authentication: { spf: { result: 'pass', domain: 'e.org', identity: 'mailfrom' } } },
    ],
    ['check_for_spf_fail()', plain(''), false],
    [
      'check_for_spf_helo_pass()',
      plain(''),
      true,
      { authentication: { spfHelo: { result: 'pass', domain: 'e.org', identity: 'helo' } } },
    ],
    [
      'check_for_spf_welcomelist_from()\nwelcomelist_from_spf *@example.org',
      plain(''),
      true,
      { authentication: { spf: { result: 'pass', domain: 'example.org', identity: 'mailfrom' } } },
    ],
    ['check_dkim_signed()', plain(''), true, signed('example.org')],
    ["check_dkim_valid('*.example.org')", plain(''), true, signed('a.example.org')],
    ["check_dkim_valid('example.com')", plain(''), false, signed('a.example.org')],
    ['check_dkim_valid_author_sig()', plain('From: a@example.org\n'), true, signed('example.org')],
    ['check_dkim_valid_envelopefrom()', plain(''), true, signed('example.org')],
    ['check_dkim_dependable()', plain(''), false],
    ["check_dkim_adsp('D')\nadsp_override *.example.org discardable", plain('From: a@x.example.org\n'), true],
    [
      "check_dkim_adsp('D')\nadsp_override *.example.org discardable",
      plain('From: a@x.example.org\n'),
      false,
      signed('x.example.org'),
    ],
    [
      'check_for_dkim_welcomelist_from()\nwelcomelist_from_dkim *@example.org',
      plain('From: a@example.org\n'),
      true,
      signed('example.org'),
    ],
    [
      'check_for_dkim_welcomelist_from()\nwelcomelist_from_dkim *@example.org',
      plain('From: a@example.org\n'),
      false,
      signed('example.com'),
    ],
    ['check_arc_valid()', plain(''), true, { authentication: { arc: { result: 'pass', instances: 1 } } }],
    [
      'check_dmarc_reject()',
      plain(''),
      true,
      { authentication: { dmarc: { result: 'fail', domain: 'e.org', policy: 'reject' } } },
    ],
    ["check_bayes('0.95', '0.99')", plain(''), true, { bayes: { probability: 0.97, tokens: 20 } }],
    ["check_bayes('0.00', '0.01')", plain(''), true, { bayes: { probability: 0, tokens: 20 } }],
    ["check_bayes('0.00', '0.01')", plain(''), false],
    ["check_rbl('x', 'bl.example.')", plain(''), false],
    [
      "check_rbl('x', 'bl.example.')",
      plain(''),
      true,
      { ruleNetwork: { ask: ({ args }) => Promise.resolve(args[1] === 'bl.example.') } },
    ],
  ]);
});

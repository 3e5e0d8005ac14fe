/** Where we do otherwise than Pigeonhole 0.5.19, by the script of the case: what is right, and why. */
export const kept: Readonly<Record<string, { readonly ours: string; readonly reason: string }>> = {
  'if header :matches "x-stars" "*\\\\" { set "o" "0[${0}] 1[${1}] 2[${2}] 3[${3}] 4[${4}]"; } else { set "o" "no"; }':
    {
      ours: 'store INBOX\nvacation 604800 [] [] o: no',
      reason: 'its :matches breaks off with an assertion',
    },
  'set :quoteregex "v" "a.b*[c]^$(d)|{e}+?\\\\"; set "o" "[${v}]";': {
    ours: 'store INBOX\nvacation 604800 [] [] o: [a\\.b\\*\\[c\\]\\^\\$\\(d\\)\\|\\{e\\}\\+\\?\\\\]',
    reason: 'it has no :quoteregex',
  },
  'set :quoteregex :lower "v" "A.B"; set "o" "[${v}]";': {
    ours: 'store INBOX\nvacation 604800 [] [] o: [a\\.b]',
    reason: 'it has no :quoteregex',
  },
  'set "o" "${a.b}";': {
    ours: 'invalid',
    reason: 'a namespace of no required capability is an error (RFC 5229 §3)',
  },
  'set "f" "  a   b "; addflag "f" "c";  set "o" "[${f}]";': {
    ours: 'store INBOX\nvacation 604800 [] [] o: [a b c]',
    reason: 'a list that addflag has changed is written with single spaces (RFC 5232 §2)',
  },
  'foreverypart { if header :mime :matches :contenttype "content-type" "*" { set "o" "${o}[${1}]"; } }': {
    ours: 'store INBOX\nvacation 604800 [] [] o: [multipart/mixed][multipart/alternative][text/plain][text/html][message/rfc822][text/plain][application/pdf][text/x-log]',
    reason: 'media types have no case (RFC 2045 §5.1): ours come in lower case, its as written',
  },
  'foreverypart { if header :mime :matches :subtype "content-type" "*" { set "o" "${o}[${1}]"; } }': {
    ours: 'store INBOX\nvacation 604800 [] [] o: [mixed][alternative][plain][html][rfc822][plain][pdf][x-log]',
    reason: 'media types have no case (RFC 2045 §5.1): ours come in lower case, its as written',
  },
  'foreverypart { if header :mime :contenttype "content-type" "text/html" { extracttext "v"; set "o" "${o}[${v}]"; } }':
    {
      ours: 'store INBOX\nvacation 604800 [] [] o: [Html words]',
      reason: 'it ends the text of HTML with a space',
    },
  'foreverypart { if header :mime :contenttype "content-type" "text/plain" { extracttext :first 5 "v"; set "o" "${o}[${v}]"; } }':
    {
      ours: 'store INBOX\nvacation 604800 [] [] o: [Grüße][inner]',
      reason: 'its :first counts octets and cuts a character; RFC 5703 §7 counts characters',
    },
  'if date :zone "+0000" :matches "x-rfc850" "iso8601" "*" { set "o" "[${1}]"; } else { set "o" "no"; }': {
    ours: 'store INBOX\nvacation 604800 [] [] o: [1994-11-06T08:49:37Z]',
    reason: 'dates in the form of old news are read too, as everywhere in Tamis',
  },
  'vacation :subject "${s}" "v${s}";': {
    ours: 'store INBOX\nvacation 604800 [Auto: Hello Wide World] [] v',
    reason:
      'an empty subject says nothing; its reply has the same subject as ours, but sieve-test prints the empty one',
  },
  'vacation :days 0 "Away";': {
    ours: 'store INBOX\nvacation 86400 [] [] Away',
    reason: 'the smallest number of days is 1 (RFC 5230 §4.1); only :seconds may be 0 (RFC 6131 §2)',
  },
  'notify :importance "3" :message "m" "mailto:a@x.example,b@x.example";': {
    ours: 'notify 3 [m] [] To: a@x.example, To: b@x.example\nstore INBOX',
    reason: 'a mailto URI may name several recipients with commas between (RFC 6068 §2)',
  },
  'if duplicate { discard; } if duplicate { discard; }': {
    ours: 'store INBOX',
    reason: 'its second test of the same id makes the run fail',
  },
  'if environment :contains "NAME" "" { keep; } else { discard; }': {
    ours: 'store INBOX',
    reason: 'ours takes names of items in any case',
  },
  'fileinto "${hex:4}${hex:41}";': {
    ours: 'invalid',
    reason: 'it finds the control character in the name of a mailbox only when it files',
  },
  'deleteheader :last "x-num"; discard;': {
    ours: 'invalid',
    reason: ':last belongs to :index (RFC 5293 §5)',
  },
  'addheader "" "x";': {
    ours: 'invalid',
    reason: 'the empty string is not the name of a field (RFC 5293 §4)',
  },
  'if address :matches "reply-to" "*" { set "o" "0[${0}] 1[${1}] 2[${2}]"; } else { set "o" "no"; }': {
    ours: 'store INBOX\nvacation 604800 [] [] o: no',
    reason: 'what is no address has no address; to it the whole value is one',
  },
  'if address :count "eq" :comparator "i;ascii-numeric" "reply-to" "1" { set "o" "yes"; } else { set "o" "no"; }':
    {
      ours: 'store INBOX\nvacation 604800 [] [] o: no',
      reason: 'what is no address has no address; to it the whole value is one',
    },
  'if address :matches "bcc" "*" { set "o" "0[${0}] 1[${1}] 2[${2}]"; } else { set "o" "no"; }': {
    ours: 'store INBOX\nvacation 604800 [] [] o: no',
    reason: 'the test never acts on the names of groups (RFC 5228 §5.1)',
  },
  'if address :count "eq" :comparator "i;ascii-numeric" "bcc" "1" { set "o" "yes"; } else { set "o" "no"; }':
    {
      ours: 'store INBOX\nvacation 604800 [] [] o: no',
      reason: 'the test never acts on the names of groups (RFC 5228 §5.1)',
    },
  'if header :matches "x-folded" "*" { set "o" "0[${0}] 1[${1}] 2[${2}]"; } else { set "o" "no"; }': {
    ours: 'store INBOX\nvacation 604800 [] [] o: 0[one two	three] 1[one two	three] 2[]',
    reason: 'unfolding takes away the line break only (RFC 5322 §2.2.3); it makes a space of a tab',
  },
  'if header :is "x-folded" "one two three" { set "o" "yes"; } else { set "o" "no"; }': {
    ours: 'store INBOX\nvacation 604800 [] [] o: no',
    reason: 'unfolding takes away the line break only (RFC 5322 §2.2.3); it makes a space of a tab',
  },
  'if date :index 2 :zone "+0000" "received" "year" "2025" { set "o" "yes"; } else { set "o" "no"; }': {
    ours: 'store INBOX\nvacation 604800 [] [] o: yes',
    reason: ':index picks among the fields of the date test too (RFC 5260 §6); it finds the first only',
  },
  'if date :last :index 1 :zone "+0000" "received" "year" "2025" { set "o" "yes"; } else { set "o" "no"; }': {
    ours: 'store INBOX\nvacation 604800 [] [] o: yes',
    reason: ':index picks among the fields of the date test too (RFC 5260 §6); it finds the first only',
  },
  'fileinto text: # comment\nA\n.\n;': {
    ours: 'invalid',
    reason: 'it finds the line break in the name of a mailbox only when it files',
  },
  'redirect "ü@b.example";': {
    ours: 'redirect ü@b.example',
    reason: 'local parts may be UTF-8 (RFC 6532 §3.2)',
  },
};

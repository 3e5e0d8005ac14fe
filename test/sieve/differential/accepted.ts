/** A difference that is known: where it shows, and why it stays. */
export interface Accepted {
  readonly reason: string;
  /** Whether a script and a mail may show it. */
  readonly when: (script: string, mail: string) => boolean;
}

/** Tags of a test with their arguments, between two others. */
const TAGS = String.raw`(?: :\w+| \d+| "[^"]*")*`;
const has = (pattern: string): RegExp => new RegExp(pattern.replaceAll('TAGS', TAGS));

const WILD_PAIR = /"[^"]*\?[^"]*\*[^"]*"/;
const ORDERED = has(String.raw`\b(?:hasflag|address|envelope)TAGS :value "[gl][te]"`);
const BODY_TEXT = has(String.raw`\bbody :text(?: :comparator "[^"]*")?(?! :contains)`);
const INDEX_COUNT = has(':indexTAGS :count');
const DETAIL_COUNT = has(':detailTAGS :count');
const STRING_DEFAULT = /\bstring (?!:comparator)/;
const BODY_AFTER_EDIT = /\b(?:add|delete)header[^]*\bbody\b/;
const COUNTED_PARAMETER = /:mime\b[^;{]*:param\b[^;{]*:count|:count\b[^;{]*:param\b/;
const COPY_THEN_NOT =
  /\b(fileinto|redirect) :copy ("[^"]*");[^]*\b\1 \2;|fileinto :copy "[^"]*\$[^]*\bfileinto "[^"]*\$/;

/** An inner loop over parts, and a mail in which a part ends with one that has parts. */
const INNER_LOOP = /\bforeverypart\b[^{]*\{[^]*\bforeverypart\b/;
const DEEP =
  /^Content-Type: (?:multipart|message)\/[^]*?\r\n\r\n[^]*^Content-Type: (?:multipart|message)\//im;
const SEVERAL_RECIPIENTS = /(?:valid_notify_method|notify_method_capability)\b[^;{]*"mailto:[^"?]*,/;

/** Of Pigeonhole 0.5.19, as Debian has it. */
export const accepted: readonly Accepted[] = [
  {
    reason: 'its :matches finds a key with "?" and a "*" later in values where it is not',
    when: (script) => script.includes(':matches') && WILD_PAIR.test(script),
  },
  {
    reason:
      'its i;ascii-casemap orders by lower case, RFC 4790 §9.2 by upper case: "_" and "\\" stand elsewhere',
    when: (script) => ORDERED.test(script),
  },
  {
    reason:
      'to it an empty body is no body; to RFC 5173 §4 it is the empty string when the empty line is there',
    when: (script, mail) => /\bbody\b/.test(script) && /\r\n\r\n(?:\r\n)*(?:--=b=|$)/.test(mail),
  },
  {
    reason: 'it makes another text of HTML (RFC 5173 §5.3 leaves that open): white space differs',
    when: (script, mail) => BODY_TEXT.test(script) && mail.includes('text/html'),
  },
  {
    reason: 'its :count with :index counts otherwise than the field that :index picks',
    when: (script) => INDEX_COUNT.test(script),
  },
  {
    reason: 'its :count counts an address that has no detail; the test has no value for it (RFC 5233 §4)',
    when: (script) => DETAIL_COUNT.test(script),
  },
  {
    reason: 'its implicit keep stays when an action without :copy follows the same one with it (RFC 3894 §2)',
    when: (script) => COPY_THEN_NOT.test(script),
  },
  {
    reason: 'its string test compares by i;octet where none is given; RFC 5228 §2.7.3 says i;ascii-casemap',
    when: (script) => STRING_DEFAULT.test(script),
  },
  {
    reason: 'after an edit of the header it finds no body any more',
    when: (script) => BODY_AFTER_EDIT.test(script),
  },
  {
    reason: 'its :count counts a parameter that is not there, as an empty one',
    when: (script) => COUNTED_PARAMETER.test(script),
  },
  {
    reason: 'an inner loop over a part that ends two levels deeper goes on behind the part (RFC 5703 §3)',
    when: (script, mail) => INNER_LOOP.test(script) && DEEP.test(mail),
  },
  {
    reason: 'a part without fields ends its search in the parts (RFC 5703 §4)',
    when: (script, mail) => script.includes(':anychild') && /^--b\d\r\n\r\n/m.test(mail),
  },
  {
    reason: 'a mailto URI may name several recipients with commas between (RFC 6068 §2)',
    when: (script) => SEVERAL_RECIPIENTS.test(script),
  },
  {
    reason: 'its ihave is false for variables, which it has (RFC 5463 §4)',
    when: (script) => /\bihave\b[^{]*"variables"/i.test(script),
  },
  {
    reason: 'media types have no case (RFC 2045 §5.1): ours come in lower case, its as written',
    when: (script, mail) =>
      /:(?:sub|content)?type :matches/i.test(script) && /^content-type: (?:T|\w+\/[A-Z])/im.test(mail),
  },
  {
    reason: 'its :first counts octets and cuts a character; RFC 5703 §7 counts characters',
    when: (script) => /\bextracttext\b[^;]*:first/i.test(script),
  },
  {
    reason: 'text in a charset that nobody knows is no text (RFC 5703 §7); it takes the octets as they are',
    when: (script, mail) => /\bextracttext\b/i.test(script) && mail.includes('charset=x-unknown'),
  },
  {
    reason: 'its [[:alpha:]] holds the letters of ASCII only, ours those of all languages',
    when: (script) => script.includes('[[:alpha:]]'),
  },
  {
    reason:
      'white space around a value is not the value (RFC 5228 §5.7); it sees it in fields that it added itself',
    when: (script) => /\baddheader\b[^;]*"(?: [^"]*|[^"]* |)";/i.test(script),
  },
  {
    reason:
      'to it an encoded word that the script added is not encoded any more, until the mail is read again',
    when: (script) => /\baddheader\b[^;]*"=\?/i.test(script),
  },
  {
    reason: 'it counts on in numbers that are too large for any character',
    when: (script) => /\$\{unicode:[^}]*[\da-f]{9}/i.test(script),
  },
  {
    reason: 'its regular expressions go by octets: a dot is half of a letter beyond ASCII',
    when: (script, mail) => /:regex [^;{]*\(\.\)/.test(script) && /[^\0-\x7f]|=\?/.test(mail),
  },
  {
    reason: 'it makes another text of HTML (RFC 5703 §7 leaves that open): white space differs',
    when: (script, mail) => /\bextracttext\b/i.test(script) && mail.includes('text/html'),
  },
  {
    reason: 'it notifies of no mail that a program sent; RFC 5436 §2.7.1 wants that of notifications only',
    when: (script, mail) => /\bnotify\b/.test(script) && /^Auto-Submitted: auto-/m.test(mail),
  },
  {
    reason: 'it answers mail of little precedence too (RFC 3834 §2), and none that says it is not automatic',
    when: (script, mail) =>
      /\bvacation\b/.test(script) && /^(?:Precedence: bulk|Auto-Submitted: no)\r\n/m.test(mail),
  },
  {
    reason: 'an In-Reply-To of one id takes the place of References that are not there (RFC 5322 §3.6.4)',
    when: (script, mail) => /\bvacation\b/.test(script) && /^In-Reply-To: /m.test(mail),
  },
  {
    reason: 'it answers an empty Subject with a mark and nothing behind it, ours as if there were none',
    when: (script, mail) => /\bvacation\b/.test(script) && /^Subject: \r\n/m.test(mail),
  },
  {
    reason:
      'the address test never acts on the names of groups (RFC 5228 §5.1); it takes an empty group for an address',
    when: (script, mail) => /\baddress\b/.test(script) && mail.includes('undisclosed: ;'),
  },
  {
    reason:
      'when fields were removed it reads the others with their line ends, so that they no longer say what they say',
    when: (script, mail) =>
      /\bvacation\b[^]*\bdeleteheader\b|\bdeleteheader\b[^]*\bvacation\b/.test(script) &&
      /^X-Auto-Response-Suppress: /m.test(mail),
  },
  {
    reason: 'a variable that is set to its own value is empty afterwards',
    when: (script) => /\bset [^;]*"(\w+)" (?:"|text:\n)\$\{\1\}(?:"|\n)/i.test(script),
  },
];

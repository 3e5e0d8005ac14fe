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
const ABSENT_PARAMETER = has(':mimeTAGS :param');
const COPY_THEN_NOT =
  /\b(fileinto|redirect) :copy ("[^"]*");[^]*\b\1 \2;|fileinto :copy "[^"]*\$[^]*\bfileinto "[^"]*\$/;

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
    reason: 'to it a parameter that is not there is the empty string (RFC 5703 §4.2 leaves that open)',
    when: (script) => ABSENT_PARAMETER.test(script),
  },
];

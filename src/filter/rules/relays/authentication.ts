/** What a Received field says of the sender having logged in, in the words of the MTA that wrote it. */

interface AuthenticationForm {
  /** Text without which the pattern cannot match. */
  readonly needs: string;
  readonly pattern: RegExp;
  readonly method: (match: RegExpExecArray) => string;
}

const first = (match: RegExpExecArray): string => match[1] ?? '';

/** The first that matches decides. */
const FORMS: readonly AuthenticationForm[] = [
  // Protocol names that mean it: RFC 3848, 6531 §4.3; web mail.
  {
    needs: ' by ',
    pattern: / with ((?:ES|L|UTF8S|UTF8L)MTPS?A|ASMTP|HTTP[SU]?)(?: |;|$)/i,
    method: first,
  },
  // Google notes TLS only, but its ids for submissions have an `sm` in them.
  {
    needs: ' by mx.google.com with ESMTPS id ',
    pattern:
      / id [a-z0-9]{1,4}sm[0-9]{2,9}[a-z]{3}\.[0-9]{1,3}\.[0-9]{4}\.(?:[0-6][0-9]\.){4}[0-6][0-9].*\(version=([^ ]+) cipher=([^)]+)\)/,
    method: ([, version = '', cipher = '']) => `GMail - transport=${version} cipher=${cipher}`,
  },
  // Courier.
  {
    needs: '(AUTH: ',
    pattern: /[\])] ?\)? \(AUTH: (LOGIN|PLAIN|DIGEST-MD5|CRAM-MD5) \S+[^)]*\) by /,
    method: first,
  },
  // Sendmail, MDaemon, several web mailers.
  {
    needs: 'authenticated',
    pattern: /^from [^\]]*\](?: \([^)]*\))?\).* ?\([^()]*authenticated[^)]*\).* by/,
    method: () => 'Sendmail',
  },
  // GMX writes no more than its own form for those who may relay.
  {
    needs: 'mail.gmx.',
    pattern:
      /from \S* \((?:HELO|EHLO) \S*\) \[([\da-fA-F.:]+)\] by (mail\.gmx\.(?:net|com)) \([^)]+\) with (ESMTP|SMTP)/,
    method: ([, , host = '', protocol = '']) => `GMX (${protocol} / ${host})`,
  },
  {
    needs: '(authenticated as ',
    pattern: /\) by .+ \([\d.]{6,10}\) \(authenticated as .+\) id /,
    method: () => 'CriticalPath',
  },
  // Postfix with smtpd_sasl_authenticated_header, under whatever name it goes.
  {
    needs: '(Authenticated sender: ',
    pattern: /\) \(Authenticated sender: \S+\) by \S+ \(([^)]+)\) with /,
    method: ([, name = '']) => (name === 'Postfix' ? name : `Postfix (${name})`),
  },
  { needs: ' (account ', pattern: /CommuniGate Pro (?:HTTP|SMTP|XIMSS|IMAP)/, method: () => 'Communigate' },
  { needs: 'HTTP-DAV', pattern: / with Microsoft Exchange Server HTTP-DAV\b/, method: () => 'HTTP-DAV' },
  { needs: ' by ', pattern: / \(via (HTTP.?)\)(?: |;|$)/i, method: first },
];

/** The method a field of one line, with `from`, names; '' for none. */
export function authenticationOf(line: string): string {
  for (const { needs, pattern, method } of FORMS) {
    if (!line.includes(needs)) continue;
    const match = pattern.exec(line);
    if (match !== null) return method(match);
  }
  return '';
}

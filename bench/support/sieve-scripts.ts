/** Scripts and mails for `bench/sieve.ts`: as people have them, and made so that hardly any rule applies. */

/** What kinds of rules a script has, for the capabilities that an engine brings. */
export interface ScriptShape {
  rules: number;
  /** Rules with `body :text`, among the others. */
  bodyRules: number;
}

const REQUIRES = [
  'fileinto',
  'envelope',
  'relational',
  'comparator-i;ascii-numeric',
  'date',
  'variables',
  'imap4flags',
] as const;

/** `keep;` under the same requires: what a peer needs without any rule. */
export function emptyScript(shape: ScriptShape): string {
  return `${requireLine(shape)}keep;\n`;
}

/** Rules in turn of each kind; those on the body stand evenly between them. */
export function ruleScript(shape: ScriptShape): string {
  const every = shape.bodyRules === 0 ? Number.POSITIVE_INFINITY : Math.floor(shape.rules / shape.bodyRules);
  let bodies = 0;
  let text = requireLine(shape);
  for (let index = 0; index < shape.rules; index++) {
    const body = (index + 1) % every === 0 && bodies < shape.bodyRules;
    if (body) bodies++;
    text += body ? bodyRule(index) : (KINDS[index % KINDS.length] ?? headerRule)(index);
  }
  return text;
}

function requireLine({ bodyRules }: ScriptShape): string {
  return `require ${JSON.stringify(bodyRules > 0 ? [...REQUIRES, 'body'] : REQUIRES)};\n`;
}

const headerRule = (index: number): string =>
  `if header :contains ["subject", "x-campaign"] ["newsletter ${index}", "special offer ${index}", "unsubscribe-${index}"] {
  fileinto "Offers.${index}";
}
`;

const listRule = (index: number): string =>
  `if header :is "list-id" ["<announce-${index}.lists.example.org>", "<devel-${index}.lists.example.org>"] {
  fileinto "Lists.devel-${index}";
  stop;
}
`;

const addressRule = (index: number): string =>
  `if address :all :is ["from", "sender"] ["anna.${index}@example.net", "team-${index}@example.net"] {
  addflag "\\\\Flagged";
  fileinto "People.${index}";
}
`;

const domainRule = (index: number): string =>
  `if anyof (address :domain :is ["to", "cc"] "project${index}.example.org",
          address :localpart :matches "from" "no-reply-${index}*") {
  fileinto "Projects.${index}";
}
`;

const envelopeRule = (index: number): string =>
  `if envelope :domain :is "from" ["bulk${index}.example.com", "mailer${index}.example.com"] {
  fileinto "Bulk";
}
`;

const dateRule = (index: number): string =>
  `if allof (date :value "ge" :zone "+0000" "date" "hour" "22", header :contains "subject" "night shift ${index}") {
  fileinto "Night";
}
`;

const variableRule = (index: number): string =>
  `if header :matches "subject" "[ticket-${index}-*] *" {
  set :lower "number" "\${1}";
  fileinto "Tickets.\${number}";
}
`;

const flagRule = (index: number): string =>
  `if header :value "gt" :comparator "i;ascii-numeric" "x-priority" "${index + 6}" {
  addflag ["\\\\Seen", "$low${index}"];
  keep;
}
`;

const KINDS = [
  headerRule,
  listRule,
  addressRule,
  domainRule,
  envelopeRule,
  dateRule,
  variableRule,
  flagRule,
] as const;

const bodyRule = (index: number): string =>
  `if body :text :contains ["wire transfer ${index}", "lottery winner ${index}"] {
  fileinto "Suspicious.${index}";
}
`;

const WORDS =
  'the of and to in is that for it was on are with as his they be at one have this from or had by hot but some what there we can out other were all your when up use word how said an each she which do their time if will way about many then them would write like so these her long make thing see him two has look more day could go come did my sound no most number who over know water than call first people may down side been now find any new work part take get place made live where after back little only round man year came show every good me give our under name very through just form much great think say help low line before turn cause same mean differ move right boy old too does tell sentence set three want air well also play small end put home read hand port large spell add even land here must big high such follow act why ask men change went light kind off need house picture try us again animal point mother world near build self earth father'.split(
    ' ',
  );

/** A pseudo-random sequence, the same in each run. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A mail of about so many bytes: thirty header fields, plain text and the same as HTML. */
export function benchMail(bytes: number, seed: number): Buffer {
  const next = sequence(seed + 1);
  const word = (): string => WORDS[Math.floor(next() * WORDS.length)] ?? 'the';
  const line = (words: number): string => Array.from({ length: words }, word).join(' ');
  const hops = Array.from(
    { length: 4 },
    (_, hop) =>
      `Received: from mx${hop}.example.net (mx${hop}.example.net [192.0.2.${hop + 1}])\r\n` +
      `\tby relay${hop}.example.org (Postfix) with ESMTPS id 4F${seed}A${hop}00\r\n` +
      `\tfor <me@example.com>; Thu, 19 Nov 2026 10:0${hop}:00 +0000 (UTC)`,
  );
  const extra = Array.from({ length: 12 }, (_, index) => `X-Field-${index}: ${line(6)}`);
  const head = [
    'Return-Path: <sender@lists.example.net>',
    ...hops,
    'Date: Thu, 19 Nov 2026 10:00:00 +0000',
    `From: "${word()} ${word()}" <${word()}@example.net>`,
    `To: Me <me@example.com>, ${word()} <${word()}@example.org>`,
    `Cc: ${word()} <${word()}@example.org>`,
    `Subject: Re: =?utf-8?q?${word()}_=C3=A4_${word()}?= ${line(5)}`,
    `Message-ID: <${seed}.${Math.floor(next() * 1e9)}@example.net>`,
    'List-Id: <users.lists.example.net>',
    'X-Priority: 3',
    'MIME-Version: 1.0',
    'Content-Type: multipart/alternative; boundary="=-bench-boundary"',
    ...extra,
  ].join('\r\n');
  const half = Math.max(200, (bytes - head.length - 300) / 2);
  let plain = '';
  while (plain.length < half) plain += `${line(12)}\r\n${next() < 0.1 ? '\r\n' : ''}`;
  let html = '<html><body>\r\n';
  while (html.length < half) html += `<p>${line(6)} <b>${word()}</b> ${line(5)}</p>\r\n`;
  html += '</body></html>\r\n';
  const part = (type: string, text: string): string =>
    `--=-bench-boundary\r\nContent-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${text}\r\n`;
  return Buffer.from(
    `${head}\r\n\r\n${part('text/plain', plain)}${part('text/html', html)}--=-bench-boundary--\r\n`,
  );
}

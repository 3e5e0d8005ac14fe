/** Which language a text is in: by its script, and where several share one by their little words. */

/** Letters that are looked at. */
const MOST_TEXT = 10_000;
/** Letters a text must have: of less nothing is said. SpamAssassin wants as many bytes. */
const LEAST = 200;
/** Share of the letters a script must have. */
const SHARE = 0.5;
/** Share of the little words a language must have, and of those the best one has. */
const LEAST_WORDS = 0.12;
const NEAR_BEST = 0.85;

/** Scripts of one language, or of some that are not told apart. */
const SCRIPTS: readonly (readonly [script: RegExp, languages: readonly string[]])[] = [
  [/\p{Script=Greek}/u, ['el']],
  [/\p{Script=Hebrew}/u, ['he']],
  [/\p{Script=Thai}/u, ['th']],
  [/\p{Script=Hangul}/u, ['ko']],
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/u, ['ja']],
  [/\p{Script=Han}/u, ['zh']],
  [/\p{Script=Armenian}/u, ['hy']],
  [/\p{Script=Georgian}/u, ['ka']],
  [/\p{Script=Devanagari}/u, ['hi', 'mr', 'ne', 'sa']],
  [/\p{Script=Bengali}/u, ['bn']],
  [/\p{Script=Tamil}/u, ['ta']],
  [/\p{Script=Ethiopic}/u, ['am']],
];
const ARABIC = /\p{Script=Arabic}/u;
const CYRILLIC = /\p{Script=Cyrillic}/u;
const LATIN = /\p{Script=Latin}/u;

const LATIN_WORDS: Readonly<Record<string, string>> = {
  en: 'the of and to in is that it for you was with on as are this be have from or by not your we will can if has been our',
  de: 'der die das und ist nicht ein eine zu den mit von auf für sich dem im auch wie sie ich wir es werden bei oder aus nach haben wird ihre',
  fr: 'le la les des et est un une dans que pour qui sur au pas plus avec ce il vous nous sont du par ne votre être cette ou',
  es: 'el la los las de que y en un una es por con para se su del no lo al como más pero sus este está usted si ha',
  pt: 'o a os as de que e em um uma do da não para com é por se na no dos mais como mas ao seu sua ou você pelo está',
  it: 'il la di che e è un una per non con del della i le si sono in da al come più ma dei nel alla gli ha questo anche',
  nl: 'de het een en van is dat in te op zijn voor met niet aan er om ook als maar bij door naar wordt u uw heeft worden kan',
  sv: 'och att det som en på är av för med till den har inte om ett jag du kan vi så från de men var din ditt eller ska',
  da: 'og det at er en af på til for med den har ikke som du de vi kan jeg om et der så var fra dit din eller skal blev',
  no: 'og det er en av på til for med den har ikke som du de vi kan jeg om et som så var fra ditt din eller skal ble ikke',
  fi: 'ja on ei että se hän oli mutta joka tai kun niin ovat myös sen kuin jos olla voi mitä ole nyt sinun tämä sekä',
  pl: 'i w na z do się nie to jest że o jak po za od przez dla ale co czy są tym oraz jego tylko lub przy może aby być',
  cs: 'a je se na v že s z do o to i pro jako ale jsou by za od který po nebo jeho být jsme aby jen už pokud také není',
  sk: 'a je sa na v že s z do o to aj pre ako ale sú by za od ktorý po alebo jeho byť sme aby len už ak tiež nie',
  hu: 'a az és hogy nem is egy van meg ez csak de ha vagy mint volt még már ki fel lehet be azt minden itt ezt kell után',
  ro: 'și în de la cu pe nu că este din un o pentru mai sunt a fi se care ce au sau dar prin după dacă vă acest ale fost',
  tr: 've bir bu da de için ile çok ne daha gibi ama var olarak sonra kadar olan en değil her veya siz bize mi ya şey',
  id: 'yang dan di untuk dengan ini dari tidak pada adalah dalam akan itu anda kami ke juga atau saya bisa dapat telah oleh ada',
  vi: 'và của là có không được cho một trong các với những này đã để khi người từ tôi bạn chúng đó về như cũng',
  hr: 'i je u na da se za su od ne s o a koji što kao iz ili ali bi to te po do nije može sam biti će još',
  et: 'ja on ei et see oli kui ka ning mis oma aga või kes nii välja pole olen selle üks teie meie saab',
  lt: 'ir yra į kad su iš ne tai kaip bet ar jis už nuo per jūs buvo tik dėl mes arba jei savo apie',
  lv: 'un ir no ar uz ka par kas ne tas bet lai vai kā pie pēc jūs tika mēs vairāk savu šis bija',
  ca: 'el la els les de que i en un una és per amb no a del al són com més però aquest seva o si ha vostè',
};

const CYRILLIC_WORDS: Readonly<Record<string, string>> = {
  ru: 'и в не на что я с он как это по но из у за вы так же от для мы бы только или если до вас был все ваш при чтобы',
  uk: 'і в не на що з та як це до за він ви від для ми або якщо був але є й у про так вас ваш при щоб також',
  bg: 'и на да се в за не от с е че по са като си но ще или до който как има може вие към бъде това тази при ви',
  sr: 'и у је да се на за не су од са а који као о из или али би то по до није може сам ће још све',
  mk: 'и на да се во за не од со е дека по како но ќе или до кој има може ова оваа при ги го беше',
};

const wordSets = (table: Readonly<Record<string, string>>): [string, ReadonlySet<string>][] =>
  Object.entries(table).map(([language, words]) => [language, new Set(words.split(' '))]);
const latin = wordSets(LATIN_WORDS);
const cyrillic = wordSets(CYRILLIC_WORDS);

/** ISO 639 codes of the languages a text may be in, the likeliest first; none when it does not tell. */
export function languagesOf(text: string): string[] {
  const letters = text.slice(0, MOST_TEXT).match(/\p{L}/gu) ?? [];
  // A character of these scripts is as much as a word of others.
  const dense = letters.filter((letter) =>
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(letter),
  );
  if (letters.length + dense.length * 3 < LEAST) return [];
  const share = (script: RegExp): number =>
    letters.filter((letter) => script.test(letter)).length / letters.length;
  // Japanese is written in Han with kana between them.
  if (share(/[\p{Script=Hiragana}\p{Script=Katakana}]/u) > 0.1) return ['ja'];
  const own = SCRIPTS.find(([script]) => share(script) >= SHARE);
  if (own !== undefined) return [...own[1]];
  if (share(ARABIC) >= SHARE) return arabic(letters);
  if (share(CYRILLIC) >= SHARE) return byWords(text, cyrillic);
  return share(LATIN) >= SHARE ? byWords(text, latin) : [];
}

/** Persian and Urdu have letters that Arabic has not. */
function arabic(letters: readonly string[]): string[] {
  if (letters.some((letter) => 'ٹڈڑے'.includes(letter))) return ['ur'];
  return letters.some((letter) => 'پچژگ'.includes(letter)) ? ['fa'] : ['ar'];
}

function byWords(text: string, table: readonly [string, ReadonlySet<string>][]): string[] {
  const words =
    text
      .slice(0, MOST_TEXT)
      .toLowerCase()
      .match(/[\p{L}\p{M}]+/gu) ?? [];
  const shares = table
    .map(([language, known]) => ({
      language,
      share: words.filter((word) => known.has(word)).length / words.length,
    }))
    .toSorted((one, other) => other.share - one.share);
  const best = shares[0]?.share ?? 0;
  if (best < LEAST_WORDS) return [];
  return shares.filter(({ share }) => share >= best * NEAR_BEST).map(({ language }) => language);
}

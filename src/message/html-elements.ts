/** Kinds of HTML elements, as far as rendering to text needs them (HTML Living Standard, 13.2.4.2 and 15.3). */

const set = (names: string): ReadonlySet<string> => new Set(names.split(' '));

/** Shown on lines of their own; their start ends an open paragraph. */
export const BLOCKS = set(
  'address article aside blockquote center details dialog dd dir div dl dt fieldset figcaption figure footer form ' +
    'h1 h2 h3 h4 h5 h6 header hgroup hr li listing main menu nav ol p plaintext pre search section summary table ' +
    'tr tbody thead tfoot caption ul xmp body html legend option optgroup select',
);

/** Of {@link BLOCKS}, those whose start does not end an open paragraph. */
export const NOT_ENDING_PARAGRAPH = set(
  'body html legend option optgroup select tr tbody thead tfoot caption',
);

/** Blocks with an empty line around them. */
export const SPACED = set('p h1 h2 h3 h4 h5 h6 blockquote pre ul ol dl table hr');

/** Without content or end tag. */
export const VOID = set(
  'area base br col embed hr img input link meta param source track wbr basefont bgsound frame',
);

/** Elements an end tag of an inline element does not reach beyond. */
export const SPECIAL = new Set([
  ...BLOCKS,
  ...set('td th tr table body html button template marquee object applet li dd dt iframe'),
]);

/** Elements that hold what is inside them: an end tag from inside closes nothing outside. */
export const SCOPES = set('td th table caption html template marquee object applet button');

/** Inline elements that go on after a block inside them ends. */
export const FORMATTING = set('a b big code em font i nobr s small strike strong tt u');

/** A start tag ends these when they are open in the same scope. */
export const ENDED_BY: Readonly<Record<string, ReadonlySet<string>>> = {
  li: set('li'),
  dd: set('dd dt'),
  dt: set('dd dt'),
  option: set('option'),
  optgroup: set('option optgroup'),
  tr: set('tr td th'),
  td: set('td th'),
  th: set('td th'),
  tbody: set('tbody thead tfoot tr td th'),
  thead: set('tbody thead tfoot tr td th'),
  tfoot: set('tbody thead tfoot tr td th'),
  a: set('a'),
};

/** Where the walk of {@link ENDED_BY} stops. */
export const ENDED_BY_SCOPE: Readonly<Record<string, ReadonlySet<string>>> = {
  li: set('ul ol td th table'),
  dd: set('dl td th table'),
  dt: set('dl td th table'),
  option: set('select'),
  optgroup: set('select'),
  tr: set('table'),
  td: set('table tr'),
  th: set('table tr'),
  tbody: set('table'),
  thead: set('table'),
  tfoot: set('table'),
  a: set('td th table'),
};

/** Attributes by which an element loads something when the mail is shown. */
export const RESOURCE_ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  img: ['src'],
  input: ['src'],
  script: ['src'],
  iframe: ['src'],
  frame: ['src'],
  embed: ['src'],
  audio: ['src'],
  video: ['src', 'poster'],
  source: ['src'],
  track: ['src'],
  bgsound: ['src'],
  object: ['data'],
  link: ['href'],
  image: ['href', 'xlink:href'],
};

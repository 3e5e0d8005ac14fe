/** Bounds of what the model looks at. Each keeps the time of a message, however hostile, below a millisecond. */

/** Characters of the text: what a reader sees first decides; more cost time and hardly move the answer. */
export const MAX_TEXT = 6000;
/** Characters of the subject; longer ones are cut by every mail program. */
export const MAX_SUBJECT = 300;
/** Positions from which runs of characters are taken. */
export const MAX_RUNS = 2500;
/** Letters of a word; a longer one is random, encoded or a chain of words, and counts as that. */
export const MAX_WORD = 24;
/** Links taken apart: a newsletter has a hundred, and the first tell what they are. */
export const MAX_LINKS = 40;
/** Characters of a link's path and query that are read. */
export const MAX_PATH = 120;
/** Attachments and parts looked at. */
export const MAX_PARTS = 50;
/** Features of a message. Reached by no text within the bounds above; the table for doubles is sized by it. */
export const MAX_FEATURES = 8000;

/** Crockford's digits in lower case: sorts as ASCII, no letters that are read as digits. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
/** 32^9 ms reach to the year 3084. */
const TIME_DIGITS = 9;
/** 25 bits: that two processes begin a message in the same millisecond with the same number is 1 in 33 million. */
const COUNT_DIGITS = 5;
const COUNTS = 32 ** COUNT_DIGITS;

function digits(value: number, length: number): string {
  let text = '';
  for (let left = value; text.length < length; left = Math.floor(left / 32))
    text = (DIGITS[left % 32] ?? '0') + text;
  return text;
}

/**
 * Makes ids of messages: 14 characters, the time first, so that ids sort in the order the mails came. Within one
 * process they always grow, also when the clock is set back; a random start in each millisecond keeps several
 * processes and restarts apart.
 *
 * `now` in milliseconds since the epoch; `random` gives numbers in [0, 1).
 */
export function createIds(now: () => number, random: () => number): () => string {
  let time = 0;
  let count = 0;
  return () => {
    const current = Math.floor(now());
    if (current > time) {
      time = current;
      count = Math.floor(random() * COUNTS);
    } else if (++count >= COUNTS) {
      time++;
      count = 0;
    }
    return digits(time, TIME_DIGITS) + digits(count, COUNT_DIGITS);
  };
}

import { foldCharacter, foldUnicode } from '../../message/casemap.ts';
import type { Comparator } from '../definitions.ts';
import { compareText } from './comparators.ts';

/** RFC 5051: letters are the same in both cases and with their marks written apart, in all scripts. */
export const unicodeCasemap: Comparator = {
  name: 'i;unicode-casemap',
  substring: true,
  fold: foldUnicode,
  places(text) {
    const places: number[] = [];
    let at = 0;
    for (const character of text) {
      for (let unit = foldCharacter(character).length; unit > 0; unit--) places.push(at);
      at += character.length;
    }
    places.push(at);
    return places;
  },
  order: compareText,
};

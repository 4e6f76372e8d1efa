// Reading facts that may be unknown, always towards the side that asks for more.

/** Whether a fact is surely one of these words. Unknown is not sure. */
export function surely(fact, ...words) {
  return fact !== undefined && words.includes(fact);
}

/** Whether a fact may be one of these words. Unknown may be. */
export function mayBe(fact, ...words) {
  return fact === undefined || words.includes(fact);
}

/** Whether one of these words surely stands in a list. */
export function surelyHolds(list, ...words) {
  return list !== undefined && mayHold(list, ...words);
}

/** Whether one of these words may stand in a list. An unknown list may hold any. */
export function mayHold(list, ...words) {
  return list === undefined || list.some((word) => words.includes(word));
}

/** The text of a fact, where it says something. */
export function said(fact) {
  return fact?.trim() || undefined;
}

// What is told to the author, and what a policy has not: a clock and chance.

import { line } from 'specialis:policy/log@0.1.1';

import { bytesOf, textOf } from './wire.js';

/** Bytes of a line of the log, and lines that one text takes at most. */
const LINE = 512;
const LINES = 16;

/** Writes to the log of the author, which `specialis policy test` shows. Where an edition counts it reaches nobody. */
export function log(...words) {
  const text = words.map((word) => (typeof word === 'string' ? word : (JSON.stringify(word) ?? String(word)))).join(' ');
  for (const written of text.split('\n').slice(0, LINES)) line(short(written));
}

/** A text of at most as many bytes as a line has. */
function short(text) {
  const bytes = bytesOf(text.isWellFormed?.() === false ? text.toWellFormed() : text);
  if (bytes.length <= LINE) return textOf(bytes);
  let end = LINE - 3;
  while ((bytes[end] & 0xc0) === 0x80) end -= 1;
  return `${textOf(bytes.subarray(0, end))}…`;
}

/** Tells the author what went wrong, and where in the sources. */
export function tell(error) {
  const frames = String(error?.stack ?? '').split('\n').map(frame).filter(Boolean);
  log([String(error), ...frames.slice(0, 8)].join('\n'));
}

/** A line of a stack with its place in the sources; nothing for one that is not the author's. */
function frame(written) {
  const found = /at (\S+) \(.*?:(\d+):\d+\)/.exec(written) ?? /at (.*?):(\d+):\d+/.exec(written);
  const place = found && placeOf(Number(found[2]));
  return place && `  at ${found[1]} (${place})`;
}

/** Where a line of the bundle stands in the sources. The build adds the list. */
function placeOf(row) {
  const { files = [], rows = [] } = globalThis.specialisSources ?? {};
  const at = rows.findLast(([bundled]) => bundled <= row);
  return at && at[1] >= 0 ? `${files[at[1]]}:${at[2] + row - at[0]}` : undefined;
}

const NO_CLOCK = 'a policy reads no clock; take the day from `it.asOf`';
const Clock = globalThis.Date;

function NoClock(...given) {
  if (!new.target || given.length === 0) throw new Error(NO_CLOCK);
  return Reflect.construct(Clock, given, new.target);
}
NoClock.prototype = Clock.prototype;
NoClock.UTC = Clock.UTC;
NoClock.parse = Clock.parse;
NoClock.now = () => {
  throw new Error(NO_CLOCK);
};
globalThis.Date = NoClock;
Math.random = () => {
  throw new Error('a policy has no chance: the same input always gives the same answer');
};

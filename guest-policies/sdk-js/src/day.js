// Days as texts such as `2026-11-02`, which compare by `<` as they stand.

import { toDay } from './wire.js';

const DAY = 86_400_000;

function time(text) {
  const { year, month, day } = toDay(text);
  return Date.UTC(year, month - 1, day);
}

function text(time) {
  return new Date(time).toISOString().slice(0, 10);
}

/** The day so many days later, or earlier where negative. */
export function addDays(day, n) {
  return text(time(day) + n * DAY);
}

/** The same day of the month so many months later; the last day of that month where it has none of that number. */
export function addMonths(from, n) {
  const { year, month, day } = toDay(from);
  const last = new Date(Date.UTC(year, month + n, 0)).getUTCDate();
  return text(Date.UTC(year, month - 1 + n, Math.min(day, last)));
}

/** Days from one day to a later one; negative where it is earlier. */
export function daysUntil(from, to) {
  return (time(to) - time(from)) / DAY;
}

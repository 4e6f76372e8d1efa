// From what the host hands over to what authors read, and back.

import { Finding } from './finding.js';

/** A value of the contract as authors read it: what is absent is left out, and a day is a text such as `2026-11-02`. */
export function known(value) {
  if (value === null || value === undefined) return undefined;
  if (typeof value !== 'object' || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(known);
  if ('year' in value && 'month' in value && 'day' in value) return dayOf(value);
  const record = {};
  for (const [name, field] of Object.entries(value)) {
    if (field !== null && field !== undefined) record[name] = known(field);
  }
  return record;
}

function dayOf({ year, month, day }) {
  const digits = (n, width) => String(n).padStart(width, '0');
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`;
}

/** A day as the contract has it. */
export function toDay(text) {
  const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (!found) throw new TypeError(`\`${text}\` is no day; write it like \`2026-11-02\``);
  const [year, month, day] = found.slice(1).map(Number);
  return { year, month, day };
}

/** What is remembered, from the bytes that the host keeps. */
export function read(state) {
  return state.length === 0 ? {} : JSON.parse(textOf(state));
}

/** The bytes of what is remembered: those that were read, where it holds nothing and held nothing. */
export function written(memory, state) {
  const text = JSON.stringify(memory);
  return text === '{}' && state.length === 0 ? state : bytesOf(text);
}

/** UTF-8 as a text. */
export function textOf(bytes) {
  let encoded = '';
  for (const byte of bytes) encoded += `%${byte.toString(16).padStart(2, '0')}`;
  return decodeURIComponent(encoded);
}

/** A text as UTF-8. */
export function bytesOf(text) {
  const encoded = encodeURIComponent(text);
  const bytes = [];
  for (let at = 0; at < encoded.length; at += 1) {
    if (encoded[at] === '%') {
      bytes.push(Number.parseInt(encoded.slice(at + 1, at + 3), 16));
      at += 2;
    } else {
      bytes.push(encoded.charCodeAt(at));
    }
  }
  return new Uint8Array(bytes);
}

/** A finding as the contract has it. */
export function finding(found) {
  if (!(found instanceof Finding)) {
    throw new TypeError('`judge` returned something that is no finding; a rule makes one, as in `R1.require("mark", "reason")`');
  }
  return found.toContract();
}

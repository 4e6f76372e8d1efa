// Registered measures and their parameters.

import { toDay } from './wire.js';

/** Something the platform must do beyond its text. */
export class Measure {
  #id;
  #params;

  constructor(id, params) {
    this.#id = id;
    this.#params = Object.entries(params).map(([name, value]) => ({ name: kebab(name), value: param(name, value) }));
  }

  toContract() {
    return { id: this.#id, params: this.#params };
  }
}

/** A measure with its parameters: a number, a word of the registered list, a `day` or `seconds`. */
export function measure(id, params = {}) {
  return new Measure(id, params);
}

class Param {
  constructor(tag, val) {
    Object.assign(this, { tag, val });
  }
}

/** A day as a parameter. */
export function day(text) {
  return new Param('date', toDay(text));
}

/** A duration as a parameter. */
export function seconds(n) {
  return new Param('seconds', n);
}

function param(name, value) {
  if (value instanceof Param) return { tag: value.tag, val: value.val };
  if (typeof value === 'string') return { tag: 'id', val: value };
  if (Number.isSafeInteger(value)) return { tag: 'number', val: value };
  throw new TypeError(`the parameter \`${name}\` is no whole number, word, \`day(…)\` or \`seconds(…)\``);
}

/** `logMonths` as `log-months`. */
function kebab(name) {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

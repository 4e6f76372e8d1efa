// Rules, and the findings they give.

import { Measure, measure } from './measure.js';

/** The levels, mildest first. */
export const LEVELS = Object.freeze(['pass', 'mark', 'warn', 'redact', 'review', 'stop']);

/** One rule: its id in the manifest, the duty it answers on and where the law says so. */
export class Rule {
  constructor(id, duty, instrument, article) {
    for (const [what, word] of Object.entries({ id, duty, instrument, article })) {
      if (typeof word !== 'string' || word === '') {
        throw new TypeError(`a rule without ${what}; write rule("R1", "my-sector.first", "MY-SECTOR", "1")`);
      }
    }
    Object.assign(this, { id, duty, cite: { instrument, article } });
    Object.freeze(this);
  }

  onDuty(duty) {
    return new Rule(this.id, duty, this.cite.instrument, this.cite.article);
  }

  citing(instrument, article) {
    return new Rule(this.id, this.duty, instrument, article);
  }

  notApplicable(reason) {
    return new Finding(this, { tag: 'not-applicable', val: reason });
  }

  met() {
    return new Finding(this, { tag: 'met', val: { ...this.cite } });
  }

  require(level, reason) {
    return new Finding(this, { tag: 'require', val: this.#demand(level, reason) });
  }

  insteadOf(level, reason) {
    return new Finding(this, { tag: 'instead-of', val: this.#demand(level, reason) });
  }

  unknown(reason) {
    return new Finding(this, { tag: 'unknown', val: reason });
  }

  #demand(level, reason) {
    if (!LEVELS.includes(level)) throw new TypeError(`\`${level}\` is no level; the levels are ${LEVELS.join(', ')}`);
    return { level, obligations: [], spans: [], cite: { ...this.cite }, reason };
  }
}

/** A rule. */
export function rule(id, duty, instrument, article) {
  return new Rule(id, duty, instrument, article);
}

/** What one rule answers on one duty. Its methods add to it and return it. */
export class Finding {
  #duty;
  #rule;
  #answer;
  #kinds = [];

  constructor({ id, duty }, answer) {
    this.#rule = id;
    this.#duty = duty;
    this.#answer = answer;
  }

  get rule() {
    return this.#rule;
  }

  get duty() {
    return this.#duty;
  }

  get answer() {
    return this.#answer;
  }

  #asking() {
    const { tag, val } = this.#answer;
    if (tag !== 'require' && tag !== 'instead-of') {
      throw new TypeError(`rule \`${this.#rule}\` attaches an obligation to a finding that asks for nothing`);
    }
    return val;
  }

  #oblige(obligation) {
    this.#asking().obligations.push(obligation);
    return this;
  }

  append(key) {
    return this.#oblige({ tag: 'append', val: key });
  }

  replace(key) {
    return this.#oblige({ tag: 'replace', val: key });
  }

  redact(...spans) {
    for (const span of spans) this.#oblige({ tag: 'redact', val: span });
    return this;
  }

  stop() {
    return this.#oblige({ tag: 'stop' });
  }

  measure(id, params = {}) {
    const asked = id instanceof Measure ? id : measure(id, params);
    return this.#oblige({ tag: 'measure', val: asked.toContract() });
  }

  at(...spans) {
    this.#asking().spans.push(...spans);
    return this;
  }

  on(...kinds) {
    this.#kinds.push(...kinds);
    return this;
  }

  toContract() {
    return { duty: this.#duty, rule: this.#rule, answer: this.#answer, kinds: this.#kinds, extra: [] };
  }
}

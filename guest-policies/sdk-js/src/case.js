// What the host lets one call read.

import * as context from 'specialis:policy/context@0.1.1';
import * as event from 'specialis:policy/event@0.1.1';
import * as facts from 'specialis:policy/facts@0.1.1';
import * as text from 'specialis:policy/text@0.1.1';

import { Settings } from './settings.js';
import { known } from './wire.js';

/** The function of `facts` for each kind of event, and that for what a later version added. */
const KINDS = {
  prompt: ['prompt'],
  output: ['output'],
  retrieved: ['retrieved'],
  tool: ['tool'],
  media: ['media'],
  publication: ['publication', 'morePublication'],
  'training-intake': ['trainingIntake', 'moreTrainingIntake'],
  'annotation-batch': ['annotationBatch', 'moreAnnotationBatch'],
  'data-handling': ['dataHandling', 'moreDataHandling'],
  account: ['account', 'moreAccount'],
  'service-change': ['serviceChange'],
  signal: ['lateSignal'],
  review: ['review'],
  abort: ['abort'],
};

/** The functions of `context` for each group of facts. */
const GROUPS = {
  service: ['service', 'moreService'],
  model: ['model'],
  provider: ['provider', 'moreProvider'],
  tenant: ['tenant'],
  subject: ['subject', 'moreSubject'],
  agreement: ['agreement'],
  standing: ['standing'],
  general: ['general'],
};

export class Case {
  #kept = new Map();

  constructor(memory) {
    this.memory = memory;
    this.settings = new Settings();
  }

  #once(name, make) {
    if (!this.#kept.has(name)) this.#kept.set(name, make());
    return this.#kept.get(name);
  }

  get brief() {
    return this.#once('brief', () => known(event.brief()));
  }

  get kind() {
    return this.brief.kind;
  }

  get point() {
    return this.brief.point;
  }

  get isOpen() {
    return this.point === 'open';
  }

  get isEnd() {
    return this.point === 'end';
  }

  get asOf() {
    return this.brief.asOf;
  }

  get age() {
    return this.brief.age;
  }

  get audience() {
    return this.brief.audience;
  }

  get purpose() {
    return this.brief.purpose;
  }

  get locale() {
    return this.brief.locale;
  }

  isAny(...kinds) {
    return kinds.includes(this.kind);
  }

  /** The facts of this kind of event; nothing where it has none. */
  get facts() {
    return this.#once('facts', () => merged(facts, KINDS[this.kind] ?? []) ?? {});
  }

  get sectorFacts() {
    return this.#once('sector facts', () => ({ ...named(context.sectorFacts()), ...named(facts.sectorFacts()) }));
  }

  get parts() {
    return this.#once('parts', () => known(event.parts()));
  }

  get signals() {
    return this.#once('signals', () => known(event.signals()));
  }

  get hits() {
    return this.#once('hits', () => known(text.hits()));
  }

  get stretch() {
    return this.#once('stretch', () => known(text.stretch()));
  }

  hitsIn(...categories) {
    return this.hits.filter((hit) => categories.includes(hit.category));
  }

  signalOver(category, permille) {
    return this.signals.find((signal) => signal.category === category && signal.scorePermille >= permille);
  }

  speech(hit) {
    const speeches = this.#once('speeches', () => known(text.speeches()));
    return speeches.find((speech) => speech.hit === this.hits.indexOf(hit));
  }

  slice({ part, start, end }) {
    return text.slice(part, start, end);
  }

  around(span, before, after) {
    return text.around(span, before, after);
  }

  sector(tag) {
    return context.sector(tag);
  }

  source(path) {
    return context.source(path) ?? undefined;
  }

  eventSource(field) {
    return event.source(field) ?? undefined;
  }
}

for (const [group, functions] of Object.entries(GROUPS)) {
  const kept = Symbol(group);
  Object.defineProperty(Case.prototype, group, {
    get() {
      return (this[kept] ??= merged(context, functions));
    },
  });
}

for (const [kind, [name]] of Object.entries(KINDS)) {
  Object.defineProperty(Case.prototype, name, {
    get() {
      return this.kind === kind ? this.facts : undefined;
    },
  });
}

/** What several functions answer, as one record; nothing where the first answers nothing. */
function merged(of, [first, ...more]) {
  const record = first && known(of[first]());
  return record && Object.assign({}, record, ...more.map((name) => known(of[name]())));
}

function named(list) {
  return Object.fromEntries(list.map(({ name, value }) => [name, known(value.val)]));
}

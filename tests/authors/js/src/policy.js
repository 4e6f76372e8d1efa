// The policy `kitchen` in JavaScript.

import { addDays, mayBe, policy, rule, said } from '@specialis/policy';

const K1 = rule('K1', 'kitchen.allergens', 'KITCHEN', '1');
const K2 = rule('K2', 'kitchen.method', 'KITCHEN', '2');
const K3 = rule('K3', 'im.art4.violence.screen', 'KITCHEN', '3');
const K4 = rule('K4', 'kitchen.filing', 'KITCHEN', '4');
const K5 = rule('K5', 'kitchen.repeats', 'KITCHEN', '5');
const K6 = rule('K6', 'kitchen.records', 'KITCHEN', '6');

const RULES = {
  output: [allergens, unsafeMethod, kitchenWord],
  publication: [filing],
  prompt: [repeats],
  'data-handling': [records],
};

export const { configure, judge } = policy({
  judge: (it) => (RULES[it.kind] ?? []).flatMap((answer) => answer(it)),
});

const spans = (hits) => hits.map((hit) => hit.at);

function allergens(it) {
  const least = it.settings.number('least-weight');
  const heavy = it.hitsIn('kitchen.allergen').filter((hit) => hit.weight >= least);
  if (heavy.length === 0) return [];
  return [K1.require('mark', 'allergen').append('allergen-note').at(...spans(heavy))];
}

function unsafeMethod(it) {
  const at = spans(it.hitsIn('kitchen.unsafe-method'));
  const found = [];
  if (at.length === 0) return found;
  if (mayBe(it.age, 'under-14', '14-17')) found.push(K2.require('stop', 'unsafe-for-minors').stop().at(...at));
  if (mayBe(it.age, 'adult')) {
    found.push(K2.require('redact', 'unsafe-for-adults').redact(...at).measure('remind', { kind: 'verify' }).at(...at));
  }
  return found;
}

function kitchenWord(it) {
  const violence = it.hitsIn('a1.violence');
  if (violence.length === 0 || it.hitsIn('kitchen.word').length === 0) return [];
  return [K3.insteadOf('pass', 'kitchen-word').at(...spans(violence))];
}

function filing(it) {
  const { fiction, filingNumber, changedOn } = it.publication;
  if (fiction === true) return [K4.notApplicable('fiction')];
  const isRecent = changedOn !== undefined && changedOn >= addDays(it.asOf, -365);
  return [said(filingNumber) && isRecent ? K4.met() : K4.require('review', 'not-filed')];
}

function repeats(it) {
  const at = spans(it.hitsIn('kitchen.unsafe-method'));
  if (at.length === 0) return [];
  const before = it.memory.asked ?? 0;
  // What is found at one point of an event is found again at its end: it counts once.
  if (it.isEnd) it.memory.asked = before + 1;
  const found =
    before >= 2 ? K5.require('warn', 'asked-again').measure('remind', { kind: 'verify' }) : K5.require('mark', 'asked-once');
  return [found.at(...at)];
}

function records(it) {
  const { operation, retainedDays } = it.dataHandling;
  const found = [];
  if (operation !== undefined && operation !== 'retain') return found;
  if (retainedDays === undefined || retainedDays > it.settings.number('keep-days')) {
    found.push(K6.require('warn', 'kept-too-long').measure('delete', { withinDays: 30 }));
  }
  if (retainedDays === undefined) found.push(K6.unknown('days-unknown'));
  return found;
}

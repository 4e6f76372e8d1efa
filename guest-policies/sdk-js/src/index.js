// What a policy in JavaScript or TypeScript is written with. The package's README says how.

import { tell } from './fault.js';
import { Case } from './case.js';
import { Settings } from './settings.js';
import * as wire from './wire.js';

export { Case } from './case.js';
export { addDays, addMonths, daysUntil } from './day.js';
export { mayBe, mayHold, said, surely, surelyHolds } from './doubt.js';
export { Finding, LEVELS, Rule, rule } from './finding.js';
export { log } from './fault.js';
export { Measure, measure, day, seconds } from './measure.js';
export { Settings } from './settings.js';

/**
 * Makes the two exports of a component of what the author wrote. An exception becomes a fault, and its text is written to the log,
 * which `specialis policy test` shows.
 */
export function policy({ judge, configure }) {
  return {
    configure() {
      let problems;
      try {
        problems = configure?.(new Settings()) ?? [];
      } catch (error) {
        tell(error);
        problems = [`\`configure\` failed: ${error}`];
      }
      if (problems.length > 0) throw problems.map(String);
    },
    judge(state) {
      try {
        const it = new Case(wire.read(state));
        const findings = judge(it) ?? [];
        return { findings: findings.map(wire.finding), state: wire.written(it.memory, state), extra: [] };
      } catch (error) {
        tell(error);
        throw error;
      }
    },
  };
}

// Writes `types/contract.d.ts`: the records of the contract in `wit/` as authors read them. With `--check` it only compares.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const FILES = ['types', 'context', 'event', 'facts', 'text'];
/** What is made by the SDK alone, or has a type of its own there. */
const OTHERS = ['date', 'param', 'measure', 'demand', 'finding', 'extra', 'outcome', 'sector-fact'];
const SIMPLE = { bool: 'boolean', string: 'string', 's64': 'number', u64: 'number', u32: 'number', u8: 'number', s16: 'number' };

const pascal = (name) => name.replace(/(^|-)([a-z0-9])/g, (_, __, letter) => letter.toUpperCase());
const camel = (name) => name.replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase());

function typeOf(text) {
  const inner = /^(option|list)<(.*)>$/.exec(text);
  if (inner) return inner[1] === 'list' ? `${typeOf(inner[2])}[]` : typeOf(inner[2]);
  return SIMPLE[text] ?? (text === 'date' ? 'Day' : pascal(text));
}

const out = [
  '// Written by `npm run types` from the contract in `wit/`.\n',
  '/** A day, such as `2026-11-02`. Days compare by `<` as they stand. */\nexport type Day = string;\n',
];
for (const file of FILES) {
  let [docs, record] = [[], undefined];
  for (const line of readFileSync(at(`wit/since-v0.1.0/${file}.wit`), 'utf8').split('\n').map((line) => line.trim())) {
    const doc = /^\/\/\/ ?(.*)$/.exec(line);
    const opens = /^record ([a-z0-9-]+) \{$/.exec(line);
    const field = /^%?([a-z0-9-]+): (.*),$/.exec(line);
    if (doc) {
      docs.push(doc[1]);
    } else if (opens) {
      // A medium of a part and the facts of an event of media have one name in the contract.
      const name = file === 'event' && opens[1] === 'media-facts' ? 'medium-facts' : opens[1];
      record = OTHERS.includes(name) ? undefined : pascal(name);
      if (record) out.push(comment(docs, ''), `export interface ${record} {`);
      docs = [];
    } else if (record && field) {
      const mark = field[2].startsWith('option<') ? '?' : '';
      const type = file === 'event' && field[2] === 'option<media-facts>' ? 'MediumFacts' : typeOf(field[2]);
      out.push(comment(docs, '  '), `  readonly ${camel(field[1])}${mark}: ${type};`);
      docs = [];
    } else if (record && line === '}') {
      out.push('}\n');
      record = undefined;
    } else if (!line.startsWith('@')) {
      docs = [];
    }
  }
}
const written = out.filter((line) => line !== '').join('\n');
if (!process.argv.includes('--check')) {
  writeFileSync(at('types/contract.d.ts'), written);
} else if (readFileSync(at('types/contract.d.ts'), 'utf8') !== written) {
  process.stderr.write('`types/contract.d.ts` is not what the contract says; run `npm run types`\n');
  process.exit(1);
}

function comment(docs, indent) {
  if (docs.length === 0) return '';
  if (docs.length === 1) return `${indent}/** ${docs[0]} */`;
  return [`${indent}/**`, ...docs.map((doc) => `${indent} * ${doc}`.trimEnd()), `${indent} */`].join('\n');
}

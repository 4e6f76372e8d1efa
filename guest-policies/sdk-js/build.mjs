#!/usr/bin/env node
// Makes a component of a policy in JavaScript or TypeScript: `specialis-policy FOLDER FILE.wasm`. `specialis policy build` calls it.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const [folder = '.', output = 'policy.component.wasm'] = process.argv.slice(2).map((path) => resolve(path));
const from = createRequire(join(folder, 'package.json'));

/** A tool that the policy's `package.json` pins. */
async function tool(name) {
  try {
    return await import(pathToFileURL(from.resolve(name)).href);
  } catch (error) {
    return fail(`\`${name}\` cannot be loaded (${error.code ?? error.message}); run \`npm install\` in \`${folder}\``);
  }
}

function fail(words) {
  process.stderr.write(`${words}\n`);
  process.exit(1);
}

/** The types, where the policy has any: what does not fit them is not built. */
function checkTypes() {
  if (!existsSync(join(folder, 'tsconfig.json'))) return;
  let tsc;
  try {
    tsc = join(dirname(from.resolve('typescript/package.json')), 'bin/tsc');
  } catch {
    fail(`\`typescript\` is not installed; run \`npm install\` in \`${folder}\``);
  }
  const run = spawnSync(process.execPath, [tsc, '--noEmit', '--project', folder], { stdio: ['ignore', 2, 2] });
  if (run.status !== 0) fail('the types do not fit');
}

/** The sources as one module, with the places of its lines in them. */
async function bundled(entry) {
  const { build } = await tool('esbuild');
  const made = await build({
    absWorkingDir: folder,
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2023',
    charset: 'utf8',
    external: ['specialis:policy/*'],
    sourcemap: 'external',
    outfile: 'policy.js',
    write: false,
    logLevel: 'error',
  }).catch(() => fail('the policy cannot be bundled'));
  const [map, code] = ['.map', '.js'].map((end) => made.outputFiles.find((file) => file.path.endsWith(end)).text);
  return `${code}\nglobalThis.specialisSources = ${JSON.stringify(places(JSON.parse(map)))};\n`;
}

/** Which line of which source each line of the bundle is; -1 for those of packages. Lines that follow each other are said once. */
function places({ sources, mappings }) {
  const files = [];
  const numbers = sources.map((source) => {
    const path = relative(folder, resolve(folder, source));
    return path.startsWith('..') || path.includes('node_modules') ? -1 : files.push(path.replaceAll('\\', '/')) - 1;
  });
  const rows = [];
  let [source, line] = [0, 0];
  for (const [index, row] of mappings.split(';').entries()) {
    let first;
    for (const segment of row.split(',').filter(Boolean)) {
      const [, bySource = 0, byLine = 0] = vlq(segment);
      source += bySource;
      line += byLine;
      first ??= [index + 1, numbers[source], line + 1];
    }
    const last = rows.at(-1);
    const follows = first && last && last[1] === first[1] && (first[1] < 0 || last[2] + first[0] - last[0] === first[2]);
    if (first && !follows) rows.push(first);
  }
  return { files, rows };
}

/** The numbers of one segment of a source map. */
function vlq(segment) {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const numbers = [];
  let [value, shift] = [0, 0];
  for (const digit of segment) {
    const bits = digits.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if ((bits & 32) === 0) {
      numbers.push(value & 1 ? -(value >> 1) : value >> 1);
      [value, shift] = [0, 0];
    }
  }
  return numbers;
}

const { main } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
if (!main) fail('`package.json` has no `main`; name the file that exports `configure` and `judge`');
checkTypes();
const jsSource = await bundled(main);
const { componentize } = await tool('componentize-qjs');
const contract = ['wit/since-v0.1.0', 'contract'].map((name) => join(here, name)).find(existsSync);
// Without its stubs the component would ask for WASI; without `sync` for a host of asynchronous components.
const options = { witPath: contract, world: 'policy', stubWasi: true, sync: true, optSize: true };
const made = await componentize({ jsSource, ...options }).catch((error) => fail(`the policy is no component: ${error.message ?? error}`));
writeFileSync(output, made.component);

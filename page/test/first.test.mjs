import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const page = join(dirname(fileURLToPath(import.meta.url)), '..');
const list = join(page, 'js', 'first.js');
const FILES = { alerts: 'alerts', accounts: 'account', rules: 'rules', pipeline: 'pipeline', cost: 'cost', silences: 'silences', logs: 'search' };

/** All modules that a module needs, itself too, as paths below the page. */
function needed(path, found = new Set()) {
    if (found.has(path)) return found;
    found.add(path);
    const text = readFileSync(join(page, path), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
    for (const [, one] of text.matchAll(/^\s*(?:import|export)\s[^;]*?from\s*["'](\.[^"']+)["']/gm)) needed(relative(page, join(page, dirname(path), one)), found);
    for (const [, one] of text.matchAll(/(?:from|import)"(\.\/[^"]+)"/g)) needed(relative(page, join(page, dirname(path), one)), found);
    return found;
}

function written() {
    const first = [...needed('js/app.js')].sort();
    const rest = (path) => [...needed(path)].filter((one) => !first.includes(one)).sort();
    const places = [['', rest('js/pages/fleet.js')], ...Object.entries(FILES).map(([place, file]) => [place, rest(`js/pages/${file}.js`)])];
    const quoted = (paths) => paths.map((path) => `    '${path}',\n`).join('');
    return `/** Modules that are asked for at once. Written by \`node page/test/first.test.mjs --write\`; a test tells when it is stale. */

/** Of every place. */
export const FIRST = [\n${quoted(first)}];

/** Of a place, by the first part of its path. @type {Record<string, string[]>} */
export const PLACES = {\n${places.map(([place, paths]) => `    '${place}': [\n${quoted(paths).replace(/^/gm, '    ').trimEnd()}\n    ],\n`).join('')}};\n`;
}

if (process.argv.includes('--write')) writeFileSync(list, written());

test('what is asked for at once is what the pages need', () => {
    assert.equal(readFileSync(list, 'utf8'), written(), 'stale: node page/test/first.test.mjs --write');
});

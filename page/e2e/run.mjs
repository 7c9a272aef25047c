// Runs the tests of the page in a browser: `PAGE_URL=http://127.0.0.1:8080/ node page/e2e/run.mjs [word ...]`. Without PAGE_URL they run
// against a made-up fleet. Words choose files. Ends with 0 where all tests passed or had to be skipped.
//
// Over `fanin demo`: PAGE_ACCOUNTS is its --accounts; `--scenario silent-accounts` has alerts until it ends, others get well again.
// PAGE_REPORT is the folder for measurements and pictures, PAGE_SOAK_SECONDS how long the last test plays, PLAYWRIGHT and CHROMIUM
// see browser.mjs.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const words = process.argv.slice(2);
const files = readdirSync(here).filter((name) => name.endsWith('.test.mjs') && (words.length === 0 || words.some((word) => name.includes(word))));
process.env.PAGE_REPORT ??= join(here, '..', '..', 'target', 'page');
if (words.length === 0) rmSync(join(process.env.PAGE_REPORT, 'measurements.json'), { force: true });

const mock = process.env.PAGE_URL ? null : spawn(process.execPath, [join(here, '..', 'test', 'mock.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
if (mock) {
    mock.on('exit', (code) => code && process.exit(1));
    const [line] = await once(mock.stdout, 'data');
    process.env.PAGE_URL = /https?:\S+/.exec(String(line))?.[0] ?? '';
    console.log(`A made-up fleet at ${process.env.PAGE_URL}`);
}

// What changes alerts is one row of files, and stands first as a demo gets well again; what only looks is another beside it.
// Measurements come last and alone.
const ALERTS = ['account', 'silence', 'alerts', 'pipeline', 'rules'];
const named = (/** @type {string} */ file) => file.replace('.test.mjs', '');
const alerts = ALERTS.flatMap((name) => files.filter((file) => named(file) === name));
const alone = files.filter((file) => file.startsWith('zz-')).sort();
const looking = files.filter((file) => !alerts.includes(file) && !alone.includes(file)).sort();

/** Runs these files, one after another. @param {string[]} row */
async function all(row) {
    if (row.length === 0) return;
    const stream = run({ files: row.map((name) => join(here, name)), concurrency: 1, timeout: 240_000 });
    stream.on('test:pass', ({ skip }) => (skip === undefined ? (sum.passed += 1) : (sum.skipped += 1)));
    stream.on('test:fail', () => (sum.failed += 1));
    const told = stream.compose(spec);
    told.pipe(process.stdout, { end: false });
    await once(told, 'end');
}

const sum = { passed: 0, failed: 0, skipped: 0 };
const began = performance.now();
await Promise.all([all(alerts), all(looking)]);
await all(alone);
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped in ${Math.round((performance.now() - began) / 1000)} s`);
if (sum.failed > 0 || sum.passed + sum.skipped === 0) process.exitCode = 1;
mock?.kill();

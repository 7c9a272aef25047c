// Runs the tests of the page in a browser: `PAGE_URL=http://127.0.0.1:8080/ node page/e2e/run.mjs [word ...]`. Without PAGE_URL they run
// against a made-up fleet. Words choose files. Ends with 0 where all tests passed or had to be skipped.

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

// One file after another: measurements must not disturb each other.
const stream = run({ files: files.sort().map((name) => join(here, name)), concurrency: 1, timeout: 240_000 });
stream.on('test:fail', () => {
    process.exitCode = 1;
});
stream.compose(spec).pipe(process.stdout);
await once(stream, 'end');
mock?.kill();

// A browser for tests of the page, and what every test checks: no errors on the console, no request to anywhere else.
//
// PAGE_URL is the page; PAGE_REPORT a folder for measurements and pictures; CHROMIUM the browser where it is in no usual place;
// PLAYWRIGHT the folder whose node_modules has playwright-core, where that is not beside these files.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const BROWSERS = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'];

/** Address of the page, with a slash at its end. */
export const base = (process.env.PAGE_URL ?? '').replace(/\/*$/, '/');
/** Folder for what was measured. */
export const report = process.env.PAGE_REPORT ?? join(here, '..', '..', 'target', 'page');
const executablePath = BROWSERS.find((path) => path && existsSync(path));
const playwright = find();

function find() {
    for (const from of [process.env.PLAYWRIGHT, here].filter(Boolean)) {
        try {
            return createRequire(join(from, 'x.js'))('playwright-core');
        } catch {
            // Looked for elsewhere, and told below.
        }
    }
    return null;
}

/** Why tests cannot be run here, or `false`. */
export const skip =
    base === '/'
        ? 'PAGE_URL does not say where the page is; see e2e/run.mjs'
        : !executablePath
          ? 'no Chromium here: install it, or name it in CHROMIUM'
          : !playwright
            ? 'no playwright-core here: npm ci --prefix page/e2e'
            : false;

/** @type {import('playwright-core').Browser} */
let browser;

/** Makes a browser for the tests of a file. */
export function withBrowser() {
    if (skip) return;
    before(async () => {
        browser = await playwright.chromium.launch({
            executablePath,
            args: ['--no-sandbox', '--disable-gpu', '--js-flags=--expose-gc', '--enable-precise-memory-info'],
        });
    });
    after(() => browser?.close());
}

/**
 * Opens the page, lets `act` do something with it, and then checks what holds for every test.
 * @param {string} path below the root
 * @param {(page: import('playwright-core').Page) => Promise<void>} act
 * @param {{ narrow?: boolean, size?: { width: number, height: number }, theme?: 'dark' | 'light', errors?: RegExp, root?: string, before?: (page: any, context: any) => Promise<void> }} [how]
 *   `errors` are those that are right on the console
 */
export async function open(path, act, { narrow = false, size, theme = 'dark', errors, root = base, before: first } = {}) {
    const context = await browser.newContext({
        viewport: size ?? (narrow ? { width: 390, height: 844 } : { width: 1440, height: 900 }),
        colorScheme: theme,
        permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = await context.newPage();
    /** @type {string[]} */
    const wrong = [];
    const origin = new URL(root).origin;
    page.on('console', (message) => {
        if (message.type() === 'error' && !errors?.test(message.text())) wrong.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => wrong.push(`error: ${error.stack ?? error}`));
    page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(origin) && !/^(data|blob):/.test(url)) wrong.push(`request to ${url}`);
    });
    page.setDefaultTimeout(15_000);
    try {
        await first?.(page, context);
        await page.goto(root + path);
        await act(page);
        assert.deepEqual(wrong, []);
    } catch (error) {
        mkdirSync(report, { recursive: true });
        await page.screenshot({ path: join(report, `failed-${Date.now()}.png`) }).catch(() => undefined);
        if (wrong.length > 0 && error instanceof Error) error.message += `\n${wrong.join('\n')}`;
        throw error;
    } finally {
        await context.close();
    }
}

/** An answer of the API. @param {string} path @param {RequestInit} [init] */
export async function api(path, init) {
    const response = await fetch(`${base}api/v1/${path}`, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : null;
}

/** @param {string} path @param {unknown} body */
export const send = (path, body) =>
    api(path, { method: 'POST', headers: { 'content-type': 'application/json', origin: new URL(base).origin }, body: JSON.stringify(body) });

/** @param {string} path */
export const drop = (path) => api(path, { method: 'DELETE', headers: { origin: new URL(base).origin } });

/** Silences one alert. @param {{ account: string, name: string }} alert @param {string} [comment] @returns {Promise<{ silenceID: string }>} */
export const silence = ({ account, name: rule }, comment = 'made by a test') =>
    send('silences', {
        matchers: Object.entries({ account, rule }).map(([name, value]) => ({ name, value, isRegex: false, isEqual: true })),
        startsAt: new Date().toISOString(),
        endsAt: new Date(Date.now() + 600_000).toISOString(),
        createdBy: 'a test',
        comment,
    });

/**
 * Asks again and again until the answer is one.
 * @template T @param {() => Promise<T | null | undefined | false>} ask @param {string} what @param {number} [ms]
 * @returns {Promise<T>}
 */
export async function until(ask, what, ms = 20_000) {
    const end = Date.now() + ms;
    for (;;) {
        const answer = await ask();
        if (answer) return answer;
        if (Date.now() > end) throw new Error(`waited ${ms / 1000} s in vain: ${what}`);
        await new Promise((done) => setTimeout(done, 150));
    }
}

/** An alert of an account that fires and is not silenced; nothing fires at once in a fleet that has just been started. @param {number} [ms] */
export const firing = (ms = 100_000) =>
    until(
        async () => {
            const { items } = await api('alerts?limit=500');
            const fire = items.filter(
                (/** @type {any} */ one) => one.account && one.fired && one.silenced_by.length === 0 && !one.acked_by && !one.recovering,
            );
            // The one that has fired longest: others may be over before they are looked at.
            return fire.sort((/** @type {any} */ a, /** @type {any} */ b) => a.since.localeCompare(b.since))[0];
        },
        'an alert that fires',
        ms,
    );

/** The account of the first few hundred that says most. */
export async function loudest() {
    return until(
        async () => {
            const { items } = await api('accounts?limit=500');
            const most = [...items].sort((a, b) => b.events_per_second - a.events_per_second).slice(0, 5);
            for (const account of most) {
                const lines = (await api(`accounts/${account.id}/logs?limit=10`)).items;
                if (lines.length >= 5) return account;
            }
            return false;
        },
        'an account that says something',
        180_000,
    );
}

/** A picture for people. @param {import('playwright-core').Page} page @param {string} name */
export async function picture(page, name) {
    mkdirSync(report, { recursive: true });
    await page.screenshot({ path: join(report, `${name}.png`) });
}

/**
 * How many times longer work takes than it needs, as others work on this machine too; 1 where it is alone. Times are measured with a
 * clock on the wall, so as much more of them is allowed.
 */
function strain() {
    const from = performance.now();
    const used = process.cpuUsage();
    let sum = 0;
    while (performance.now() - from < 200) for (let at = 0; at < 10_000; at += 1) sum += at % 7;
    const { user, system } = process.cpuUsage(used);
    return Math.max(1, ((performance.now() - from) * 1000) / Math.max(1, user + system + (sum & 0)));
}

/**
 * Keeps a measurement, and fails where it is more than what is allowed.
 * @param {string} name @param {number} value @param {{ unit: string, goal: number, slack?: number }} budget `slack`: how many times the goal is allowed
 */
export function measured(name, value, { unit, goal, slack = 2.5 }) {
    mkdirSync(report, { recursive: true });
    const file = join(report, 'measurements.json');
    const all = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
    const others = unit === 'ms' ? strain() : 1;
    const limit = goal * slack * others;
    const rounded = Number(value.toPrecision(4));
    all[name] = { value: rounded, unit, goal, limit: Math.round(limit), met: value <= goal, strain: Number(others.toFixed(2)) };
    writeFileSync(file, `${JSON.stringify(all, null, 4)}\n`);
    console.log(
        `${value <= goal ? 'ok' : 'OVER'} ${name}: ${rounded} ${unit} (goal ${goal}${others > 1.2 ? `, the machine does ${others.toFixed(1)} things at once` : ''})`,
    );
    assert.ok(
        value <= limit,
        `${name} is ${rounded} ${unit}, more than ${limit.toFixed(0)}, which is ${slack} times the goal of ${goal}${others > 1.2 ? ` on a machine that does ${others.toFixed(1)} things at once` : ''}`,
    );
}

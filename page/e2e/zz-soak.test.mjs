// Hours of live data in a short time: what the tab keeps does not grow without end.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, measured, open, skip, until, withBrowser } from './browser.mjs';

withBrowser();

/** Seconds of live data that are played. */
const SECONDS = Number(process.env.PAGE_SOAK_SECONDS ?? 1800);

/** In the page: a stream that says as much as the real one, as fast as it is told to. */
function fake() {
    class Fast extends EventTarget {
        /** @param {string} url */
        constructor(url) {
            super();
            this.url = url;
            /** @type {any} */ (window).streams = [.../** @type {any} */ (window.streams ?? []), this];
            setTimeout(() => this.say('hello', { v: 1, build: 'x', now: new Date().toISOString() }), 0);
        }

        close() {
            /** @type {any} */ (window).streams = /** @type {any} */ (window).streams.filter((/** @type {any} */ one) => one !== this);
        }

        /** @param {string} name @param {unknown} data */
        say(name, data) {
            this.dispatchEvent(Object.assign(new MessageEvent(name, { data: JSON.stringify(data), lastEventId: '' })));
        }
    }
    /** @type {any} */ (window).EventSource = Fast;
}

/** In the page: plays so many seconds. @param {{ from: number, seconds: number, size: number, directory: string, account: string }} given */
async function play({ from, seconds, size, directory, account }) {
    let roll = from + 1;
    const random = (/** @type {number} */ most) => {
        roll = (Math.imul(roll, 1664525) + 1013904223) >>> 0;
        return roll % most;
    };
    for (let second = from; second < from + seconds; second += 1) {
        for (const stream of /** @type {any} */ (window).streams) {
            for (const half of [0, 1]) {
                const d = Array.from({ length: 20 }, () => [random(size), `${random(6)}${random(3)}${random(3)}${random(9)}`]);
                stream.say('state', { v: 1_000_000 + second * 2 + half, directory, at: Date.now(), d });
            }
            if (stream.url.includes('logs')) {
                const events = Array.from({ length: 120 }, (_, at) => ({
                    at: Date.now(),
                    account,
                    tenant: 't',
                    severity: 9 + random(12),
                    severity_text: 'X',
                    source: '/aws/lambda/x',
                    body: `line ${second}/${at} ${'y'.repeat(random(900))}`,
                    cut: false,
                }));
                stream.say('logs', { events, sampled_of: 480 });
            }
        }
        if (second % 4 === 3) await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
    }
}

for (const [name, path] of [
    ['the fleet', ''],
    ['a tail', 'logs?live=1'],
]) {
    test(`${name}: after hours of live data the tab is as large as after minutes`, { skip, timeout: 200_000 }, async () => {
        const { ids, version } = await api('fleet/directory');
        await open(
            path,
            async (page) => {
                await page.getByRole('navigation', { name: 'Places' }).waitFor();
                await until(() => page.evaluate(() => /** @type {any} */ (window).streams?.length > 0), 'a stream');
                await page.waitForTimeout(2500);
                const session = await page.context().newCDPSession(page);
                const used = async () => {
                    await session.send('HeapProfiler.collectGarbage');
                    await session.send('HeapProfiler.collectGarbage');
                    return (await session.send('Runtime.getHeapUsage')).usedSize / 1e6;
                };
                const given = { size: ids.length, directory: version, account: ids[0] };
                const warm = Math.floor(SECONDS / 4);
                await page.evaluate(play, { ...given, from: 0, seconds: warm });
                const early = await used();
                await page.evaluate(play, { ...given, from: warm, seconds: SECONDS - warm });
                const late = await used();
                const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
                assert.ok(nodes < 6000, `${nodes} elements`);
                measured(`memory of ${name} after ${SECONDS} s of live data`, late, { unit: 'MB', goal: 120, slack: 1 });
                measured(`growth of ${name} in the last three quarters of that`, Math.max(0, late - early), { unit: 'MB', goal: 6, slack: 2 });
            },
            { before: (page) => page.addInitScript(fake) },
        );
    });
}

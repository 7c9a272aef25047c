// What is shown when something is missing: the server, an answer, a name for those who do not see.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, loudest, open, picture, skip, until, withBrowser } from './browser.mjs';

withBrowser();

test('without the server the last picture stays, with its time, and goes on by itself', { skip }, () =>
    open(
        '',
        async (page) => {
            await page.locator('canvas[data-cells]').first().waitFor();
            await page.getByRole('button', { name: 'live', exact: true }).waitFor();
            await page.context().setOffline(true);
            await page.getByText(/Reconnecting/).waitFor({ timeout: 40_000 });
            assert.match(await page.getByText(/Reconnecting/).innerText(), /data of \d\d:\d\d:\d\d/);
            assert.ok(await page.locator('canvas[data-cells]').first().isVisible());
            await picture(page, 'without-server');
            await page.context().setOffline(false);
            await page.getByText(/Reconnecting/).waitFor({ state: 'detached', timeout: 40_000 });
        },
        { errors: /ERR_INTERNET_DISCONNECTED|ERR_NETWORK|Failed to load|Failed to fetch/ },
    ),
);

for (const [part, path, pattern] of [
    ['the series of an account', 'account', /\/accounts\/\d+\/metrics/],
    ['the logs of an account', 'account', /\/accounts\/\d+\/logs/],
    ['shards', 'pipeline', /\/pipeline\/shards/],
    ['dead letters', 'pipeline', /\/pipeline\/dlq/],
]) {
    test(`where ${part} cannot be had, that is said, and the rest of the page is there`, { skip }, async () => {
        const { id } = await loudest();
        const problem = { code: 'unavailable', status: 503, title: 'Not now', detail: 'This cannot be answered at this moment.', hint: 'Try again.' };
        await open(
            path === 'account' ? `accounts/${id}` : path,
            async (page) => {
                await page.getByText('This cannot be answered at this moment.').first().waitFor();
                await page.getByRole('heading', { level: 1 }).waitFor();
                assert.ok((await page.getByRole('region').count()) >= 4);
            },
            {
                errors: /status of 503/,
                before: async (page) =>
                    page.route(pattern, (route) =>
                        route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify(problem) }),
                    ),
            },
        );
    });
}

test('on a wall the frame is not there', { skip }, () =>
    open('?kiosk=1', async (page) => {
        await page.locator('canvas[data-cells]').first().waitFor();
        assert.equal(await page.getByRole('navigation', { name: 'Places' }).isVisible(), false);
    }),
);

test('every control of every page has a name', { skip }, async () => {
    const { id } = await loudest();
    const { items } = await api('rules?limit=1');
    for (const path of [
        '',
        '?view=table',
        'alerts',
        'rules',
        `rules/${encodeURIComponent(items[0].rule)}`,
        'pipeline',
        'silences',
        'silences/new',
        `accounts/${id}`,
        'logs',
    ]) {
        await open(path, async (page) => {
            await page.getByRole('heading', { level: 1 }).first().waitFor();
            await page.waitForTimeout(800);
            const shape = await until(async () => page.locator('body').ariaSnapshot(), 'the shape of the page');
            const nameless = shape
                .split('\n')
                .filter((line) => /^\s*- (button|link|textbox|combobox|checkbox|searchbox|table|region)( \[[^\]]*\])*:?\s*$/.test(line));
            assert.deepEqual(nameless, [], path);
            const twice = await page.evaluate(() => {
                const ids = [...document.querySelectorAll('[id]')].map((one) => one.id);
                return ids.filter((one, at) => ids.indexOf(one) !== at);
            });
            assert.deepEqual(twice, [], `${path}: ids that are there twice`);
        });
    }
});

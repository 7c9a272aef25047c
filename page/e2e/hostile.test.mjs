// Log lines and names are written by strangers: whatever is in them is text.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, open, picture, skip, withBrowser } from './browser.mjs';

withBrowser();

const MARKUP = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script><b>bold</b>';
const BODIES = [
    MARKUP,
    '\u001b[31mred\u001b[0m \u0000 nul \u0007 bell \u007f del \u009b csi',
    'pay \u202e001 DSU\u202c to \u2066evil\u2069 \u200fright',
    `${'x'.repeat(200_000)} end`,
    `${'\u0001'.repeat(3000)} control`,
    'halves \ud800 of \udc00 pairs and a whole \ud83d\ude00',
    'javascript:alert(1) data:text/html,<script>1</script> \u2028 \u2029 ]]> --> {{7*7}} ${7*7} %s%n',
    'a\tb\nc\rd',
    '\u0301\u0301\u0301'.repeat(400),
    '',
];

/** @param {string} account */
const lines = (account) =>
    BODIES.map((body, at) => ({
        id: `h${at}`,
        at: Date.now() - at * 1000,
        account,
        tenant: MARKUP,
        severity: 17,
        severity_text: MARKUP,
        source: `/aws/${MARKUP}`,
        body: body.slice(0, 2048),
        cut: body.length > 2048,
    }));

/** @param {string} account @param {number} at */
const whole = (account, at) => ({
    ...lines(account)[at],
    observed: new Date().toISOString(),
    stream: MARKUP,
    whole: BODIES[at],
    attributes: { [MARKUP]: MARKUP, '\u202ekey': '\u202evalue', __proto__: 'p', constructor: 'c', deep: { [MARKUP]: [MARKUP] } },
    resource: { 'x y': 'a "quoted" \\ value' },
});

/** Answers with hostile lines. @param {import('playwright-core').Page} page @param {string} account */
async function poison(page, account) {
    const json = (/** @type {unknown} */ body) => ({ status: 200, contentType: 'application/json', body: JSON.stringify(body) });
    await page.route(/\/api\/v1\/(accounts\/\d+\/logs|logs\/search)\?/, (route) =>
        route.fulfill(json({ items: lines(account), scanned: 10, complete: true })),
    );
    await page.route(/\/api\/v1\/logs\/h\d+$/, (route) => route.fulfill(json(whole(account, Number(/h(\d+)$/.exec(route.request().url())?.[1])))));
}

/** @param {import('playwright-core').Page} page */
async function inert(page) {
    assert.equal(await page.evaluate(() => 'pwned' in window), false, 'a line was executed');
    assert.equal(
        await page.locator('.log-line img, .log-line script, .log-line b, .log-record img, .log-record script').count(),
        0,
        'a line became markup',
    );
    const text = await page.locator('main').evaluate((one) => one.textContent ?? '');
    assert.doesNotMatch(
        text,
        /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200f]/,
        'a character that is not seen came through',
    );
}

test('hostile lines are shown as they are, in rows of the same height', { skip }, async () => {
    const { ids } = await api('fleet/directory');
    await open(
        `accounts/${ids[0]}/logs`,
        async (page) => {
            await page
                .locator('.log-line')
                .nth(BODIES.length - 1)
                .waitFor();
            await inert(page);
            const first = page.locator('.log-line').first();
            assert.ok((await first.innerText()).includes('<img src=x onerror='));
            const sizes = await page
                .locator('.log-line')
                .evaluateAll((all) => all.map((one) => one.getBoundingClientRect()).map(({ height, width }) => `${height} ${width}`));
            assert.equal(new Set(sizes).size, 1, sizes.join(', '));
            assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, 'a line made the page wider');
            const shown = await page.locator('.log-line').allInnerTexts();
            for (const name of ['ESC', 'NUL', 'BEL', 'RLO', 'RLM', 'SOH'])
                assert.ok(
                    shown.some((text) => text.includes(name)),
                    `${name} is not shown`,
                );
            await picture(page, 'hostile');
        },
        { before: (page) => poison(page, ids[0]) },
    );
});

test('the whole of a hostile record is text, and its values can be searched for', { skip }, async () => {
    const { ids } = await api('fleet/directory');
    await open(
        `accounts/${ids[0]}/logs`,
        async (page) => {
            for (const at of BODIES.keys()) {
                await page.locator('.log-line').nth(at).click();
                await page.waitForURL(new RegExp(`record=h${at}$`));
                await page.locator('.log-record').waitFor();
                await inert(page);
                await page.keyboard.press('Escape');
                await page.locator('.log-record').waitFor({ state: 'detached' });
            }
        },
        { before: (page) => poison(page, ids[0]) },
    );
    await open(
        `accounts/${ids[0]}/logs?record=h0`,
        async (page) => {
            await page.locator('.attributes .value-add').first().click();
            await page.waitForURL(/[?&]q=/);
            await inert(page);
            assert.ok((await page.getByRole('textbox', { name: 'Search in logs' }).inputValue()).includes(MARKUP.replaceAll('"', '\\"')));
        },
        { before: (page) => poison(page, ids[0]) },
    );
});

test('a value that is copied is what was logged', { skip }, async () => {
    const { ids } = await api('fleet/directory');
    await open(
        `accounts/${ids[0]}/logs?record=h2`,
        async (page) => {
            await page.locator('.log-record').getByRole('button', { name: 'Copy the body' }).click();
            await page.getByText('Copied the body').waitFor();
            assert.equal(await page.evaluate(() => navigator.clipboard.readText()), BODIES[2]);
        },
        { before: (page) => poison(page, ids[0]) },
    );
});

test('hostile names of accounts, tenants and labels are text, on the map and in the palette', { skip }, async () => {
    const columns = await api('fleet/directory');
    const poisoned = {
        ...columns,
        version: 'hostile',
        names: columns.names.map((/** @type {string} */ name, /** @type {number} */ at) => (at % 50 === 0 ? MARKUP : name)),
        tenants: columns.tenants.map((/** @type {string} */ tenant, /** @type {number} */ at) => (at % 50 === 0 ? MARKUP : tenant)),
        labels: Object.fromEntries(
            Object.entries(columns.labels).map(([name, column]) => [
                name,
                { ...column, values: column.values.map((/** @type {string} */ value, /** @type {number} */ at) => (at === 1 ? MARKUP : value)) },
            ]),
        ),
    };
    await open(
        '?group=ou',
        async (page) => {
            await page.locator('canvas[data-cells]').first().waitFor();
            await page.keyboard.press('/');
            await page.keyboard.type('onerror');
            await page.getByRole('dialog').getByRole('option').first().waitFor();
            assert.equal(await page.evaluate(() => 'pwned' in window), false);
            assert.equal(await page.locator('main img, [role="dialog"] img').count(), 0);
        },
        {
            before: async (page) => {
                await page.route(/\/api\/v1\/fleet\/directory/, (route) =>
                    route.fulfill({ status: 200, contentType: 'application/json', body: JSON.stringify(poisoned) }),
                );
                await page.route(/\/api\/v1\/fleet\/state/, async (route) => {
                    const response = await route.fetch();
                    const state = await response.json().catch(() => null);
                    await (state ? route.fulfill({ response, json: { ...state, directory: 'hostile' } }) : route.fulfill({ response }));
                });
            },
        },
    );
});

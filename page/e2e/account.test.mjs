// The page of an account: who it is, how it has been, its logs, and the way to the next one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, firing, loudest, open, picture, skip, until, withBrowser } from './browser.mjs';

withBrowser();

/** @param {string} id */
const dashed = (id) => `${id.slice(0, 4)}-${id.slice(4, 8)}-${id.slice(8)}`;

test('the page says who the account is, and how it has been', { skip }, async () => {
    const { id, name, tenant } = await loudest();
    await open(`accounts/${id}`, async (page) => {
        await page
            .getByRole('heading', { level: 1 })
            .filter({ hasText: name || dashed(id) })
            .waitFor();
        const head = page.locator('.account-head');
        assert.match(await head.innerText(), new RegExp(dashed(id)));
        assert.match(await head.innerText(), new RegExp(tenant));
        assert.ok((await page.title()).includes(name || dashed(id)));
        assert.equal(await page.locator('figure.chart').count(), 4);
        await page.locator('figure.chart canvas').first().waitFor();
        for (const part of ['Alerts', 'Charts', 'Quotas that rules watch', 'What came', 'Logs']) await page.getByRole('region', { name: part, exact: true }).waitFor();
        assert.match(await page.locator('.state-line').innerText(), /last event[\s\S]*\/s/);
        await picture(page, 'account-dark');
    });
});

test('the alert that fires stands there with its value, its silence and its acknowledgement', { skip }, async () => {
    const alert = await firing();
    await open(`accounts/${alert.account}`, async (page) => {
        const line = page.locator(`[data-fingerprint="${alert.fingerprint}"]`);
        await line.waitFor();
        assert.ok((await line.innerText()).includes(alert.rule));
        const to = (await line.getByRole('link', { name: 'Silence' }).getAttribute('href')) ?? '';
        assert.deepEqual(new URL(to, page.url()).searchParams.getAll('m'), [`rule="${alert.rule}"`, `account="${alert.account}"`]);
        assert.ok(await line.getByRole('button', { name: 'Ack' }).isEnabled());
    });
});

test('charts share one cursor', { skip }, async () => {
    const { id } = await loudest();
    await open(`accounts/${id}`, async (page) => {
        const plots = page.locator('figure.chart .u-over');
        await plots.first().waitFor();
        await plots.first().hover({ position: { x: 90, y: 30 } });
        await until(async () => (await page.locator('figure.chart .chart-figures .muted').count()) >= 3, 'the moment at the cursor, in each chart');
        const times = await page.locator('figure.chart:not(.timeline) .chart-figures .muted').allInnerTexts();
        assert.equal(new Set(times).size, 1, times.join(' '));
    });
});

test('lines are there, a line opens beside the list, and a value that is clicked narrows the search', { skip }, async () => {
    const { id } = await loudest();
    await open(`accounts/${id}/logs`, async (page) => {
        const lines = page.locator('.log-line');
        await lines.first().waitFor();
        await lines.nth(2).click();
        await page.waitForURL(/record=/);
        const panel = page.getByRole('complementary', { name: 'Log record' });
        await panel.locator('.log-whole').waitFor();
        const source = panel.locator('dt:has-text("source") + dd .value-add').first();
        const text = await source.innerText();
        await source.click();
        await page.waitForURL(/[?&]q=source/);
        assert.ok((new URL(page.url()).searchParams.get('q') ?? '').includes(text));
        await page.keyboard.press('Escape');
        await panel.waitFor({ state: 'detached' });
        await until(async () => {
            const sources = await page.locator('.log-line .log-source').allInnerTexts();
            return sources.length > 0 && sources.every((one) => one.trim() === text);
        }, 'only lines of that source');
    });
});

test('severity narrows the list', { skip }, async () => {
    await open('logs', async (page) => {
        await page.locator('.log-line').first().waitFor();
        await page.getByRole('button', { name: 'ERROR+' }).click();
        await page.waitForURL(/sev=error/);
        await until(
            async () => {
                const words = await page.locator('.log-line .log-sev').allInnerTexts();
                return words.length > 0 && words.every((word) => /ERROR|FATAL/.test(word));
            },
            'only errors',
            30_000,
        );
    });
});

test('a search that makes no sense says why, and keeps what was found', { skip }, async () => {
    const { id } = await loudest();
    await open(
        `accounts/${id}/logs`,
        async (page) => {
            await page.locator('.log-line').first().waitFor();
            await page.getByRole('textbox', { name: 'Search in logs' }).fill('"never closed');
            await page.locator('.log-query-wrong').waitFor();
            assert.ok((await page.locator('.log-line').count()) > 0);
        },
        { errors: /status of 400/ },
    );
});

test('brackets walk along the list that one came from', { skip }, async () => {
    const { items } = await api('accounts?state=ok&limit=3');
    const [first, second] = items;
    await open(`accounts/${first.id}?list=${encodeURIComponent('?state=ok')}`, async (page) => {
        await page.getByText(/^1 of /).waitFor();
        await page.keyboard.press(']');
        await page.waitForURL(new RegExp(`/accounts/${second.id}\\?`));
        assert.equal(new URL(page.url()).searchParams.get('list'), '?state=ok');
        await page.locator('.account-head').getByText(dashed(second.id)).waitFor();
        await page.keyboard.press('[');
        await page.waitForURL(new RegExp(`/accounts/${first.id}\\?`));
    });
});

test('the id is copied as digits', { skip }, async () => {
    const { ids } = await api('fleet/directory');
    await open(`accounts/${ids[7]}`, async (page) => {
        await page.locator('.account-head').waitFor();
        await page.keyboard.press('c');
        await page.getByText(/Copied/).waitFor();
        assert.equal(await page.evaluate(() => navigator.clipboard.readText()), ids[7]);
    });
});

test('an id with dashes in the address becomes digits', { skip }, async () => {
    const { ids } = await api('fleet/directory');
    await open(`accounts/${dashed(ids[3])}`, async (page) => {
        await page.waitForURL(new RegExp(`/accounts/${ids[3]}$`));
        await page.locator('.account-head').waitFor();
    });
});

test('an account that nobody knows has closest matches', { skip }, async () => {
    const { ids } = await api('fleet/directory');
    const near = ids[11];
    const wrong = until(async () => {
        for (let digit = 0; digit < 10; digit += 1) if (!ids.includes(near.slice(0, 11) + digit)) return near.slice(0, 11) + digit;
        return null;
    }, 'an id that is not there');
    await open(
        `accounts/${await wrong}`,
        async (page) => {
            await page.getByRole('heading', { name: /is not known/ }).waitFor();
            await page.locator(`.closest [data-account="${near}"]`).waitFor();
        },
        { errors: /status of 404/ },
    );
});

test('on a narrow screen nothing overflows, in light too', { skip }, async () => {
    const { id } = await loudest();
    for (const path of [`accounts/${id}`, `accounts/${id}/logs`, 'pipeline', 'logs']) {
        await open(
            path,
            async (page) => {
                await page.locator('.panel').first().waitFor();
                await page.waitForTimeout(800);
                assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, `${path} is wider than the window`);
                await picture(page, `${path.replace(/\W+/g, '-').replace(id, 'account')}-light-narrow`);
            },
            { theme: 'light', narrow: true },
        );
    }
});

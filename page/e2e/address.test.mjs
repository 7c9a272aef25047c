// The address is the state: what is open can be linked, loaded again, gone back from, and served below any prefix.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { test } from 'node:test';
import { api, base, loudest, open, skip, until, withBrowser } from './browser.mjs';

withBrowser();

test('a link to a record in a search is the same after a reload', { skip }, async () => {
    const { id } = await loudest();
    await open(`accounts/${id}/logs`, async (page) => {
        await page.locator('.log-line').first().waitFor();
        await page.locator('.log-line').nth(1).click();
        await page.waitForURL(/record=/);
        const panel = page.getByRole('complementary', { name: 'Log record' });
        const body = await panel.locator('.log-whole').innerText();
        await page.reload();
        await panel.locator('.log-whole').waitFor();
        assert.equal(await panel.locator('.log-whole').innerText(), body);
    });
});

test('steps back lead through what was opened', { skip }, () =>
    open('', async (page) => {
        await page.locator('canvas[data-cells]').first().waitFor();
        await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Pipeline' }).click();
        await page.waitForURL(/pipeline$/);
        await page.getByRole('heading', { name: 'Pipeline', level: 1 }).waitFor();
        await page.goBack();
        await page.locator('canvas[data-cells]').first().waitFor();
        assert.equal(page.url(), base);
    }),
);

test('every place can be opened by its address', { skip }, async () => {
    const { items } = await api('rules?limit=1');
    const rule = encodeURIComponent(items[0].rule);
    for (const path of ['alerts', `alerts/rules/${rule}`, 'rules', `rules/${rule}`, 'pipeline', 'silences', 'silences/new', 'logs']) {
        await open(path, async (page) => {
            await page.getByRole('heading', { level: 1 }).first().waitFor();
            await until(async () => !(await page.getByText('This part of the page failed').isVisible()), path);
        });
    }
});

test('unknown parameters are ignored and old ones mean what they meant', { skip }, () =>
    open('?color=freshness&something=else', async (page) => {
        await page.locator('canvas[data-cells]').first().waitFor();
        await until(
            () => page.evaluate(() => [...document.querySelectorAll('select')].some((one) => one.value === 'freshness')),
            'colours of freshness',
        );
    }),
);

test('an address that leads nowhere says so', { skip }, () =>
    open('nowhere/at/all', async (page) => {
        await page.getByText('There is no such page').waitFor();
        await page.getByRole('link', { name: 'To the fleet', exact: true }).click();
        await page.locator('canvas[data-cells]').first().waitFor();
    }),
);

test('everything works below a prefix of a proxy', { skip }, async () => {
    const target = new URL(base);
    /** @type {string[]} */
    const outside = [];
    const proxy = createServer((incoming, outgoing) => {
        const path = incoming.url ?? '/';
        if (!path.startsWith('/some/where/')) {
            outside.push(path);
            outgoing.writeHead(404).end();
            return;
        }
        const headers = { ...incoming.headers, host: target.host };
        const passed = request(
            { host: target.hostname, port: target.port, method: incoming.method, path: target.pathname + path.slice('/some/where/'.length), headers },
            (answer) => {
                outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
                answer.pipe(outgoing);
            },
        );
        passed.on('error', () => outgoing.destroy());
        outgoing.on('close', () => passed.destroy());
        incoming.pipe(passed);
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const { port } = /** @type {import('node:net').AddressInfo} */ (proxy.address());
    const root = `http://127.0.0.1:${port}/some/where/`;
    const { id } = await loudest();
    try {
        await open(
            `accounts/${id}/logs`,
            async (page) => {
                await page.locator('.log-line').first().waitFor();
                await page.getByRole('link', { name: /Fanin, to the fleet/ }).click();
                await page.waitForURL(root);
                await page.locator('canvas[data-cells]').first().waitFor();
                await page.getByRole('button', { name: 'live', exact: true }).waitFor();
            },
            { root },
        );
        assert.deepEqual(
            outside.filter((path) => path !== '/favicon.ico'),
            [],
        );
    } finally {
        proxy.closeAllConnections();
        proxy.close();
    }
});

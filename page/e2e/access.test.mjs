// What somebody sees who may not do or see everything: a token that only reads, and one that is of some tenants. Whoever runs the
// page of the test may do everything, so these have a made-up fleet of their own.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { open, skip, withBrowser } from './browser.mjs';

withBrowser();

const MOCK = fileURLToPath(new URL('../test/mock.mjs', import.meta.url));

/** Runs a made-up fleet with these options while `act` is at it. @param {string[]} options @param {(root: string) => Promise<void>} act */
async function fleet(options, act) {
    const mock = spawn(process.execPath, [MOCK, '--accounts', '1200', ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
        const [line] = await once(mock.stdout, 'data');
        await act((/https?:\S+/.exec(String(line))?.[0] ?? '').replace(/\/*$/, '/'));
    } finally {
        mock.kill();
    }
}

/** @param {string} root @param {string} path */
const ask = async (root, path) => (await fetch(`${root}api/v1/${path}`)).json();

/** Names of what can be pressed on a page. @param {import('playwright-core').Page} page */
const controls = (page) => page.getByRole('main').locator('a.button, button').allInnerTexts();

test('a token is asked for once; with one that only reads nothing offers to write, and says why', { skip }, () =>
    fleet(['--readonly', '--token', 'looks-only'], (root) =>
        open(
            'alerts',
            async (page) => {
                const field = page.getByLabel('Token', { exact: true });
                await field.fill('wrong');
                await page.getByRole('button', { name: 'Sign in' }).click();
                await page.getByRole('alert').waitFor();
                await field.fill('looks-only');
                await page.getByRole('button', { name: 'Sign in' }).click();
                await page.locator('.group-row').first().waitFor();
                assert.match(await page.getByRole('note').innerText(), /^Read only\. .*viewer/s);
                const group = await page.locator('.group-row').first().getAttribute('data-row');
                await page.locator('.group-open').first().click();
                await page.locator('.alert-group .rows tbody tr').first().waitFor();
                for (const path of ['alerts', `rules/${String(group).slice(6)}`, 'pipeline', '']) {
                    if (path !== 'alerts') await page.goto(root + path);
                    await page.getByRole('heading', { level: 1 }).first().waitFor();
                    await page.getByRole('main').locator('a.button, button').first().waitFor();
                    const writing = (await controls(page)).filter((name) => /^(Silence|Ack\b|New silence)/.test(name));
                    assert.deepEqual(writing, [], path);
                }
                await page.goto(`${root}silences/new?m=rule%3D%22X%22`);
                await page.getByText('Read only.').waitFor();
                assert.equal(await page.getByRole('button', { name: /^Silence for/ }).count(), 0);
                // The cookie stands for the token: it is not asked for again.
                assert.equal(await field.count(), 0);
            },
            { root, errors: /status of 401/ },
        ),
    ),
);

test('a token of one tenant shows the accounts of that tenant, and says of the rest that it is not shown', { skip }, () =>
    fleet([], async (whole) => {
        const all = await ask(whole, 'fleet/directory');
        const tenant = all.tenants.find((/** @type {string} */ name) => name);
        const mine = all.ids.filter((/** @type {string} */ _, /** @type {number} */ at) => all.tenants[at] === tenant);
        const foreign = all.ids.find((/** @type {string} */ _, /** @type {number} */ at) => all.tenants[at] && all.tenants[at] !== tenant);
        assert.ok(mine.length > 0 && mine.length < all.ids.length);
        await fleet(['--tenants', tenant], (root) =>
            open(
                '',
                async (page) => {
                    const cells = page.locator('canvas[data-cells]').first();
                    await cells.waitFor();
                    assert.equal(Number(await cells.getAttribute('data-cells')), mine.length);
                    assert.match(await page.locator('h1').innerText(), new RegExp(`\\b${mine.length}\\b`));
                    await page.goto(`${root}accounts/${foreign}`);
                    await page.getByText(/is not known/).waitFor();
                    await page.goto(`${root}pipeline`);
                    await page.getByText(/of the whole fleet|some tenants/).first().waitFor();
                    const { items } = await ask(root, 'rules?limit=1');
                    await page.goto(`${root}rules/${items[0].rule}`);
                    await page.getByText('The source is not shown to readers of some tenants').waitFor();
                    assert.equal(await page.getByRole('button', { name: 'Try', exact: true }).count(), 0);
                },
                { root, errors: /status of 40[34]/ },
            ),
        );
    }),
);

// The fleet page: the verdict, the map of all accounts, its table, and the way there by keyboard.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, open, picture, skip, until, withBrowser } from './browser.mjs';

const ACCOUNTS = Number(process.env.PAGE_ACCOUNTS ?? 6000);

withBrowser();

test('the verdict is a sentence with the numbers of the summary, and the tab carries them', { skip }, () =>
    open('', async (page) => {
        const verdict = page.locator('h1');
        await verdict.waitFor();
        await until(async () => {
            const { needs_attention: needs, rules_firing } = await api('fleet/summary');
            const text = await verdict.innerText();
            const right = needs === 0 && rules_firing === 0 ? /quiet/i.test(text) : text.includes(needs.toLocaleString('en-US'));
            return right && (needs === 0 || (await page.title()).startsWith('('));
        }, 'a verdict with the numbers of the summary');
        assert.match(await page.title(), /Fleet - Fanin$/);
    }),
);

test('every account of the directory has a cell', { skip }, () =>
    open('', async (page) => {
        const cells = page.locator('canvas[data-cells]').first();
        await cells.waitFor();
        const { ids } = await api('fleet/directory');
        // A few of a fleet are closed, and a few speak that are not in the directory.
        assert.ok(Math.abs(ids.length - ACCOUNTS) <= ACCOUNTS / 100, `${ids.length} accounts`);
        assert.equal(Number(await cells.getAttribute('data-cells')), ids.length);
        await until(() => page.evaluate(() => performance.getEntriesByName('fleet.grid').length > 0), 'the time mark of the grid');
    }),
);

test('cells are drawn', { skip }, () =>
    open('', async (page) => {
        await page.locator('canvas[data-cells]').first().waitFor();
        const drawn = await until(
            () =>
                page.evaluate(() => {
                    const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector('canvas[data-cells]'));
                    const data = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
                    const seen = new Set();
                    for (let at = 0; at < data.length; at += 4 * 7) if (data[at + 3] === 255) seen.add(`${data[at]},${data[at + 1]},${data[at + 2]}`);
                    return seen.size > 0 && [...seen];
                }),
            'something drawn',
        );
        assert.ok(drawn.length >= 1);
    }),
);

test('a cell never moves while the page is open', { skip }, () =>
    open('', async (page) => {
        const cells = page.locator('canvas[data-cells]').first();
        await cells.waitFor();
        const size = () => cells.evaluate((one) => `${one.style.width} ${one.style.height} ${one.dataset.cells}`);
        const first = await size();
        await page.waitForTimeout(3000);
        assert.equal(await size(), first);
    }),
);

test('arrows move over the map, what is under the cursor is said, Enter opens it beside the map and Escape closes it', { skip }, () =>
    open('', async (page) => {
        const map = page.getByRole('grid', { name: /Map of/ });
        await map.waitFor();
        await map.focus();
        await page.keyboard.press('ArrowRight');
        await page.keyboard.press('ArrowDown');
        const said = await map.getByRole('gridcell').innerText();
        assert.match(said, /\d{4}-\d{4}-\d{4}/);
        await page.keyboard.press('Enter');
        await page.waitForURL(/[?&]account=\d{12}/);
        const digits = new URL(page.url()).searchParams.get('account') ?? '';
        assert.equal(said.replace(/-/g, '').includes(digits), true);
        await page.getByRole('complementary').waitFor();
        await page.keyboard.press('Escape');
        await page.getByRole('complementary').waitFor({ state: 'detached' });
        assert.ok(!page.url().includes('account='));
    }),
);

test('the table shows the same accounts as the map', { skip }, () =>
    open('', async (page) => {
        await page.locator('canvas[data-cells]').first().waitFor();
        await page.keyboard.press('m');
        const table = page.getByRole('table').last();
        await table.waitFor();
        const { ids } = await api('fleet/directory');
        assert.equal(Number(await table.getAttribute('aria-rowcount')), ids.length + 1);
        assert.ok((await table.getByRole('row').count()) < 200, 'only rows in view are elements');
        await page.keyboard.press('m');
        await page.locator('canvas[data-cells]').first().waitFor();
    }),
);

test('a chip filters, stands in the address, and is still there after a reload', { skip }, () =>
    open('', async (page) => {
        const chip = page.locator('[data-state="ok"]');
        await chip.click();
        await page.waitForURL(/state=ok/);
        await page.reload();
        await page.locator('[data-state="ok"][aria-pressed="true"]').waitFor();
    }),
);

test('an account is found by a part of its id, with dashes or without, and opened', { skip }, async () => {
    const { ids } = await api('fleet/directory');
    const id = ids[Math.floor(ids.length / 2)];
    for (const typed of [id.slice(3, 11), `${id.slice(0, 4)}-${id.slice(4, 8)}-${id.slice(8)}`]) {
        await open('', async (page) => {
            await page.locator('canvas[data-cells]').first().waitFor();
            await page.keyboard.press('/');
            await page.keyboard.type(typed);
            const found = page.getByRole('option').filter({ hasText: `${id.slice(0, 4)}-${id.slice(4, 8)}-${id.slice(8)}` });
            await found.first().waitFor();
            await found.first().click();
            await page.waitForURL(new RegExp(`/accounts/${id}$`));
        });
    }
});

test('letters go to pages, and do nothing inside a field', { skip }, () =>
    open('', async (page) => {
        await page.locator('canvas[data-cells]').first().waitFor();
        for (const [letter, path] of [
            ['a', 'alerts'],
            ['r', 'rules'],
            ['p', 'pipeline'],
            ['s', 'silences'],
        ]) {
            await page.keyboard.press('g');
            await page.keyboard.press(letter);
            await page.waitForURL(new RegExp(`/${path}$`));
        }
        await page.keyboard.press('/');
        await page.keyboard.type('g f?');
        assert.match(page.url(), /silences$/);
        await page.keyboard.press('Escape');
        await page.keyboard.press('g');
        await page.keyboard.press('f');
        await page.waitForURL(/\/$/);
    }),
);

test('dark and light look like themselves, wide and narrow, and nothing overflows', { skip }, async () => {
    for (const theme of ['dark', 'light']) {
        for (const narrow of [false, true]) {
            await open(
                '',
                async (page) => {
                    await page.locator('canvas[data-cells]').first().waitFor();
                    await page.waitForTimeout(500);
                    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g)?.map(Number) ?? []);
                    assert.equal(ground[0] < 128, theme === 'dark', `ground ${ground}`);
                    assert.ok(
                        (await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0,
                        'the page is wider than the window',
                    );
                    await picture(page, `fleet-${theme}${narrow ? '-narrow' : ''}`);
                },
                { theme, narrow },
            );
        }
    }
});

// This makes the picture of the README. To refresh it: run these tests against `fanin demo` (bad-deploy) while its release goes wrong,
// `PAGE_URL=http://127.0.0.1:8080/ node page/e2e/run.mjs fleet`, and copy target/page/page.png to docs/page.png.
test('the verdict, what fires and the whole map are on one small screen, without scrolling', { skip }, () =>
    open(
        '',
        async (page) => {
            await page.locator('canvas[data-cells]').first().waitFor();
            const { rules_firing } = await api('fleet/summary');
            if (rules_firing > 0) await page.locator('.rule-row').first().waitFor();
            await page.waitForTimeout(1000);
            for (const part of ['h1', '.firing', 'canvas[data-cells]']) {
                const box = await page.locator(part).first().boundingBox();
                assert.ok(box && box.y >= 0 && box.y + box.height <= 800, `${part} ends at ${box && box.y + box.height}`);
            }
            await picture(page, 'page');
        },
        { size: { width: 1280, height: 800 } },
    ),
);

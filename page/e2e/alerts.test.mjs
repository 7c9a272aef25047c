// The list of alerts by keyboard: open, move, select, silence, acknowledge; and what it says about itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drop, firing, open, picture, silence, skip, until, withBrowser } from './browser.mjs';

withBrowser();

/** The row that has the focus. @param {import('playwright-core').Page} page */
const row = (page) => page.evaluate(() => document.activeElement?.closest('[data-row]')?.getAttribute('data-row') ?? '');

/** Goes down to the first alert of the first group. @param {import('playwright-core').Page} page */
async function intoFirstGroup(page) {
    await page.locator('.group-row').first().waitFor();
    await page.keyboard.press('j');
    assert.match(await row(page), /^group /);
    await page.keyboard.press('Enter');
    await page.locator('.alert-group .rows tbody tr').first().waitFor();
    await page.keyboard.press('j');
    assert.match(await row(page), /^alert /);
}

test('keys lead into a group, select its alerts, and the focus stays while the list is refreshed', { skip }, async () => {
    await firing();
    await open('alerts', async (page) => {
        await intoFirstGroup(page);
        assert.match(page.url(), /[?&]open=/);
        await page.keyboard.press('x');
        const bar = page.getByRole('region', { name: 'Selection' });
        assert.match(await bar.innerText(), /1 selected/);
        await picture(page, 'alerts');
        await page.keyboard.press('Escape');
        await bar.waitFor({ state: 'hidden' });
        const before = await row(page);
        await page.waitForTimeout(3500);
        if ((await page.locator(`[data-row="${before}"]`).count()) > 0) return assert.equal(await row(page), before);
        // It resolved meanwhile and is no row any more: the keys go on at its place.
        await page.keyboard.press('j');
        assert.match(await row(page), /^alert /);
    });
});

test('a key on an alert opens the form with the alert in it', { skip }, async () => {
    await firing();
    await open('alerts', async (page) => {
        await intoFirstGroup(page);
        await page.keyboard.press('s');
        await page.waitForURL(/silences\/new\?m=/);
        assert.match(await page.getByLabel('Label', { exact: true }).first().inputValue(), /^rule$/);
        await page.locator('.preview-figure').waitFor();
    });
});

test('the list is one of tables, buttons and headings', { skip }, async () => {
    await firing();
    await open('alerts', async (page) => {
        const opens = page.locator('.group-open').first();
        await opens.waitFor();
        assert.equal(await opens.getAttribute('aria-expanded'), 'false');
        await opens.click();
        const table = page.getByRole('table').first();
        await table.waitFor();
        for (const name of ['Account', 'Value', 'Since', '24 hours', 'Told'])
            assert.equal(await table.getByRole('columnheader', { name, exact: true }).count(), 1);
        assert.equal(await opens.getAttribute('aria-expanded'), 'true');
    });
});

test('a search that nothing is like says how much it hides, and is cleared', { skip }, async () => {
    await firing();
    await open('alerts?q=tenant%3Dnobody-is-called-so', async (page) => {
        await page.getByText(/No alerts match/).waitFor();
        await page.getByRole('button', { name: 'Clear the filter' }).click();
        await page.locator('.group-row').first().waitFor();
        assert.doesNotMatch(page.url(), /nobody/);
    });
});

test('what is silenced is hidden and said, and shown when asked for', { skip }, async () => {
    const { silenceID } = await silence(await firing());
    try {
        await open('alerts', async (page) => {
            await page.locator('.more', { hasText: /Not shown: .*silenced/ }).waitFor();
            await page.getByRole('button', { name: /^\+ silenced/ }).click();
            await page.waitForURL(/state=silenced/);
            await until(async () => (await page.locator('.more', { hasText: /silenced/ }).count()) === 0, 'the sentence to go');
        });
    } finally {
        await drop(`silences/${encodeURIComponent(silenceID)}`);
    }
});

test('a rule by itself is open, with what it did', { skip }, async () => {
    const { rule } = await firing();
    await open(`alerts/rules/${encodeURIComponent(rule)}`, async (page) => {
        await page.locator('.alert-group .rows tbody tr').first().waitFor();
        await page.getByRole('heading', { name: 'Last 24 hours' }).waitFor();
        await page.getByRole('img', { name: /In the last 24 hours/ }).waitFor();
    });
});

for (const path of ['alerts', 'rules', 'silences', 'silences/new?m=rule%3D%22X%22']) {
    test(`nothing scrolls sideways on a narrow screen: ${path}`, { skip }, () =>
        open(
            path,
            async (page) => {
                await page.getByRole('heading', { level: 1 }).waitFor();
                await page.waitForTimeout(800);
                const [wide, there] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
                assert.ok(wide <= there, `${wide} px on ${there} px`);
            },
            { narrow: true, theme: 'light' },
        ),
    );
}

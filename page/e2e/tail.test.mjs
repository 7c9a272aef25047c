// Following logs as they come.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loudest, open, picture, skip, until, withBrowser } from './browser.mjs';

withBrowser();

/** @param {import('playwright-core').Page} page */
const rows = async (page) =>
    Number(
        await page
            .locator('.log-scroll')
            .getAttribute('data-rows')
            .catch(() => '0'),
    );

test('following begins on a click, brings lines, and ends on a click', { skip }, async () => {
    const { id } = await loudest();
    await open(`accounts/${id}/logs`, async (page) => {
        await page.locator('.log-line').first().waitFor();
        await page.getByRole('button', { name: 'Live', exact: true }).click();
        await page.waitForURL(/live=1/);
        const before = await rows(page);
        await until(async () => (await rows(page)) > before, 'more lines', 45_000);
        await page.getByRole('button', { name: 'Live', exact: true }).click();
        await page.waitForURL((url) => !url.search.includes('live'));
    });
});

test('scrolling up holds still and counts what comes; a click goes on at the end', { skip }, () =>
    open('logs?live=1', async (page) => {
        const list = page.locator('.log-scroll');
        await until(async () => (await rows(page)) > 60, 'more lines than fit', 60_000);
        await list.hover();
        await page.mouse.wheel(0, -400);
        const more = page.getByRole('button', { name: /^\+[\d,]+ new$/ });
        await more.waitFor({ timeout: 30_000 });
        const held = await rows(page);
        const top = await list.evaluate((one) => one.scrollTop);
        await page.waitForTimeout(2500);
        assert.equal(await rows(page), held, 'lines came in while one reads');
        assert.equal(await list.evaluate((one) => one.scrollTop), top, 'the list moved while one reads');
        await picture(page, 'tail-held');
        await more.click();
        await until(
            async () => (await rows(page)) > held && (await list.evaluate((one) => one.scrollHeight - one.scrollTop - one.clientHeight < 30)),
            'the end, with what waited',
        );
    }),
);

test('only lines in view are elements, however many there are', { skip }, () =>
    open('logs?live=1', async (page) => {
        await until(async () => (await rows(page)) > 120, 'many lines', 60_000);
        assert.ok((await page.locator('.log-line').count()) < 100);
    }),
);

test('the tail shows lines that match, and no others', { skip }, () =>
    open('logs?live=1&sev=error', async (page) => {
        await until(async () => (await rows(page)) > 0, 'an error', 60_000);
        const words = await page.locator('.log-line .log-sev').allInnerTexts();
        assert.ok(
            words.every((word) => /ERROR|FATAL/.test(word)),
            words.join(' '),
        );
    }),
);

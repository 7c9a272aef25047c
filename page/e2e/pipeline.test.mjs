// The page of the pipeline, of alerts and of rules, as those who do not see them have them read out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, firing, open, picture, skip, until, withBrowser } from './browser.mjs';

withBrowser();

test('the frame has five places, and says where one is', { skip }, async () => {
    for (const [path, name] of [
        ['', 'Fleet'],
        ['alerts', 'Alerts'],
        ['rules', 'Rules'],
        ['pipeline', 'Pipeline'],
        ['silences', 'Silences'],
    ]) {
        await open(path, async (page) => {
            const places = page.getByRole('navigation', { name: 'Places' });
            await places.waitFor();
            const shape = await places.ariaSnapshot();
            assert.match(shape, /link .?"?Fleet[\s\S]*link "Alerts"[\s\S]*link "Rules"[\s\S]*link "Pipeline"[\s\S]*link "Silences"/);
            assert.match(await places.locator('[aria-current="page"]').innerText(), new RegExp(`^${name}`));
            await page.getByRole('main').waitFor();
            await page.getByRole('contentinfo').waitFor();
        });
    }
});

test('stages, shards, dead letters and freshness are told in words', { skip }, () =>
    open('pipeline', async (page) => {
        await page.getByRole('heading', { name: 'Pipeline', level: 1 }).waitFor();
        const main = page.getByRole('main');
        const { stages } = await api('pipeline');
        await until(async () => {
            const shape = await main.ariaSnapshot();
            return (
                stages.every(({ name }) => shape.includes(name)) &&
                /region "Stages"/.test(shape) &&
                /region "Dead letters"/.test(shape) &&
                /region "Accounts by freshness"/.test(shape) &&
                /meter "Memory"/.test(shape)
            );
        }, 'the shape of the page');
        await picture(page, 'pipeline-dark');
    }),
);

test('each number of freshness opens its list', { skip }, () =>
    open('pipeline', async (page) => {
        await page
            .getByRole('region', { name: 'Accounts by freshness' })
            .getByRole('link', { name: /unknown/ })
            .click();
        await page.waitForURL(/kind=unknown/);
        await page.locator('[data-kind="unknown"]').waitFor();
        const { total } = await api('pipeline/accounts?kind=unknown&limit=1');
        await until(
            async () =>
                total === 0
                    ? page.getByText('No unknown accounts').isVisible()
                    : (await page.getByRole('table', { name: 'unknown accounts' }).getByRole('row').count()) > 1,
            'the list of unknown accounts',
        );
    }),
);

test('dead letters have a sample, and a replay is tried before it is done', { skip }, async (t) => {
    const { items } = await api('pipeline/dlq');
    if (items.length === 0) return t.skip('no dead letters here');
    await open('pipeline', async (page) => {
        const group = page.locator(`[data-reason="${items[0].reason}"]`);
        await group.getByRole('button', { name: 'Sample' }).click();
        await group.locator('.sample').waitFor();
        await group.getByRole('button', { name: 'Replay...' }).click();
        await group.getByText(/would be sent/).waitFor();
        await group.getByRole('button', { name: 'Cancel' }).click();
        await group.getByText(/would be sent/).waitFor({ state: 'detached' });
    });
});

test('a rule that fires has a row in the alerts, which opens in place', { skip }, async () => {
    const alert = await firing();
    await open('alerts', async (page) => {
        const row = page
            .locator(`[data-row="group ${alert.rule}"]`)
            .or(page.locator('.group-row').filter({ hasText: alert.rule }))
            .first();
        await row.waitFor();
        await row.click();
        await page.waitForURL(/open=/);
        await page.getByRole('main').locator('[data-account]').first().waitFor();
        await picture(page, 'alerts-dark');
    });
});

test('rules show their source with the line it begins at', { skip }, async () => {
    const { items } = await api('rules?limit=1');
    await open(`rules/${encodeURIComponent(items[0].rule)}`, async (page) => {
        await page.getByRole('heading', { level: 1 }).filter({ hasText: items[0].rule }).waitFor();
        await page.getByText(items[0].file, { exact: false }).first().waitFor();
        await page.locator(`[data-line="${items[0].line}"]`).first().waitFor();
        await picture(page, 'rule-dark');
    });
});

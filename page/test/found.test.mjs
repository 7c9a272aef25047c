import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filled, goesOn, keptFrom, nothing, withPage } from '../js/model/found.js';
import { KEPT } from '../js/model/tail.js';

const rows = (from, count) =>
    Array.from({ length: count }, (_, at) => ({
        id: String(from + at),
        at: 0,
        account: '',
        tenant: '',
        severity: 9,
        severity_text: '',
        source: '',
        body: '',
        cut: false,
    }));

test('pages come one after another, and a row that was there is not shown twice', () => {
    const one = withPage(nothing(), { items: rows(0, 3), scanned: 10, complete: false, next: 'c' });
    const two = withPage(one, { items: rows(2, 3), scanned: 10, complete: true });
    assert.deepEqual([two.rows.length, two.scanned, two.complete, two.next], [5, 20, true, undefined]);
});

test('rows without an id are all kept', () => {
    const loose = rows(0, 2).map(({ id: _, ...row }) => row);
    assert.equal(
        withPage(withPage(nothing(), { items: loose, scanned: 2, complete: false, next: 'c' }), { items: loose, scanned: 2, complete: true }).rows
            .length,
        4,
    );
});

test('the page keeps so many rows and says that it is full', () => {
    const found = withPage(nothing(), { items: rows(0, KEPT + 10), scanned: KEPT + 10, complete: false, next: 'c' });
    assert.deepEqual([found.rows.length, found.full], [KEPT, true]);
});

test('a search that found little goes on a few times by itself', () => {
    let found = withPage(nothing(), { items: rows(0, 2), scanned: 10, complete: false, next: 'c' });
    assert.ok(goesOn(found));
    for (let at = 0; at < 4; at += 1) found = withPage(found, { items: [], scanned: 10, complete: false, next: 'c' });
    assert.ok(!goesOn(found));
    assert.ok(!goesOn(withPage(nothing(), { items: rows(0, 2), scanned: 10, complete: true })));
});

test('the end of what is kept is told once all of it was looked at', () => {
    const page = { items: rows(0, 1), scanned: 1, complete: true, oldest: '2026-11-22T12:00:00Z' };
    const at = Date.parse('2026-11-22T12:00:00Z');
    assert.equal(keptFrom(withPage(nothing(), page), at - 1), at);
    assert.equal(keptFrom(withPage(nothing(), page), at + 1), undefined);
    assert.equal(keptFrom(withPage(nothing(), { ...page, next: 'c' }), at - 1), undefined);
});

test('templates are filled and cannot be broken out of', () => {
    assert.equal(
        filled('https://x/{account_id}?q={query}&y={other}', { account_id: '123', query: 'a&b=c "d"' }),
        'https://x/123?q=a%26b%3Dc%20%22d%22&y={other}',
    );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amount, of, percentOf, priceText, sourceText, tone, whenText, wholeText } from '../js/model/quotas.js';

test('a share is 100 % only where all of a quota is used', () => {
    assert.deepEqual([0, 0.874, 0.998, 1, 1.04].map(percentOf), ['0 %', '87 %', '99 %', '100 %', '104 %']);
    assert.deepEqual([0.79, 0.8, 0.949, 0.95, 1.2].map(tone), ['', 'poor', 'poor', 'bad', 'bad']);
});

test('what is whole is told as that and nothing else is', () => {
    assert.deepEqual([1, 0.99999, 0.5, undefined].map(wholeText), ['100.0 %', '99.9 %', '50.0 %', '-']);
});

test('prices keep the digits that matter, and without one there is no figure', () => {
    assert.deepEqual(
        [0, 0.0042, 0.5, 12.345, 1234.5, undefined].map((price) => priceText(price, 'USD')),
        ['0.00 USD', '0.0042 USD', '0.50 USD', '12.35 USD', '1,235 USD', '-'],
    );
    assert.equal(amount(1000), '1,000');
});

test('where a value is from stands beside who answers for it', () => {
    assert.equal(sourceText({ source: 'override', owner: 'payments' }), 'table, this account, payments');
    assert.equal(sourceText({ source: 'aws_default' }), 'default (documented)');
    assert.equal(sourceText({}), '');
});

test('when a quota is used up is told by the day, or why nobody can tell', () => {
    assert.equal(whenText({ kind: 'at', at: '2026-12-09T23:59:00Z', text: 'about 2026-12-09' }), 'about 9 Dec 2026');
    const told = ['unknown', 'reached', 'not_enough_history', 'not_growing', 'later', 'new'].map((kind) => whenText({ kind, text: 'as it says' }));
    assert.deepEqual(told, ['unknown', 'used up', 'too early to tell', 'does not grow', 'in over a year', 'as it says']);
});

test('a row has three times', () => {
    const row = { today: { bytes: 1 }, day: { bytes: 2 }, total: { bytes: 3 } };
    assert.deepEqual(['today', 'day', 'total'].map((period) => of(row, period).bytes), [1, 2, 3]);
});

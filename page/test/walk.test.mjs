import assert from 'node:assert/strict';
import { test } from 'node:test';
import { around, asked } from '../js/model/walk.js';
import { cut, range, wider } from '../js/model/range.js';

test('a list of the fleet page asks for its states, its rule and its words', () => {
    assert.deepEqual(asked('?state=critical,warning&rule=A&q=tier%3Dgold&group=ou'), { rule: 'A', state: 'critical,warning', q: 'tier=gold' });
    assert.deepEqual(asked('/?freshness=silent'), { freshness: 'silent' });
    assert.deepEqual(asked(''), {});
});

test('a list of alerts of a rule asks for the accounts of that rule', () => {
    assert.deepEqual(asked('alerts/rules/Api%20Errors?state=critical&q=x'), { rule: 'Api Errors' });
    assert.deepEqual(asked('alerts?open=ApiErrorRate&q=x'), { rule: 'ApiErrorRate' });
    assert.deepEqual(asked('alerts?open=A&open=B'), { state: 'critical,warning,error,no_data,pending' });
    assert.deepEqual(asked('rules/ApiErrorRate'), { rule: 'ApiErrorRate' });
});

test('one walks from neighbour to neighbour and stops at the ends', () => {
    assert.deepEqual(around(['a', 'b', 'c'], 'b'), { at: 1, of: 3, before: 'a', after: 'c' });
    assert.deepEqual(around(['a', 'b'], 'b'), { at: 1, of: 2, before: 'a' });
    assert.deepEqual(around(['a', 'b'], 'x'), { at: -1, of: 2, before: 'b', after: 'a' });
    assert.deepEqual(around([], 'x'), { at: -1, of: 0 });
});

const NOW = Date.parse('2026-11-22T14:00:00Z');

test('a range without words is the last hour, and follows', () => {
    assert.deepEqual(range('', '', NOW), { from: NOW - 3_600_000, to: NOW, follows: true, words: 'now-1h' });
});

test('a range of two moments stays', () => {
    const given = range('2026-11-22T12:00:00Z', '2026-11-22T12:30:00Z', NOW);
    assert.deepEqual([given.to - given.from, given.follows], [1_800_000, false]);
});

test('a range that ends before it begins is the hour before its end', () => {
    const given = range('2026-11-22T13:00:00Z', '2026-11-22T12:00:00Z', NOW);
    assert.equal(given.to - given.from, 3_600_000);
});

test('a wider range has the same middle until it would reach beyond now', () => {
    assert.deepEqual(wider({ from: 1000, to: 2000 }, 10_000), { from: 500, to: 2500 });
    assert.deepEqual(wider({ from: 1000, to: 2000 }, 2000), { from: 0, to: 2000 });
    assert.equal(cut(1999, 1000), 1000);
});

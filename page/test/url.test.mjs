import assert from 'node:assert/strict';
import { test } from 'node:test';
import { absolute, changed, match, query, text, time } from '../js/model/url.js';

test('paths lead to places, and their parts are read', () => {
    assert.deepEqual(match(''), { name: 'fleet', args: {} });
    assert.deepEqual(match('accounts/123456789012'), { name: 'account', args: { id: '123456789012' } });
    assert.deepEqual(match('/accounts/123456789012/logs/'), { name: 'logs', args: { id: '123456789012' } });
    assert.deepEqual(match('alerts/rules/A%20B'), { name: 'alerts', args: { rule: 'A B' } });
    assert.deepEqual(match('silences/new'), { name: 'silence', args: {} });
    assert.equal(match('nowhere/at/all'), null);
    assert.deepEqual(match('rules/%E0%A4%A'), { name: 'rule', args: { rule: '%E0%A4%A' } });
});

test('old names of parameters are understood, unknown ones are kept', () => {
    assert.equal(query('?color=rule&mine=1').toString(), 'colour=rule&mine=1');
});

test('a change leaves the others alone', () => {
    const params = query('?state=critical&m=a&m=b&mine=1');
    assert.equal(changed(params, { state: null, q: 'x y' }).toString(), 'm=a&m=b&mine=1&q=x+y');
    assert.equal(changed(params, { m: ['c'] }).toString(), 'state=critical&mine=1&m=c');
});

test('addresses stay readable', () => assert.equal(text(changed(query(''), { state: 'critical,warning' })), '?state=critical,warning'));

test('times are relative, in milliseconds, or written out', () => {
    assert.equal(time('now', 1000), 1000);
    assert.equal(time('now-1h', 36e5), 0);
    assert.equal(time('1700000000000', 0), 1700000000000);
    assert.equal(time('2026-01-01T00:00:00Z', 0), Date.UTC(2026, 0, 1));
    assert.equal(time('soon', 0), null);
    assert.equal(time('', 0), null);
});

test('a shared address has times that stay', () => {
    assert.equal(absolute(query('?from=now-1h&to=now&q=x'), 36e5).toString(), 'q=x&from=1970-01-01T00%3A00%3A00.000Z&to=1970-01-01T01%3A00%3A00.000Z');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slots } from '../js/model/transitions.js';

const END = Date.UTC(2026, 10, 29, 12);
const HOUR = 3_600_000;
const change = (hoursAgo, from, to) => ({ at: new Date(END - hoursAgo * HOUR).toISOString(), from, to });
const sums = (all) => all.map(({ began, ended }) => [began, ended]);

test('what began and what resolved is counted in its slot, oldest first', () => {
    const all = slots([change(3.5, 'pending', 'warning'), change(0.5, 'warning', 'ok'), change(0.4, 'ok', 'critical')], END, 4 * HOUR, 4);
    assert.deepEqual(sums(all), [[1, 0], [0, 0], [0, 0], [1, 1]]);
    assert.equal(all[0].at, END - 4 * HOUR);
});

test('becoming worse is no beginning, and what was only pending resolves nothing', () => {
    const all = slots([change(1, 'warning', 'critical'), change(1, 'pending', 'ok'), change(1, 'ok', 'pending'), change(1, 'critical', 'no_data')], END, 2 * HOUR, 1);
    assert.deepEqual(sums(all), [[0, 0]]);
});

test('missing data begins and ends as alerts do', () => {
    assert.deepEqual(sums(slots([change(1, 'ok', 'no_data'), change(0.5, 'no_data', 'ok')], END, 2 * HOUR, 1)), [[1, 1]]);
});

test('what is outside of the time is left out, the last moment is in it', () => {
    assert.deepEqual(sums(slots([change(9, 'ok', 'warning'), change(0, 'ok', 'warning')], END, 2 * HOUR, 2)), [[0, 0], [1, 0]]);
});

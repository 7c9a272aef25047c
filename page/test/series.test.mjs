import assert from 'node:assert/strict';
import { test } from 'node:test';
import { column, errorRate, greatest, latest, niceEnd, seconds, severities, silent } from '../js/model/series.js';

const series = {
    names: ['logs', 'errors', 'warnings', 'delay_ms'],
    units: ['1/min', '1/min', '1/min', 'ms'],
    step_ms: 60_000,
    known_from: 60_000,
    data: [
        [0, 60_000, 120_000, 180_000],
        [null, 100, 0, 50],
        [null, 10, 0, 80],
        [null, 20, 0, null],
        [null, 900, null, 1200],
    ],
};

test('columns are found by name; what is not there is all gaps', () => {
    assert.deepEqual(column(series, 'delay_ms'), [null, 900, null, 1200]);
    assert.deepEqual(column(series, 'bytes'), [null, null, null, null]);
    assert.deepEqual(seconds(series), [0, 60, 120, 180]);
});

test('severities stand on one another and never above their sum', () => {
    const { errors, warnings, rest, total } = severities(series);
    assert.deepEqual(errors, [null, 10, 0, 50]);
    assert.deepEqual(warnings, [null, 20, 0, 0]);
    assert.deepEqual(rest, [null, 70, 0, 0]);
    assert.deepEqual(total, [null, 100, 0, 50]);
});

test('a minute without records has no error rate', () => {
    assert.deepEqual(errorRate(series), [null, 10, null, 100]);
});

test('columns are summed up', () => {
    assert.equal(greatest([null, 3, undefined, 2]), 3);
    assert.equal(latest([1, 2, null]), 2);
    assert.equal(latest([null]), undefined);
    assert.ok(silent([null, undefined]) && !silent([0]));
});

test('a scale ends at a number that is easy to read', () => {
    assert.deepEqual([0, 0.7, 1, 3, 23, 26, 870].map(niceEnd), [1, 1, 1, 5, 25, 50, 1000]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advice, figures, freshness, lagState, sorted, stageState } from '../js/model/pipeline.js';

const shard = (name, behind_seconds, more = {}) => ({
    stream: 's',
    shard: name,
    behind_seconds,
    records_per_second: 1,
    bytes_per_second: 1,
    spark: [],
    ...more,
});

const say = { count: String, bytes: (n) => `${n} B`, percent: (n) => `${n * 100} %`, seconds: (n) => `${n} s` };

test('shards that stand still come first, then those furthest behind, then names as numbers', () => {
    const all = [
        shard('shard-10', 0),
        shard('shard-9', 0),
        shard('shard-3', 70),
        shard('shard-4', 5, { trouble: 'throttled' }),
        shard('shard-8', 0, { trouble: 'end of shard' }),
    ];
    assert.deepEqual(
        sorted(all, 'lag').map((one) => one.shard),
        ['shard-4', 'shard-3', 'shard-8', 'shard-9', 'shard-10'],
    );
    assert.deepEqual(
        sorted(all, 'shard').map((one) => one.shard),
        ['shard-3', 'shard-4', 'shard-8', 'shard-9', 'shard-10'],
    );
});

test('a lag is late from a minute on and bad from five', () => {
    assert.deepEqual([0, 59, 60, 299, 300].map(lagState), ['good', 'good', 'poor', 'poor', 'bad']);
});

test('figures that are zero are left out and bad ones come first', () => {
    const stage = { name: 'export', unit: 'records', per_second: 1, total: 10, errors: 0, figures: { retried: 12, refused: 3, spilled: 0 } };
    assert.deepEqual(figures(stage, say), [
        { name: 'refused', bad: true, value: '3' },
        { name: 'retried', bad: false, value: '12' },
    ]);
});

test('a stage is bad when its queue is nearly full', () => {
    const stage = { name: 'x', unit: 'records', per_second: 1, total: 1000, errors: 1, figures: {} };
    assert.equal(stageState(stage), 'good');
    assert.equal(stageState({ ...stage, queue: 0.6 }), 'poor');
    assert.equal(stageState({ ...stage, errors: 20 }), 'poor');
    assert.equal(stageState({ ...stage, queue: 0.95 }), 'bad');
});

test('every code of a trouble that the API names has advice', () => {
    for (const code of [
        'late',
        'rules_stalled',
        'rules_not_read',
        'directory_stale',
        'store_dropping',
        'store_off',
        'receivers_failing',
        'destination_down',
    ]) {
        assert.notEqual(advice({ code, blind: true, message: '', link: '' }), '', code);
    }
    assert.equal(advice({ code: 'other', blind: true, message: '', link: '' }), '');
});

test('silent and unknown accounts are told beside the others', () => {
    const kinds = freshness({ freshness: { live: 9, late: 0, silent: 2, new: 1, suspended: 0 }, unknown: 3, throttled: 0 });
    assert.deepEqual(
        kinds.filter(({ bad }) => bad).map(({ kind, count }) => [kind, count]),
        [
            ['silent', 2],
            ['unknown', 3],
        ],
    );
});

test('a few errors among many are told quietly, and one is one', () => {
    const stage = { name: 'decode', unit: 'records', per_second: 1, total: 1_000_000, errors: 1, figures: { rejected: 500 } };
    assert.deepEqual(figures(stage, say), [
        { name: 'rejected', bad: true, value: '500' },
        { name: 'error', bad: false, value: '1' },
    ]);
});

test('figures are told by what their names end in', () => {
    const stage = {
        name: 'x',
        unit: 'records',
        per_second: 1,
        total: 10,
        errors: 0,
        figures: {
            bytes_per_second: 5,
            inflated_bytes_per_second: 6,
            ticks_per_second: 1,
            cycle_seconds: 0.3,
            lag_seconds: 2,
            error_share: 0.5,
            spilled_batches: 2,
        },
    };
    assert.deepEqual(
        figures(stage, say).map(({ value, name }) => `${value} ${name}`),
        ['5 B/s ', '6 B/s inflated', '1/s ticks', '0.3 s a cycle', '2 s lag', '50 % errors', '2 spilled batches'],
    );
});

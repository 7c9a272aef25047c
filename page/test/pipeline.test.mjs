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
    assert.deepEqual(figures(stage, String), [
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
    for (const code of ['late', 'rules_stalled', 'rules_not_read', 'directory_stale', 'store_dropping', 'store_off', 'receivers_failing']) {
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
    assert.deepEqual(figures(stage, String), [
        { name: 'rejected', bad: true, value: '500' },
        { name: 'error', bad: false, value: '1' },
    ]);
});

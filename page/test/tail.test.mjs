import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BATCH, emptyTail, KEPT, paused, resumed, sampledText, taken } from '../js/model/tail.js';

/** @param {number} from @param {number} count */
const numbers = (from, count) => Array.from({ length: count }, (_, at) => from + at);

test('rows come at the end and the oldest go', () => {
    let tail = emptyTail(numbers(0, KEPT));
    tail = taken(tail, numbers(KEPT, 10), 10);
    assert.equal(tail.rows.length, KEPT);
    assert.equal(tail.rows[0], 10);
    assert.equal(tail.rows.at(-1), KEPT + 9);
});

test('while paused rows wait and are counted', () => {
    let tail = paused(emptyTail([1]));
    tail = taken(taken(tail, [2, 3], 2), [4], 1);
    assert.deepEqual([tail.rows, tail.waiting.length], [[1], 3]);
    tail = resumed(tail);
    assert.deepEqual([tail.rows, tail.waiting, tail.paused], [[1, 2, 3, 4], [], false]);
});

test('what waits is bounded and what is lost is told', () => {
    let tail = paused(emptyTail());
    for (let at = 0; at < 20; at += 1) tail = taken(tail, numbers(at * BATCH, BATCH), BATCH);
    assert.equal(tail.waiting.length, KEPT);
    assert.equal(tail.lost, 20 * BATCH - KEPT);
    assert.equal(resumed(tail).rows.length, KEPT);
});

test('a batch is cut to its newest rows and told as a sample', () => {
    const tail = taken(emptyTail(), numbers(0, 800), 4000);
    assert.equal(tail.rows.length, BATCH);
    assert.equal(tail.rows.at(-1), 799);
    assert.equal(sampledText(tail), 'sampled 1 of 8');
    assert.equal(tail.seen, 4000);
});

test('a whole batch is no sample', () => {
    assert.equal(sampledText(taken(emptyTail(), [1, 2], 2)), undefined);
    assert.equal(sampledText(taken(taken(emptyTail(), [1], 8), [1], 1)), undefined);
});

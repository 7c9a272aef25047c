import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digitsOf, distance, nearest } from '../js/model/nearest.js';

/** Milliseconds that this process has worked, whatever else the machine does. */
const worked = () => process.cpuUsage().user / 1000;

const ids = ['000012345678', '111122223333', '111122223334', '999988887777'];

test('ids are read with dashes and spaces; other text is none', () => {
    assert.equal(digitsOf('1111-2222-3333'), '111122223333');
    assert.equal(digitsOf(' 1111 2222 '), '11112222');
    assert.equal(digitsOf('acme-1'), '');
});

test('a mistyped, a missing and two swapped digits are found', () => {
    assert.equal(nearest(ids, '111122223335')[0]?.distance, 1);
    assert.equal(nearest(ids, '99998888777')[0]?.id, '999988887777');
    assert.equal(nearest(ids, '999988878777')[0]?.id, '999988887777');
});

test('lost leading zeros are found', () => {
    assert.equal(nearest(ids, '12345678')[0]?.id, '000012345678');
});

test('nothing is close to what is far away', () => {
    assert.deepEqual(nearest(ids, '555555555555'), []);
    assert.deepEqual(nearest(ids, 'text'), []);
});

test('distances count edits and swaps', () => {
    assert.deepEqual([distance('123', '123', 4), distance('123', '132', 4), distance('123', '13', 4), distance('1', '123456789', 4)], [0, 1, 1, 5]);
});

test('six thousand ids take little time', () => {
    const many = Array.from({ length: 6000 }, (_, at) => String(100_000_000_000 + at * 7_654_321));
    const started = worked();
    nearest(many, '100000000001');
    assert.ok(worked() - started < 500);
});

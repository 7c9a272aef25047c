import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellAt, corner, mini } from '../js/model/mini.js';

test('cells fill the area, and no more than that where they can', () => {
    for (const [width, height, count] of [[560, 190, 6000], [332, 190, 6000], [560, 190, 12], [1200, 300, 20_000]]) {
        const map = mini(width, height, count);
        assert.ok(map.cols * map.rows >= count && map.cols * map.pitch <= width);
        assert.ok(map.pitch === 3 || map.rows * map.pitch <= height);
    }
});

test('a point in a cell is that cell, and one beside all of them is none', () => {
    const map = mini(560, 190, 6000);
    for (const at of [0, 1, map.cols, 5999]) {
        const { x, y } = corner(map, at);
        assert.equal(cellAt(map, x + 1, y + 1), at);
    }
    assert.equal(cellAt(map, map.cols * map.pitch + 1, 0), -1);
    assert.equal(cellAt(map, 0, map.rows * map.pitch + 1), -1);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockOf, corner, hit, layout, neighbours, pitchFor, step, within } from '../js/model/layout.js';

const groups = (...sizes) => {
    let next = 0;
    return sizes.map((size, g) => ({ name: `g${g}`, members: Array.from({ length: size }, () => next++) }));
};

test('6,000 cells in 1200 x 560 are 10 apart', () => assert.equal(pitchFor(1200, 560, 6000), 10));

test('cells are never closer than 5 nor further than 24', () => {
    assert.equal(pitchFor(100, 100, 6000), 5);
    assert.equal(pitchFor(2000, 2000, 3), 24);
});

for (const sizes of [[2881, 2140, 604, 387], [6000], [1], Array.from({ length: 417 }, (_, i) => 1 + (i % 30)), [3, 3, 3]]) {
    for (const width of [360, 900, 1600]) {
        test(`${sizes.length} groups in ${width} px: every account has one cell, none overlap, and a hit finds it`, () => {
            const all = groups(...sizes);
            const count = sizes.reduce((a, b) => a + b, 0);
            const made = layout(all, width, 560, count);
            assert.equal(made.order.length, count);
            assert.deepEqual([...new Set(made.order)].length, count);
            const seen = new Set();
            for (let cell = 0; cell < count; cell += 1) {
                const { x, y } = corner(made, cell);
                assert.ok(x >= 0 && x + made.pitch <= Math.max(width, made.pitch), `cell ${cell} at ${x}`);
                assert.ok(!seen.has(`${x} ${y}`));
                seen.add(`${x} ${y}`);
                assert.equal(hit(made, x + 1, y + 1), cell);
                assert.equal(made.cellOf[made.order[cell]], cell);
            }
        });
    }
}

test('the same groups make the same map', () => {
    assert.deepEqual(layout(groups(50, 20), 500, 300, 70), layout(groups(50, 20), 500, 300, 70));
});

test('the map fits the area where cells may become small enough', () => {
    const made = layout(groups(2881, 2140, 604, 387), 900, 560, 6012);
    assert.ok(made.height <= 605, String(made.height));
});

test('arrows move by one cell, page keys by group, and none leaves the map', () => {
    const made = layout(groups(40, 30, 20), 400, 300, 90);
    assert.equal(step(made, 0, 'ArrowRight'), 1);
    assert.equal(step(made, 0, 'ArrowLeft'), 0);
    assert.equal(step(made, 0, 'PageDown'), 40);
    assert.equal(step(made, 45, 'PageUp'), 40);
    assert.equal(step(made, 40, 'PageUp'), 0);
    assert.equal(step(made, 5, 'End'), 89);
    for (let cell = 0; cell < 90; cell += 1) {
        for (const key of ['ArrowDown', 'ArrowUp']) {
            const next = step(made, cell, key);
            assert.ok(next >= 0 && next < 90);
        }
    }
});

test('a cell in the middle has eight neighbours, one at a corner three', () => {
    const made = layout(groups(100), 240, 300, 100);
    const { cols } = made.blocks[0];
    assert.equal(neighbours(made, [cols + 1]).length, 8);
    assert.deepEqual(neighbours(made, [0]).sort((a, b) => a - b), [1, cols, cols + 1]);
    assert.ok(!neighbours(made, [0, 1]).includes(1));
});

test('a rectangle takes the cells it touches', () => {
    const made = layout(groups(40), 240, 300, 40);
    const { x, y } = corner(made, 0);
    assert.deepEqual(within(made, { x: x + 1, y: y + 1, width: made.pitch, height: 1 }), [0, 1]);
    assert.equal(within(made, { x: 0, y: 0, width: 240, height: 600 }).length, 40);
    assert.equal(blockOf(made, 39), 0);
});

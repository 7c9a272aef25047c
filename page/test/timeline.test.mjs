import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lanes, spanAt } from '../js/model/timeline.js';

const T0 = Date.parse('2026-11-22T14:00:00.000Z');
/** @param {number} minutes */
const at = (minutes) => new Date(T0 + minutes * 60_000).toISOString();

/**
 * @param {string} fingerprint
 * @param {number} minutes
 * @param {any} from
 * @param {any} to
 * @returns {any}
 */
const step = (fingerprint, minutes, from, to) => ({
    at: at(minutes),
    fingerprint,
    name: 'Rule' + fingerprint,
    rule: 'Rule' + fingerprint,
    tenant: 't',
    group: {},
    from,
    to,
    value_text: '7 %',
    reason: 'above',
    episode: 1,
});

/** @param {string} fingerprint @param {any} state @param {number} minutes @returns {any} */
const alert = (fingerprint, state, minutes) => ({
    fingerprint,
    name: 'Rule' + fingerprint,
    rule: 'Rule' + fingerprint,
    group: { queue: 'q' },
    state,
    since: at(minutes),
});

test('transitions in any order become spans that fill the range', () => {
    const { lanes: all } = lanes(
        [step('a', 30, 'pending', 'critical'), step('a', 20, 'ok', 'pending'), step('a', 50, 'critical', 'ok')],
        [],
        T0,
        T0 + 3_600_000,
    );
    assert.deepEqual(
        all[0]?.spans.map(({ state }) => state),
        ['ok', 'pending', 'critical', 'ok'],
    );
    assert.equal(all[0]?.spans[0]?.from, T0);
    assert.equal(all[0]?.spans.at(-1)?.to, T0 + 3_600_000);
    assert.equal(all[0]?.worst, 'critical');
});

test('an alert that changed before the range has what it holds now', () => {
    const { lanes: all } = lanes([], [alert('a', 'warning', -30)], T0, T0 + 3_600_000);
    assert.deepEqual(all[0]?.spans, [{ from: T0, to: T0 + 3_600_000, state: 'warning' }]);
    assert.equal(all[0]?.group, 'queue=q');
});

test('before the first step stands the state that it left', () => {
    const { lanes: all } = lanes([step('a', 30, 'critical', 'ok')], [], T0, T0 + 3_600_000);
    assert.deepEqual(
        all[0]?.spans.map(({ state }) => state),
        ['critical', 'ok'],
    );
});

test('the worst now come first, and what is not shown is counted', () => {
    const alerts = [alert('a', 'pending', 0), alert('b', 'critical', 0), alert('c', 'warning', 0)];
    const { lanes: all, left } = lanes([step('d', 10, 'ok', 'critical'), step('d', 20, 'critical', 'ok')], alerts, T0, T0 + 3_600_000, 3);
    assert.deepEqual(
        all.map(({ key }) => key),
        ['b', 'c', 'a'],
    );
    assert.equal(left, 1);
});

test('lanes of which nothing but ok is in the range are left out', () => {
    assert.deepEqual(lanes([step('a', -10, 'critical', 'ok')], [], T0, T0 + 3_600_000), { lanes: [], left: 0 });
});

test('the span at a moment is found', () => {
    const { lanes: all } = lanes([step('a', 30, 'ok', 'critical')], [], T0, T0 + 3_600_000);
    const lane = all[0];
    assert.ok(lane);
    assert.equal(spanAt(lane, T0 + 29 * 60_000)?.state, 'ok');
    assert.equal(spanAt(lane, T0 + 30 * 60_000)?.state, 'critical');
    assert.equal(spanAt(lane, T0 - 1), undefined);
});

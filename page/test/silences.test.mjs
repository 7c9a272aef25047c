import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matcher } from '../js/model/matchers.js';
import { BEFORE_MS, again, command, elapsed, extended, extensible, faults, fromLocalTime, localTime, renewable, sections } from '../js/model/silences.js';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 10, 29, 12);
const iso = (hours) => new Date(NOW + hours * HOUR).toISOString();
const silence = (id, from, to, state, ack = false) => ({
    id, matchers: [matcher('rule', '=', 'R')], startsAt: iso(from), endsAt: iso(to), updatedAt: iso(from), createdBy: 'mira', comment: 'why', status: { state }, ack, silencing: 0,
});
const form = (more) => ({ matchers: [matcher('rule', '=', 'R')], start: NOW, end: NOW + HOUR, author: 'mira', comment: 'why', ...more });

test('what ends first stands first, acknowledgements stand apart', () => {
    const made = sections([silence('b', -1, 5, 'active'), silence('a', -1, 1, 'active'), silence('c', -9, -1, 'expired'), silence('d', -1, 99, 'active', true), silence('e', 1, 2, 'pending')]);
    assert.deepEqual(made.active.map((one) => one.id), ['a', 'b']);
    assert.deepEqual([made.pending[0].id, made.acks[0].id, made.expired[0].id], ['e', 'd', 'c']);
});

test('a renewed silence lasts as long as it did, from now on, without its old id', () => {
    const made = again(silence('c', -9, -1, 'expired'), NOW, 'jonas');
    const early = (hours) => new Date(NOW + hours * HOUR - BEFORE_MS).toISOString();
    assert.deepEqual([made.id, made.startsAt, made.endsAt, made.createdBy], [undefined, early(0), early(8), 'jonas']);
    assert.ok(renewable(silence('c', -9, -1, 'expired'), NOW) && !renewable(silence('c', -99, -50, 'expired'), NOW));
});

test('a silence is made longer up to what is allowed', () => {
    const one = silence('a', -20, 1, 'active');
    assert.equal(extended(one, 7200, 86_400).endsAt, iso(3));
    assert.equal(extended(one, 86_400, 86_400).endsAt, iso(4));
    assert.ok(extensible(one, 86_400) && !extensible(one, 21 * 3600));
});

test('faults of a form are told by field', () => {
    const max = 7 * 86_400;
    assert.deepEqual(faults(form({}), NOW, max), {});
    assert.deepEqual(Object.keys(faults(form({ matchers: [], end: NOW - 1, author: ' ', comment: '' }), NOW, max)), ['matchers', 'end', 'author', 'comment']);
    assert.match(faults(form({ matchers: [matcher('rule', '=~', '.*')] }), NOW, max).matchers, /everything/);
    assert.match(faults(form({ end: NOW + 8 * 24 * HOUR }), NOW, max).end, /7 days/);
    assert.match(faults(form({ end: Number.NaN }), NOW, max).end, /when/);
});

test('a time of a field is the same time again', () => {
    assert.equal(fromLocalTime(localTime(NOW)), NOW);
    assert.ok(Number.isNaN(fromLocalTime('')));
});

test('how much of it is over is a share', () => {
    assert.equal(elapsed(silence('a', -1, 1, 'active'), NOW), 0.5);
    assert.equal(elapsed(silence('a', 1, 2, 'pending'), NOW), 0);
});

test('the command is quoted for shells', () => {
    assert.equal(command(['rule="R"'], 7200, "it's"), `fanin silence add 'rule="R"' --for 2h --comment 'it'\\''s'`);
    assert.equal(command(['rule="R"'], 1800, ''), `fanin silence add 'rule="R"' --for 30m`);
});

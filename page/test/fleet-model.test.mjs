import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOOK, SLASH, bounds, defaultGrouping, groups, heatLook, lookOf } from '../js/model/grid.js';
import { asked, common, filtered, size, toggled } from '../js/model/filter.js';
import { apply, opened, picture } from '../js/model/picture.js';
import { blind, quiet, verdict } from '../js/model/verdict.js';
import { command } from '../js/model/cli.js';

const directory = opened({
    version: 'd1',
    ids: ['000000000001', '000000000002', '000000000003', '123456789012'],
    tenants: ['acme', 'acme', 'beta', 'unassigned'],
    names: ['acme-prod', 'acme-dev', 'beta-prod', ''],
    labels: { ou: { values: ['', 'prod', 'dev'], index: [1, 2, 1, 0] }, region: { values: ['', 'eu'], index: [1, 1, 0, 0] } },
});
const now = picture({ v: 1, directory: 'd1', at: 0, state: '0502', fresh: '0020', mark: '0100', firing: '0z00' });

test('a picture is read from digits, letters too', () => {
    assert.deepEqual([...now.state], [0, 5, 0, 2]);
    assert.equal(now.firing[1], 35);
});

test('a change alters its accounts alone', () => {
    const next = apply(picture({ v: 1, directory: 'd1', at: 0, state: '0000', fresh: '0000', mark: '0000', firing: '0000' }), { v: 2, directory: 'd1', at: 5, d: [[2, '4103']] });
    assert.deepEqual([...next.state], [0, 0, 4, 0]);
    assert.deepEqual([...next.firing], [0, 0, 3, 0]);
    assert.deepEqual(next.changed, [2]);
    assert.equal(next.v, 2);
});

test('groups are those with most accounts first, and accounts without a value last', () => {
    assert.deepEqual(groups(directory, 'ou').map(({ name, members }) => [name, members]), [['prod', [0, 2]], ['dev', [1]], ['', [3]]]);
    assert.equal(defaultGrouping(directory), 'ou');
});

test('problems come first only where that is asked for', () => {
    assert.deepEqual(groups(directory, 'none', 'problems', now)[0].members, [1, 3, 0, 2]);
    assert.deepEqual(groups(directory, 'none')[0].members, [0, 1, 2, 3]);
});

test('an account that is late or silent is never drawn as well', () => {
    for (const fresh of ['1', '2', '3', '4']) {
        const one = picture({ v: 1, directory: '', at: 0, state: '0', fresh, mark: '0', firing: '0' });
        assert.notEqual(lookOf(one, 0, false), LOOK.ok);
    }
    assert.notEqual(lookOf(now, 0, true), LOOK.ok);
    assert.equal(lookOf(now, 1, false), LOOK.critical + SLASH);
});

test('heat is by rank, so that one giant does not hide all others', () => {
    const steps = bounds([1, 2, 3, 4, 5, 6, 7, 8, 9, 1e9]);
    assert.equal(heatLook(1, steps), LOOK.heat);
    assert.ok(heatLook(8, steps) > heatLook(2, steps));
    assert.equal(heatLook(null, steps), LOOK.silent);
});

test('filters combine: states or each other, words and each other', () => {
    const ask = (wanted) => [...(filtered(directory, now, { states: [], q: '', ...wanted }) ?? [])];
    assert.deepEqual(ask({ states: ['critical', 'no_data'] }), [0, 1, 0, 1]);
    assert.deepEqual(ask({ states: ['silent'] }), [0, 0, 1, 0]);
    assert.deepEqual(ask({ states: ['silenced'] }), [0, 1, 0, 0]);
    assert.deepEqual(ask({ q: 'acme' }), [1, 1, 0, 0]);
    assert.deepEqual(ask({ q: 'acme -dev' }), [1, 0, 0, 0]);
    assert.deepEqual(ask({ q: 'ou=prod' }), [1, 0, 1, 0]);
    assert.deepEqual(ask({ q: 'ou!=prod tenant=acme' }), [0, 1, 0, 0]);
    assert.deepEqual(ask({ q: 'ou=~^pr tenant!~beta' }), [1, 0, 0, 0]);
    assert.deepEqual(ask({ q: '-ou=prod' }), [0, 1, 0, 1]);
    assert.deepEqual(ask({ q: 'ou=~(' }), [0, 0, 0, 0]);
    assert.deepEqual(ask({ q: '1234-5678-9012' }), [0, 0, 0, 1]);
    assert.deepEqual(ask({ q: 'account=1234-5678-9012' }), [0, 0, 0, 1]);
    assert.equal(filtered(directory, now, { states: [], q: '' }), null);
    assert.equal(size(filtered(directory, now, { states: [], q: '', rule: new Uint8Array([0, 5, 4, 0]) })), 2);
});

test('states and freshness are asked for apart', () => assert.deepEqual(asked(['critical', 'late']), { state: 'critical', freshness: 'late' }));

test('what a set has in common is what the fleet has not', () => {
    assert.deepEqual(common(directory, [0, 2]).map(({ name, value, share }) => [name, value, share]), [['ou', 'prod', 1]]);
    assert.deepEqual(common(directory, [0, 1, 2, 3]), []);
});

test('a chip goes in and out of a list', () => {
    assert.deepEqual(toggled(['a'], 'b'), ['a', 'b']);
    assert.deepEqual(toggled(['a', 'b'], 'a'), ['b']);
});

const summary = { as_of: '2026-01-01T00:00:00Z', verdict: '', accounts: 6012, needs_attention: 37, states: { critical: 9, warning: 28, error: 0, no_data: 0, pending: 0, ok: 5975 }, freshness: { live: 5998, late: 0, silent: 14, new: 0, suspended: 0 }, rules: 38, rules_firing: 3, newest: '2026-01-01T00:00:00Z', evaluated: '2026-01-01T00:03:48Z', troubles: [] };
const at = Date.parse('2026-01-01T00:04:00Z');

test('the verdict is one sentence, and its numbers lead on', () => {
    const pieces = verdict(summary, at);
    assert.equal(pieces.map(({ text }) => text).join(''), '37 of 6,012 accounts need attention, 14 are silent. 3 rules firing, newest 4 min ago.');
    assert.deepEqual(pieces.filter(({ to }) => to).map(({ text }) => text), ['37', '14', '3 rules']);
});

test('quiet is a sentence too', () => {
    assert.equal(quiet(summary, at), '38 rules evaluated 12 s ago over 6,012 accounts.');
    const without = verdict({ ...summary, states: { ...summary.states, no_data: 6 } }, at);
    assert.match(without.map(({ text }) => text).join(''), /14 are silent, 6 without data\. /);
    assert.match(verdict({ ...summary, needs_attention: 0, rules_firing: 0 }, at)[0].text, /^None of [\d,]+ accounts needs attention/);
});

test('only rules that stand still blind the whole map', () => {
    assert.equal(blind({ ...summary, troubles: [{ code: 'late', blind: true }] }), false);
    assert.equal(blind({ ...summary, troubles: [{ code: 'rules_stalled', blind: true }] }), true);
});

test('a command quotes what a shell would take apart, and words of a filter stand for themselves', () => {
    assert.equal(command('accounts', { state: 'critical,warning', 'group-by': 'ou', q: '' }), 'fanin accounts --state critical,warning --group-by ou');
    assert.equal(command('alerts', { rule: "a b's" }), "fanin alerts --rule 'a b'\\''s'");
    assert.equal(command('accounts', { state: 'ok', q: 'acme tier=gold region=~^eu' }), "fanin accounts --state ok acme tier=gold 'region=~^eu'");
    assert.equal(command('accounts', { q: 'acme -dev' }), 'fanin accounts -- acme -dev');
});

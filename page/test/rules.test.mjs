import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { aboutToFire, byLine, chosen, fill, nearness, ordered, phrases, tally } from '../js/model/rules.js';
import { highlighted } from '../js/model/yaml.js';

const rule = (name, more = {}) => ({
    rule: name, kind: 'ratio', level: 'warning', file: 'alerts/lambda/rules.yaml', line: 1, labels: { pack: 'lambda' }, applies_to: 1, accounts: 1, firing: 0, pending: 0,
    no_data: 0, state: 'ok', overrides: 0, groups: 0, groups_max: 0, ...more,
});
const kinds = (line) => highlighted(line)[0].map((token) => `${token.kind}:${token.text.trim()}`).filter((one) => !one.endsWith(':'));

test('rules are chosen by words and kinds', () => {
    const all = [rule('A', { firing: 1, state: 'warning' }), rule('B', { overrides: 2 }), rule('C', { state: 'error' })];
    assert.deepEqual(chosen(all, 'pack=lambda', ['firing', 'overrides']).map((one) => one.rule), ['A', 'B']);
    assert.deepEqual(chosen(all, 'nothing', []), []);
    assert.deepEqual(tally(all), { firing: 1, pending: 0, no_data: 0, error: 1, overrides: 1, quiet: 1 });
});

test('the worst rule stands first, then the one that fires most', () => {
    const all = [rule('A'), rule('B', { state: 'warning', firing: 2 }), rule('C', { state: 'critical', firing: 1 }), rule('D', { state: 'warning', firing: 9 })];
    assert.deepEqual(ordered(all, 'state').map((one) => one.rule), ['C', 'D', 'B', 'A']);
    assert.deepEqual(ordered(all, 'unknown').map((one) => one.rule), ['C', 'D', 'B', 'A']);
    assert.deepEqual(ordered(all, 'rule').map((one) => one.rule), ['A', 'B', 'C', 'D']);
});

test('distance is told in words, and near ones are marked', () => {
    assert.equal(nearness({ distance: 0.034, state: 'ok' }), '3.4 % to go');
    assert.equal(nearness({ distance: -0.4, state: 'critical' }), '40 % beyond');
    assert.equal(nearness({ distance: 0.2, state: 'warning' }), '20 % inside, fires still');
    assert.equal(nearness({ state: 'no_data' }), '');
    assert.ok(aboutToFire({ distance: 0.05, state: 'ok' }) && !aboutToFire({ distance: -1, state: 'critical' }));
    assert.equal(fill({ distance: -3 }), 1);
});

test('what is filled into a summary is a slot', () => {
    assert.deepEqual(phrases('{{ value | percent }} fail for {{tenant}}'), [{ text: 'value', slot: true }, { text: ' fail for ', slot: false }, { text: 'tenant', slot: true }]);
});

test('what has no line stands under line 0', () => {
    assert.deepEqual([...byLine([{ line: 3, code: 'a' }, { code: 'b' }, { line: 3, code: 'c' }]).entries()].map(([line, all]) => [line, all.length]), [[3, 2], [0, 1]]);
});

test('tokens of every shipped rule are the line again', () => {
    for (const pack of readdirSync(new URL('../../alerts/', import.meta.url)).filter((name) => !name.includes('.'))) {
        const text = readFileSync(new URL(`../../alerts/${pack}/rules.yaml`, import.meta.url), 'utf8');
        assert.equal(highlighted(text).map((line) => line.map((token) => token.text).join('')).join('\n'), text);
    }
});

test('keys, strings, numbers and comments are told apart', () => {
    assert.deepEqual(kinds('- alert: CheckoutErrors'), ['mark:-', 'key:alert', 'name:CheckoutErrors']);
    assert.deepEqual(kinds('  critical: "> 10%" # why'), ['key:critical', 'string:"> 10%"', 'comment:# why']);
    assert.deepEqual(kinds('for: 5m'), ['key:for', 'number:5m']);
    assert.deepEqual(kinds('notify: {critical: page}'), ['key:notify', 'mark:{', 'key:critical', 'text:page', 'mark:}']);
    assert.deepEqual(kinds("match: 'a # b'"), ['key:match', "string:'a # b'"]);
});

test('a block of text is text until the indentation ends', () => {
    const lines = highlighted('description: >-\n  key: value\nnext: 1');
    assert.deepEqual(lines.map((line) => line.at(-1).kind), ['mark', 'string', 'number']);
});

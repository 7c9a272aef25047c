import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pieces, severityWord, symbolOf, valueText, wholeText } from '../js/model/log-text.js';

/** Milliseconds that this process has worked, whatever else the machine does. */
const worked = () => process.cpuUsage().user / 1000;

/** @param {import("../js/model/log-text.js").Piece[]} all */
const joined = (all) => all.map(({ text }) => text).join('');

test('plain text is one piece', () => {
    assert.deepEqual(pieces('a plain line'), [{ text: 'a plain line', kind: 'text' }]);
    assert.deepEqual(pieces(''), []);
});

test('markup stays text', () => {
    assert.equal(joined(pieces('<script>alert(1)</script>')), '<script>alert(1)</script>');
});

test('control characters become symbols', () => {
    const all = pieces('a\u0000b\u001b[31mred\u007f');
    assert.equal(joined(all), 'aNULbESC[31mredDEL');
    assert.deepEqual(all[1], { text: 'NUL', kind: 'symbol', title: 'control character U+0000' });
});

test('marks that turn the direction of writing become names', () => {
    const text = joined(pieces('pay \u202e001\u202c to \u2066x\u2069'));
    assert.equal(text, 'pay RLO001PDF to LRIxPDI');
    assert.ok(!/[\u202a-\u202e\u2066-\u2069]/.test(text));
});

test('halves of surrogate pairs become their number, whole pairs stay', () => {
    assert.equal(joined(pieces('x\ud800y\udc00z \ud83d\ude00')), 'xU+D800yU+DC00z \ud83d\ude00');
});

test('line ends and tabs stay where lines are read whole, and are symbols in a row', () => {
    assert.equal(joined(pieces('a\tb\nc')), 'a\u2192b\u21b5c');
    assert.equal(joined(pieces('a\tb\nc', { multiline: true })), 'a\tb\nc');
    assert.equal(joined(pieces('a\rb', { multiline: true })), 'aCRb');
});

test('hits are marked whatever their case, the longest first', () => {
    assert.deepEqual(pieces('Timeout and timeouts', { words: ['timeout', 'timeouts'] }), [
        { text: 'Timeout', kind: 'hit' },
        { text: ' and ', kind: 'text' },
        { text: 'timeouts', kind: 'hit' },
    ]);
});

test('letters that change their length in lower case do not shift marks', () => {
    assert.equal(joined(pieces('\u0130stanbul x', { words: ['x'] })), '\u0130stanbul x');
});

test('what is longer than asked for is left out', () => {
    assert.equal(joined(pieces('x'.repeat(5000), { max: 100 })).length, 100);
});

test('a long line of nothing but control characters takes no time', () => {
    const started = worked();
    assert.equal(pieces('\u0001'.repeat(100_000)).length, 100_000);
    assert.ok(worked() - started < 1000);
});

test('every character that is not seen has a symbol and a name', () => {
    for (const code of [0, 9, 31, 127, 128, 0x200b, 0x202e, 0xfeff, 0xd800]) {
        const { symbol, title } = symbolOf(code);
        assert.ok(symbol.length > 0 && title.includes('U+'), String(code));
    }
});

test('severity numbers have words', () => {
    assert.deepEqual([0, 1, 5, 9, 13, 17, 21, 24].map(severityWord), ['-', 'TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL', 'FATAL']);
});

test('values and bodies are text', () => {
    assert.equal(valueText('a'), 'a');
    assert.equal(valueText({ a: 1 }), '{"a":1}');
    assert.equal(valueText(undefined), '');
    assert.equal(wholeText('{"a":1}'), '{\n  "a": 1\n}');
    assert.equal(wholeText('{broken'), '{broken');
    assert.equal(wholeText({ a: [1] }), '{\n  "a": [\n    1\n  ]\n}');
});

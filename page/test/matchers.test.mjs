import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOf, holds, matcher, matcherOf, narrow, parseMatchers, parseSearch, short, written } from '../js/model/matchers.js';

test('a matcher reads as it is written', () => {
    for (const text of ['rule="X"', 'tenant!="a b"', 'region=~"eu-.*"', 'tier!~"gold|free"', 'ou="say \\"hi\\"\\\\"']) {
        assert.deepEqual(parseMatchers(text)?.map(written), [text]);
    }
});

test('several stand between commas, with braces or without, quoted or not', () => {
    const expected = [matcher('rule', '=', 'X'), matcher('tenant', '=~', 'a.*')];
    assert.deepEqual(parseMatchers('{rule="X",tenant=~"a.*"}'), expected);
    assert.deepEqual(parseMatchers('rule=X, tenant=~a.*'), expected);
});

test('what is no matcher is refused', () => {
    assert.equal(parseMatchers('rule'), null);
    assert.equal(parseMatchers('rule="X'), null);
    assert.equal(parseMatchers('rule="X" tenant="y"'), null);
});

test('a search holds matchers and words', () => {
    assert.deepEqual(parseSearch('tenant=acme rule=~Lambda.* "two words" Eu'), {
        matchers: [matcher('tenant', '=', 'acme'), matcher('rule', '=~', 'Lambda.*')],
        words: ['two words', 'eu'],
    });
});

test('a pattern is of the whole value, and a label that is not there is empty', () => {
    assert.equal(holds(matcher('region', '=~', 'eu'), 'eu-west-1'), false);
    assert.equal(holds(matcher('region', '!=', 'eu'), undefined), true);
    assert.equal(holds(matcher('region', '=~', '('), '('), false);
});

test('a silence of everything is not narrow', () => {
    assert.equal(narrow([matcher('rule', '!=', 'X')]), false);
    assert.equal(narrow([matcher('rule', '=~', '.*')]), false);
    assert.equal(narrow([matcher('rule', '=~', '.+')]), true);
});

test('several values become one pattern of exactly these', () => {
    const made = matcherOf('api', ['a.b', 'c+d']);
    assert.equal(short(made), 'api=~a\\.b|c\\+d');
    assert.ok(holds(made, 'a.b') && holds(made, 'c+d') && !holds(made, 'axb'));
});

test('a fault is told in words', () => {
    assert.equal(faultOf(matcher('rule', '=', 'X')), null);
    assert.match(faultOf(matcher('', '=', 'X')) ?? '', /label/);
    assert.match(faultOf(matcher('rule', '=~', '(')) ?? '', /regular expression/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fault, HELP, quoted, tokens, wanted, withField } from '../js/model/log-query.js';

/** @param {string} query */
const kinds = (query) =>
    tokens(query)
        .filter(({ kind }) => kind !== 'space')
        .map(({ kind }) => kind);

test('tokens joined are the query again', () => {
    for (const query of ['', '  a  b ', 'x "a b" -y sev>=warn k=v k!=v k~^a$', 'k="a \\" b" "open', '= -', 'http://x/y?z=1']) {
        assert.equal(
            tokens(query)
                .map(({ text }) => text)
                .join(''),
            query,
        );
    }
});

test('each word has its kind', () => {
    assert.deepEqual(kinds('timeout "a b" -health sev>=warn status=500 path~^/api code!=1'), [
        'word',
        'phrase',
        'not',
        'severity',
        'field',
        'field',
        'field',
    ]);
});

test('fields have key, operator and value without quotes', () => {
    const [field] = tokens('user.name!="Ann \\"A\\" B"');
    assert.deepEqual([field?.key, field?.op, field?.value], ['user.name', '!=', 'Ann "A" B']);
});

test('words and phrases are marked in lines, the rest is not', () => {
    assert.deepEqual(wanted('timeout "a b" -no sev=error k=v'), ['timeout', 'a b']);
});

test('a clicked value is added once, quoted where it must be', () => {
    assert.equal(withField('timeout', 'status', '500'), 'timeout status=500');
    assert.equal(withField('timeout status=500', 'status', '500'), 'timeout status=500');
    assert.equal(withField('', 'msg', 'a b'), 'msg="a b"');
    assert.equal(withField('', 'msg', 'a', '!='), 'msg!=a');
    assert.equal(quoted('a"b'), 'a"b');
    assert.equal(quoted('"b'), '"\\"b"');
});

test('what was added comes back as it was', () => {
    for (const value of ['', 'a b', 'say "x"', '"x" y', 'back\\slash', 'back\\ slash', 'plain', 'a"b']) {
        const [field] = tokens(withField('', 'key', value));
        assert.equal(field?.value, value);
    }
});

test('an open quote is told before the server is asked', () => {
    assert.equal(fault('"a b'), 'a quote is opened and not closed');
    assert.equal(fault('key="a b'), 'a quote is opened and not closed');
    assert.equal(fault('a "b" path~^x$ 5" say"x'), undefined);
});

test('quotes count at the beginning of a value alone', () => {
    assert.deepEqual(kinds('5" wide say"x y" k=a"b c'), ['word', 'word', 'word', 'word', 'field', 'word']);
});

test('only severities are compared; other signs are part of a word', () => {
    assert.deepEqual(kinds('sev>=warn severity<error latency>5 a>=b'), ['severity', 'severity', 'word', 'word']);
});

test('what cannot be a key is searched for as a text', () => {
    assert.equal(withField('x', 'a key', 'v w'), 'x "v w"');
    assert.equal(withField('', '<b>', 'v', '!='), '-"v"');
});

test('every example of the help is a query without a fault', () => {
    for (const { example } of HELP) assert.equal(fault(example), undefined, example);
});

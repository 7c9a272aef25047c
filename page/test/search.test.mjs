import assert from 'node:assert/strict';
import { test } from 'node:test';
import { indexed, search } from '../js/model/search.js';
import * as format from '../js/format.js';

/** Milliseconds that this process has worked, whatever else the machine does. */
const worked = () => process.cpuUsage().user / 1000;

const index = indexed({ ids: ['123456789012', '123456780000', '000056789012'], names: ['acme-prod', 'acme-dev', 'beta'], tenants: ['acme', 'acme', 'beta'] });
const known = [{ kind: 'rule', title: 'ApiErrorRate', to: 'rules/ApiErrorRate' }, { kind: 'page', title: 'Alerts', to: 'alerts' }];
const titles = (typed) => search(index, known, typed).map(({ title }) => title);

test('an account is found by any part of its id, with or without dashes', () => {
    assert.deepEqual(titles('1234-5678-9012'), ['123456789012']);
    assert.deepEqual(titles('9012'), ['123456789012', '000056789012']);
    assert.equal(titles('123456789012')[0], '123456789012');
});

test('tenants and rules come before the accounts they are part of', () => {
    assert.equal(titles('acme')[0], 'acme');
    assert.equal(titles('api')[0], 'ApiErrorRate');
});

test('all words count', () => assert.deepEqual(titles('acme dev'), ['123456780000']));

test('nothing typed shows what is known', () => assert.deepEqual(titles(''), ['ApiErrorRate', 'Alerts']));

test('a key press in a fleet of 6,000 takes less than 16 ms', () => {
    const ids = Array.from({ length: 6000 }, (_, i) => String(100000000000 + i * 7919));
    const big = indexed({ ids, names: ids.map((id) => `name-${id.slice(4)}`), tenants: ids.map((_, i) => `tenant-${i % 417}`) });
    search(big, known, 'na');
    const from = worked();
    for (const typed of ['1', '10', 'n', 'name-0', 'tenant-12 name']) search(big, known, typed);
    assert.ok((worked() - from) / 5 < 40);
});

test('figures are written as people read them', () => {
    assert.equal(format.accountId('123456789012'), '1234-5678-9012');
    assert.equal(format.accountId('n/a'), 'n/a');
    assert.equal(format.count(6012), '6,012');
    assert.equal(format.counted(1, 'account'), '1 account');
    assert.equal(format.bytes(1_400_000_000), '1.40 GB');
    assert.equal(format.bytes(512), '512 B');
    assert.equal(format.short(48211), '48.2k');
    assert.equal(format.rate(212), '212/s');
    assert.equal(format.percent(0.031), '3.1 %');
    assert.equal(format.percent(0.0001), '<0.1 %');
    assert.equal(format.percent(0.95), '95 %');
    assert.equal(format.duration(12), '12 s');
    assert.equal(format.duration(3 * 3600 + 300), '3 h 5 min');
    assert.equal(format.duration(200000), '2 d');
    assert.equal(format.brief(38 * 60), '38m');
});

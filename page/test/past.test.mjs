import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onsets, past } from '../js/model/past.js';
import { opened, picture } from '../js/model/picture.js';

const directory = opened({ version: '', ids: ['000000000001', '000000000002', '000000000003'], tenants: ['a', 'a', 'b'], names: ['', '', ''], labels: {} });
const now = picture({ v: 1, directory: '', at: 0, state: '504', fresh: '000', mark: '000', firing: '101' });
const change = (minute, fingerprint, account, from, to) => ({ at: new Date(minute * 60_000).toISOString(), fingerprint, account, from, to });
const changes = [change(30, 'x', '000000000001', 'warning', 'critical'), change(10, 'x', '000000000001', 'ok', 'warning'), change(20, 'y', '000000000002', 'critical', 'ok')];
const at = (minute) => [...past(directory, now, changes, minute * 60_000)];

test('before an alert fired its account was well', () => assert.deepEqual(at(5), [0, 5, 4]));
test('between two changes it is what the next one left', () => assert.deepEqual(at(15), [4, 5, 4]));
test('after the last change all is as it is now', () => assert.deepEqual(at(31), [5, 0, 4]));
test('onsets are counted where they were, and nothing else is', () => assert.deepEqual(onsets(changes, 0, 40 * 60_000, 4), [0, 1, 0, 0]));

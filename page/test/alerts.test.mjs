import assert from 'node:assert/strict';
import { test } from 'node:test';
import { course, counts, everything, hidden, matchersOfAlerts, matchersOfGroup, membersOf, moved, narrowed, question, searchOf, stateParam, toggled, wanted } from '../js/model/alerts.js';
import { matcher, written } from '../js/model/matchers.js';

const group = (more) => ({ alerts: 0, critical: 0, warning: 0, pending: 0, silenced: 0, acked: 0, ...more });
const alert = (account, name = 'R', more = {}) => ({ name, rule: name, account, group: more, fingerprint: account + name });

test('an address says what is wanted, and what it does not know is left out', () => {
    const read = wanted(new URLSearchParams('by=label:ou&sev=critical,purple&state=silenced&q=tenant=acme&open=A&open=B'));
    assert.deepEqual(read, { by: 'label:ou', levels: ['critical'], silenced: true, pending: false, q: 'tenant=acme', open: ['A', 'B'] });
    assert.equal(stateParam(read), 'silenced');
});

test('without a choice what fires is asked for, and nothing that is silenced or pending', () => {
    assert.deepEqual(question(wanted(new URLSearchParams(''))), { state: 'critical,warning,no_data,error,acked', q: '' });
    assert.deepEqual(question(wanted(new URLSearchParams('sev=critical&state=silenced,pending&q=x')), 'rule=R'), { state: 'critical,pending,acked,silenced', q: 'x rule=R' });
    assert.deepEqual(everything('x', 'rule=R'), { q: 'x rule=R' });
});

test('what is hidden is told by reason', () => {
    const all = counts([group({ alerts: 60, critical: 9, warning: 40, pending: 6, silenced: 41 }), group({ alerts: 5 })]);
    assert.equal(all.other, 10);
    assert.deepEqual(hidden(all, 18, wanted(new URLSearchParams('sev=critical'))), ['41 silenced', '6 pending', '40 at warning', '10 without data']);
    assert.deepEqual(hidden(all, 65, wanted(new URLSearchParams(''))), []);
});

test('a group is asked for and silenced by what it is of', () => {
    assert.equal(membersOf({ by: 'rule', key: 'R:NoData' }), 'name=R:NoData');
    assert.equal(membersOf({ by: 'ou', key: 'prod eu' }), 'ou="prod eu"');
    assert.deepEqual(matchersOfGroup({ by: 'tenant', key: 'acme' }).map(written), ['tenant="acme"']);
});

test('a silence is searched for with patterns of the whole value', () => {
    assert.equal(searchOf([matcher('rule', '=', 'R'), matcher('ou', '!~', 'a|b')]), 'name=R ou!~^(?:a|b)$');
});

test('a choice of alerts becomes the narrowest matchers that hold all of it', () => {
    assert.deepEqual(matchersOfAlerts([alert('1'), alert('2')]).map(written), ['rule="R"', 'account=~"1|2"']);
    assert.deepEqual(matchersOfAlerts([alert('1', 'R', { queue: 'a' }), alert('1', 'R', { queue: 'b' })]).map(written), ['rule="R"', 'account="1"']);
    assert.deepEqual(matchersOfAlerts([alert('1', 'R', { queue: 'a' })]).map(written), ['rule="R"', 'account="1"', 'queue="a"']);
    assert.deepEqual(matchersOfAlerts([]), []);
});

test('keys move inside of the list and begin at its ends', () => {
    assert.equal(moved(['a', 'b', 'c'], '', 1), 'a');
    assert.equal(moved(['a', 'b', 'c'], '', -1), 'c');
    assert.equal(moved(['a', 'b', 'c'], 'c', 1), 'c');
    assert.equal(moved([], 'c', 1), '');
});

test('a condition is added once', () => {
    assert.equal(narrowed('Lambda', 'tenant=acme'), 'Lambda tenant=acme');
    assert.equal(narrowed('tenant=acme', 'tenant=acme'), 'tenant=acme');
    assert.deepEqual(toggled(['a'], 'a'), []);
});

test('a small chart ends with how it is now, however old the last sample', () => {
    assert.deepEqual(course({ spark: [0, 2], accounts: 21, alerts: 21 }), [0, 2, 21]);
    assert.deepEqual(course({ spark: [0, 21], accounts: 21, alerts: 21 }), [0, 21]);
    assert.deepEqual(course({ spark: [0], accounts: 0, alerts: 1 }), [0, 1], 'an alert of the fleet as a whole');
});

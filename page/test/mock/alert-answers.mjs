// Answers about alerts, in the shapes of src/api.

import { holds, parseSearch } from '../../js/model/matchers.js';
import { HOUR, count, iso, part, words } from './answer.mjs';
import { STATES, hash, random } from './fleet.mjs';
import { common, labelOf, shown, transition } from './world.mjs';

/** A condition of a search: patterns are looked for anywhere in the value. */
function found(one, value = '') {
    return one.isRegex ? new RegExp(one.value).test(value) === one.isEqual : holds(one, value);
}

/** States that are asked for, and what of them is kept quiet. */
function kept(params) {
    const all = words(params, 'state');
    const states = all.filter((word) => word !== 'silenced' && word !== 'acked');
    return (alert) => {
        if (all.length === 0) return true;
        const mark = alert.silenced_by.length > 0 ? 'silenced' : alert.acked_by ? 'acked' : '';
        return (mark ? all.includes(mark) : states.length > 0) && (states.length === 0 || states.includes(alert.state));
    };
}

/** Alerts as a query asks for them. */
export function choose(world, params) {
    const { matchers, words: free } = parseSearch(params.get('q') ?? '');
    const wanted = kept(params);
    const label = (alert, name) => (name === 'rule' ? alert.rule : name === 'name' ? alert.name : labelOf(world, alert, name));
    const fits = (alert) => {
        for (const name of ['rule', 'account', 'tenant'])
            if (params.get(name) && ![alert[name], name === 'rule' && alert.name].includes(params.get(name))) return false;
        if (!wanted(alert) || !matchers.every((one) => found(one, label(alert, one.name)))) return false;
        const group = Object.values(alert.group).join(' ');
        const text = `${alert.name} ${alert.account} ${alert.tenant} ${alert.account_name} ${alert.region} ${group}`.toLowerCase();
        return free.every((word) => text.includes(word.replace(/^(\d+)-(?=\d)/, '$1')));
    };
    return world.alerts.filter(fits).sort((a, b) => STATES.indexOf(b.state) - STATES.indexOf(a.state) || b.since - a.since);
}

const TREND = { DlqNotEmpty: 'new', LambdaErrorRatio: 'growing', ErrorVolumeSpike: 'flapping', QueueAge: 'shrinking', RestApiErrorRatio: 'growing' };

function spark(rule, many) {
    const rng = random(hash(rule));
    const growing = TREND[rule] === 'growing' || TREND[rule] === 'new';
    return Array.from({ length: 24 }, (_, at) => Math.round(many * (growing ? Math.max(0, (at - 17) / 6) : 0.8 + rng() * 0.4)));
}

export function groups(world, params) {
    const by = params.get('by') ?? 'rule';
    const label = by.replace(/^label:/, '');
    const sets = new Map();
    for (const alert of choose(world, params)) {
        const key = by === 'rule' ? alert.name : String(labelOf(world, alert, label) ?? '');
        if (!sets.has(key)) sets.set(key, []);
        sets.get(key).push(alert);
    }
    const rows = [...sets].map(([key, alerts]) => group(world, key, label, alerts));
    rows.sort((a, b) => STATES.indexOf(b.state) - STATES.indexOf(a.state) || b.accounts - a.accounts || a.key.localeCompare(b.key));
    return part(world, rows, params, 50, 200);
}

function group(world, key, by, alerts) {
    const loud = alerts.filter((one) => one.silenced_by.length === 0);
    const states = (loud.length > 0 ? loud : alerts).map((one) => STATES.indexOf(one.state));
    const accounts = [...new Set(alerts.map((one) => one.account))].map((id) => world.byId.get(id));
    const rules = new Set(alerts.map((one) => one.rule));
    const rule = rules.size === 1 ? alerts[0].rule : undefined;
    const about = world.byName.get(rule ?? '');
    const shared = {};
    for (const name of Object.keys(accounts[0].labels)) {
        const value = accounts[0].labels[name];
        if (accounts.length > 1 && accounts.every((one) => one.labels[name] === value)) shared[name] = value;
    }
    const fired = alerts.flatMap((one) => one.fired ?? []);
    return {
        key,
        by,
        rule,
        state: STATES[Math.max(...states)],
        accounts: accounts.length,
        alerts: alerts.length,
        critical: count(alerts, (one) => one.state === 'critical'),
        warning: count(alerts, (one) => one.state === 'warning'),
        pending: count(alerts, (one) => one.state === 'pending'),
        silenced: count(alerts, (one) => one.silenced_by.length > 0),
        acked: count(alerts, (one) => one.acked_by),
        trend: TREND[rule] ?? 'steady',
        first: iso(Math.min(...alerts.map((one) => one.since))),
        last: iso(Math.max(...(fired.length > 0 ? fired : alerts.map((one) => one.since)))),
        spark: spark(key, accounts.length),
        common: common(world, accounts),
        shared,
        summary: alerts[0].summary,
        runbook: about?.runbook,
        incident: fired.length > 0 && rule ? `${rule}/` : undefined,
    };
}

export function alerts(world, params) {
    const list = part(world, choose(world, params), params);
    return { ...list, items: list.items.map(shown) };
}

export function alertHistory(world, params) {
    const from = Date.parse(params.get('from') ?? '') || world.now - 24 * HOUR;
    const to = Date.parse(params.get('to') ?? '') || Infinity;
    const all = world.transitions.filter(
        (one) =>
            (!params.get('rule') || one.rule === params.get('rule')) &&
            one.at >= from &&
            one.at < to &&
            (!params.get('account') || one.account === params.get('account')),
    );
    const list = part(world, all, params);
    return { ...list, items: list.items.map(transition) };
}

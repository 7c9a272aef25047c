/** What the page of alerts shows: its address, what it asks for, what it hides, and what a choice of alerts is as a silence. Pure. */

import { matcher, matcherOf, short } from './matchers.js';

/** @import { Alert, AlertGroup } from '../../types/shapes' */
/** @import { Matcher } from './matchers.js' */

/**
 * What the address asks for.
 * @typedef {{ by: string, levels: string[], silenced: boolean, pending: boolean, q: string, open: string[] }} Wanted
 */

/** What can be chosen as a level, in the order of the chips. */
export const LEVELS = /** @type {const} */ (['critical', 'warning', 'no_data', 'error']);

/** @param {string} text */
const parts = (text) => text.split(',').filter(Boolean);

/** What an address asks for. @param {URLSearchParams} params @returns {Wanted} */
export function wanted(params) {
    const state = parts(params.get('state') ?? '');
    return {
        by: params.get('by') || 'rule',
        levels: parts(params.get('sev') ?? '').filter((level) => LEVELS.some((known) => known === level)),
        silenced: state.includes('silenced'),
        pending: state.includes('pending'),
        q: params.get('q') ?? '',
        open: params.getAll('open'),
    };
}

/** The list with the value in it, or without where it was in. @param {readonly string[]} list @param {string} value */
export const toggled = (list, value) => (list.includes(value) ? list.filter((one) => one !== value) : [...list, value]);

/** Parameter `state` of the address. @param {{ silenced: boolean, pending: boolean }} wanted */
export const stateParam = ({ silenced, pending }) => [silenced ? 'silenced' : '', pending ? 'pending' : ''].filter(Boolean).join(',');

/**
 * What the API is asked for. Acknowledged alerts fire still, and are shown; `more` are conditions of one rule or of one group.
 * @param {Wanted} wanted @param {...string} more
 */
export function question({ levels, silenced, pending, q }, ...more) {
    const states = levels.length > 0 ? levels : LEVELS;
    return { state: [...states, pending ? 'pending' : '', 'acked', silenced ? 'silenced' : ''].filter(Boolean).join(','), q: [q, ...more].filter(Boolean).join(' ') };
}

/** The same with nothing hidden, of which the chips tell how many there are. @param {string} q @param {...string} more */
export const everything = (q, ...more) => ({ q: [q, ...more].filter(Boolean).join(' ') });

/**
 * How many there are of each kind, whatever is shown.
 * @param {readonly AlertGroup[]} groups
 */
export function counts(groups) {
    const sum = { alerts: 0, critical: 0, warning: 0, pending: 0, silenced: 0, acked: 0 };
    for (const group of groups) {
        sum.alerts += group.alerts;
        sum.critical += group.critical;
        sum.warning += group.warning;
        sum.pending += group.pending;
        sum.silenced += group.silenced;
        sum.acked += group.acked;
    }
    return { ...sum, other: Math.max(0, sum.alerts - sum.critical - sum.warning - sum.pending) };
}

/**
 * What is not shown, one text for each reason; empty where all is shown.
 * @param {ReturnType<typeof counts>} all @param {number} shown alerts that are shown @param {Wanted} wanted
 */
export function hidden(all, shown, { silenced, pending, levels }) {
    const out = [];
    if (all.alerts <= shown) return [];
    if (!silenced && all.silenced > 0) out.push(`${all.silenced} silenced`);
    if (!pending && all.pending > 0) out.push(`${all.pending} pending`);
    if (levels.length > 0) {
        if (!levels.includes('critical') && all.critical > 0) out.push(`${all.critical} critical`);
        if (!levels.includes('warning') && all.warning > 0) out.push(`${all.warning} at warning`);
        if (!levels.includes('no_data') && !levels.includes('error') && all.other > 0) out.push(`${all.other} without data`);
    }
    return out;
}

/** The condition that holds for the alerts of a group. @param {{ by: string, key: string }} group */
export const membersOf = ({ by, key }) => short(matcher(by === 'rule' ? 'name' : by.replace(/^label:/, ''), '=', key));

/**
 * Matchers of a silence as a search that finds the same alerts: there patterns are looked for anywhere, here they are of the whole value.
 * @param {readonly Matcher[]} matchers
 */
export function searchOf(matchers) {
    const one = (/** @type {Matcher} */ { name, value, isRegex, isEqual }) => ({ name: name === 'rule' ? 'name' : name, value: isRegex ? `^(?:${value})$` : value, isRegex, isEqual });
    return matchers.map((given) => short(one(given))).join(' ');
}

/** What a group is as matchers of a silence. @param {{ by: string, key: string }} group @returns {Matcher[]} */
export function matchersOfGroup(group) {
    const name = group.by === 'rule' ? 'rule' : group.by.replace(/^label:/, '');
    return [matcher(name, '=', group.key)];
}

/** What alerts are as matchers of a silence: as narrow as they are alike. @param {readonly Alert[]} alerts @returns {Matcher[]} */
export function matchersOfAlerts(alerts) {
    const unique = (/** @type {(alert: Alert) => string} */ of) => [...new Set(alerts.map(of))].sort();
    if (alerts.length === 0) return [];
    const names = unique((alert) => alert.name);
    const accounts = unique((alert) => alert.account ?? '').filter(Boolean);
    const out = [matcherOf('rule', names)];
    if (accounts.length > 0) out.push(matcherOf('account', accounts));
    const keys = Object.keys(alerts[0]?.group ?? {}).filter((key) => key !== 'region' || accounts.length === 0);
    for (const key of keys) {
        const values = unique((alert) => alert.group[key] ?? '');
        if (values.length === 1 && values[0]) out.push(matcherOf(key, values));
    }
    return out;
}

/** What the group's accounts have in common, for one line; what all share already is left out. @param {AlertGroup} group */
export const telling = (group) => group.common.filter(({ name, value }) => group.shared[name] !== value).slice(0, 2);

/** Labels by which alerts can be grouped. @param {readonly string[]} labels names of the directory */
export const groupings = (labels) => [
    { value: 'rule', word: 'rule' },
    { value: 'tenant', word: 'tenant' },
    ...labels.map((name) => ({ value: `label:${name}`, word: name })),
];

/** A search with one more condition, once. @param {string} q @param {string} condition */
export const narrowed = (q, condition) => (q.split(/\s+/).includes(condition) ? q : `${q} ${condition}`.trim());

/** Places in a list by keys: the next or the one before, staying inside. @param {readonly string[]} keys @param {string} at @param {number} by */
export function moved(keys, at, by) {
    if (keys.length === 0) return '';
    const place = keys.indexOf(at);
    const next = place < 0 ? (by > 0 ? 0 : keys.length - 1) : Math.min(keys.length - 1, Math.max(0, place + by));
    return keys[next] ?? '';
}

/**
 * How many accounts fired over the last hours, and now: the server takes samples every few minutes, and its last one can be older than the alert.
 * @param {{ spark: number[], accounts: number, alerts: number }} group
 */
export function course({ spark, accounts, alerts }) {
    const current = accounts || alerts;
    return spark.at(-1) === current ? spark : [...spark, current];
}

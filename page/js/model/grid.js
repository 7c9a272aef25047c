/**
 * What is in the cells of the map: groups and order of accounts, and how each is drawn. Pure.
 *
 * @import { Directory, Picture } from './picture.js'
 * @import { Group } from './layout.js'
 */

import { label } from './picture.js';

/** Ways to draw a cell, by number. Never is an account that is late or silent drawn as if it were well. */
export const LOOK = { ok: 0, pending: 1, noData: 2, error: 3, warning: 4, critical: 5, late: 6, silent: 7, fresh: 8, suspended: 9, heat: 10 };
/** Steps of one quantity, from little to much, and one for accounts without it. */
export const HEATS = 6;
/** Added where what is wrong is silenced. */
export const SLASH = 32;

/** What cells can be coloured by. */
export const COLOURS = /** @type {const} */ ([['state', 'State'], ['freshness', 'Freshness'], ['volume', 'Volume'], ['errors', 'Error rate'], ['quota', 'Quota use'], ['cost', 'Cost share'], ['rule', 'One rule']]);

/** What accounts can be grouped by: labels with few values first, then tenants. @param {Directory} directory */
export function groupings(directory) {
    const names = Object.keys(directory.labels).filter((name) => (directory.labels[name]?.values.length ?? 0) > 1);
    const first = ['ou', 'region', 'tier'].filter((name) => names.includes(name));
    return [...first, ...names.filter((name) => !first.includes(name)).sort(), 'tenant', 'none'];
}

/** What accounts are grouped by at first. @param {Directory} directory */
export const defaultGrouping = (directory) => groupings(directory)[0] ?? 'none';

/** Which group an account is in. @param {Directory} directory @param {string} by @param {number} i */
export function groupOf(directory, by, i) {
    if (by === 'none') return 'all accounts';
    if (by === 'tenant') return directory.tenants[i] || 'unassigned';
    return label(directory, by, i);
}

/**
 * Accounts in groups, larger groups first, those without a value last. Inside a group the order is that of ids, names, or, when
 * asked for, of how bad it is now (`picture`), which is looked at once.
 * @param {Directory} directory @param {string} by @param {string} [order] @param {Picture | null} [picture] @returns {Group[]}
 */
export function groups(directory, by, order = 'id', picture = null) {
    /** @type {Map<string, number[]>} */
    const found = new Map();
    for (let i = 0; i < directory.ids.length; i += 1) {
        const name = groupOf(directory, by, i);
        const members = found.get(name);
        if (members) members.push(i);
        else found.set(name, [i]);
    }
    const all = [...found].map(([name, members]) => ({ name, members }));
    const bad = (/** @type {number} */ i) => picture?.state[i] ?? 0;
    if (order === 'problems') {
        const sum = new Map(all.map(({ name, members }) => [name, members.reduce((most, i) => Math.max(most, bad(i)), 0)]));
        for (const { members } of all) members.sort((a, b) => bad(b) - bad(a) || a - b);
        return all.sort((a, b) => last(a, b) || (sum.get(b.name) ?? 0) - (sum.get(a.name) ?? 0) || b.members.length - a.members.length);
    }
    if (order === 'name') for (const { members } of all) members.sort((a, b) => compare(directory.names[a] ?? '', directory.names[b] ?? '') || a - b);
    return all.sort((a, b) => last(a, b) || b.members.length - a.members.length || compare(a.name, b.name));
}

/** @param {string} a @param {string} b */
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** @param {Group} a @param {Group} b */
const last = (a, b) => Number(a.name === '') - Number(b.name === '');

/** How an account is drawn where colour is its state. @param {Picture} picture @param {number} i @param {boolean} blind nothing is evaluated */
export function lookOf(picture, i, blind) {
    const state = picture.state[i] ?? 0;
    const fresh = picture.fresh[i] ?? 0;
    const slash = (picture.mark[i] ?? 0) > 0 ? SLASH : 0;
    if (state > 1) return state + slash;
    if (fresh > 0) return LOOK.late + fresh - 1 + slash;
    return (blind ? LOOK.late : state) + slash;
}

/** How an account is drawn where colour is its freshness. @param {Picture} picture @param {number} i */
export function freshLook(picture, i) {
    const fresh = picture.fresh[i] ?? 0;
    return fresh === 0 ? LOOK.ok : fresh === 1 ? LOOK.warning : fresh === 2 ? LOOK.critical : fresh === 3 ? LOOK.pending : LOOK.suspended;
}

/**
 * Steps of a quantity: bounds between them, spread so that a few large ones do not make all others equal.
 * @param {(number | null)[]} values @returns {number[]} bounds, ascending, `HEATS - 1` of them
 */
export function bounds(values) {
    const known = values.filter((value) => value !== null && value > 0).sort((a, b) => Number(a) - Number(b));
    if (known.length === 0) return [];
    const at = (/** @type {number} */ share) => Number(known[Math.min(known.length - 1, Math.floor(share * known.length))]);
    return [0.2, 0.5, 0.8, 0.95, 0.99].map(at);
}

/** How a value is drawn. @param {number | null | undefined} value @param {number[]} steps */
export function heatLook(value, steps) {
    if (value === null || value === undefined) return LOOK.silent;
    let heat = 0;
    while (heat < steps.length && value > Number(steps[heat])) heat += 1;
    return LOOK.heat + heat;
}

/** How each account is drawn. @param {Directory} directory @param {(i: number) => number} look */
export function looks(directory, look) {
    const out = new Uint8Array(directory.ids.length);
    for (let i = 0; i < out.length; i += 1) out[i] = look(i);
    return out;
}

/** How many accounts of each group are critical, at warning. @param {Group[]} all @param {Picture} picture */
export function troubled(all, picture) {
    return all.map(({ members }) => {
        let critical = 0;
        let warning = 0;
        for (const i of members) {
            if (picture.state[i] === 5) critical += 1;
            else if (picture.state[i] === 4) warning += 1;
        }
        return { critical, warning };
    });
}

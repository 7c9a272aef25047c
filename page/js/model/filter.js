/**
 * Which accounts are meant: by state, freshness, rule and words. Pure.
 *
 * Words as in the API: any part of id, tenant, name; `key=value` and `key!=value` for labels and `tenant`, `key=~pattern` and
 * `key!~pattern`; `-` before anything turns it around.
 *
 * @import { Directory, Picture } from './picture.js'
 * @typedef {{ states: string[], q: string, rule?: Uint8Array | null }} Wanted  rule: state of each account under it
 */

import { FRESH, STATES, label } from './picture.js';

/** Names of the states that can be asked for, as chips. */
export const CHIPS = /** @type {const} */ (['critical', 'warning', 'error', 'no_data', 'pending', 'silenced', 'ok']);

/** @typedef {(directory: Directory, i: number) => boolean} Test */

/** @param {string} q @returns {Test[]} */
export function words(q) {
    return (q.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? []).map((word) => test(word.replace(/"/g, '')));
}

/** @param {string} word @returns {Test} */
function test(word) {
    const not = word.length > 1 && word.startsWith('-');
    const pair = /^([\w.:/]+[\w.:/-]*?)(!?=~?|!~)(.*)$/.exec(not ? word.slice(1) : word);
    if (pair) {
        const [, key = '', sign, value = ''] = pair;
        const of = (/** @type {Directory} */ directory, /** @type {number} */ i) => (key === 'tenant' ? directory.tenants[i] : key === 'account' ? directory.ids[i] : key === 'name' ? directory.names[i] : label(directory, key, i));
        const fits = sign?.endsWith('~') ? pattern(value) : (/** @type {string} */ has) => has === (key === 'account' ? value.replace(/-/g, '') : value);
        const wanted = sign?.startsWith('!') === not;
        return (directory, i) => fits(of(directory, i) ?? '') === wanted;
    }
    const text = (not ? word.slice(1) : word).toLowerCase();
    const number = /^[\d-]+$/.test(text) ? text.replace(/-/g, '') : text;
    return (directory, i) => {
        const has = (directory.ids[i] ?? '').includes(number) || (directory.tenants[i] ?? '').toLowerCase().includes(text) || (directory.names[i] ?? '').toLowerCase().includes(text);
        return has !== not;
    };
}

/** A pattern that is none yet matches nothing: someone is typing it. @param {string} text @returns {(has: string) => boolean} */
function pattern(text) {
    try {
        const made = new RegExp(text);
        return (has) => made.test(has);
    } catch {
        return () => false;
    }
}

/** Whether an account is in one of the states. @param {Picture} picture @param {number} i @param {Set<string>} states */
export function inState(picture, i, states) {
    const mark = picture.mark[i] ?? 0;
    return states.has(STATES[picture.state[i] ?? 0] ?? '') || states.has(FRESH[picture.fresh[i] ?? 0] ?? '') || (mark > 0 && states.has('silenced')) || (mark === 2 && states.has('acked'));
}

/**
 * Accounts that are meant, one byte each; `null` where all are.
 * @param {Directory} directory @param {Picture} picture @param {Wanted} wanted
 */
export function filtered(directory, picture, { states, q, rule }) {
    const tests = words(q);
    const set = new Set(states);
    if (!tests.length && !set.size && !rule) return null;
    const out = new Uint8Array(directory.ids.length);
    for (let i = 0; i < out.length; i += 1) {
        const fits = (!set.size || inState(picture, i, set)) && (!rule || (rule[i] ?? 0) > 0) && tests.every((one) => one(directory, i));
        out[i] = fits ? 1 : 0;
    }
    return out;
}

/** States as the API asks for them: `state` and `freshness` apart. @param {string[]} states */
export function asked(states) {
    const fresh = states.filter((one) => FRESH.some((name) => name === one));
    return { state: states.filter((one) => !fresh.includes(one)).join(','), freshness: fresh.join(',') };
}

/** How many. @param {Uint8Array} set */
export function size(set) {
    let n = 0;
    for (let i = 0; i < set.length; i += 1) n += set[i] ?? 0;
    return n;
}

/** The set with one more, or without it: for parameters that are lists. @param {string[]} list @param {string} one */
export const toggled = (list, one) => (list.includes(one) ? list.filter((other) => other !== one) : [...list, one]);

/**
 * What accounts have in common that the fleet has not: labels with a share of at least `least` in the set, most telling first.
 * @param {Directory} directory @param {number[]} members @param {number} [least]
 */
export function common(directory, members, least = 0.5) {
    const all = directory.ids.length;
    /** @type {{ name: string, value: string, share: number, share_of_fleet: number, lift: number, accounts: number }[]} */
    const found = [];
    for (const [name, column] of Object.entries(directory.labels)) {
        const fleet = new Uint32Array(column.values.length);
        const set = new Uint32Array(column.values.length);
        for (const value of column.index) fleet[value] = (fleet[value] ?? 0) + 1;
        for (const i of members) set[column.index[i] ?? 0] = (set[column.index[i] ?? 0] ?? 0) + 1;
        column.values.forEach((value, at) => {
            const accounts = set[at] ?? 0;
            const share = accounts / Math.max(1, members.length);
            const whole = (fleet[at] ?? 0) / Math.max(1, all);
            if (value && share >= least && share > whole * 1.2) found.push({ name, value, share, share_of_fleet: whole, lift: share / whole, accounts });
        });
    }
    return found.sort((a, b) => b.lift * b.share - a.lift * a.share).slice(0, 6);
}

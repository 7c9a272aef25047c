/**
 * How the fleet looked a while ago: from how it looks now, and what alerts did since. Pure.
 *
 * @import { Transition } from '../../types/shapes'
 * @import { Directory, Picture } from './picture.js'
 */

import { STATES } from './picture.js';

/**
 * State of each account at a time. What an alert was is told by its first change after that time; accounts of which nothing changed
 * since are as they are now.
 * @param {Directory} directory @param {Picture} picture @param {Transition[]} transitions in any order @param {number} at
 */
export function past(directory, picture, transitions, at) {
    /** @type {Map<string, { when: number, change: Transition }>} */
    const first = new Map();
    for (const change of transitions) {
        const when = Date.parse(change.at);
        const known = first.get(change.fingerprint);
        if (when > at && (!known || when < known.when)) first.set(change.fingerprint, { when, change });
    }
    const out = new Uint8Array(picture.state);
    /** @type {Map<number, number>} */
    const was = new Map();
    for (const { change } of first.values()) {
        const account = directory.at(change.account ?? '');
        if (account < 0) continue;
        was.set(account, Math.max(was.get(account) ?? 0, STATES.indexOf(change.from)));
    }
    for (const [account, state] of was) out[account] = state;
    return out;
}

/**
 * How many alerts began to fire in each of `slots` equal parts of a time.
 * @param {Transition[]} transitions @param {number} from @param {number} to @param {number} slots
 */
export function onsets(transitions, from, to, slots) {
    const out = new Array(slots).fill(0);
    for (const { at, from: before, to: after } of transitions) {
        const slot = Math.floor(((Date.parse(at) - from) / (to - from)) * slots);
        if (slot >= 0 && slot < slots && STATES.indexOf(after) > 3 && STATES.indexOf(before) < 4) out[slot] += 1;
    }
    return out;
}

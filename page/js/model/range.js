/** Time ranges as addresses have them: `from=now-1h&to=now`. Pure. */

import { time } from './url.js';

/** @typedef {{ from: number, to: number, follows: boolean, words: string }} Range `follows`: it ends now and moves on */

/** Ranges that are offered. */
export const OFFERED = /** @type {const} */ ([
    ['now-15m', '15 min'],
    ['now-1h', '1 h'],
    ['now-2h', '2 h'],
    ['now-6h', '6 h'],
    ['now-24h', '24 h'],
    ['now-3d', '3 d'],
]);

/**
 * The range of an address; what makes no sense becomes the last hour.
 * @param {string} from @param {string} to @param {number} now
 * @returns {Range}
 */
export function range(from, to, now) {
    const end = time(to, now) ?? now;
    const begin = time(from, now) ?? end - 3_600_000;
    const follows = to === '' || to.startsWith('now');
    if (begin >= end) return { from: end - 3_600_000, to: end, follows, words: 'now-1h' };
    return { from: begin, to: end, follows, words: from || 'now-1h' };
}

/**
 * A range twice as long around the same middle, which never reaches beyond now.
 * @param {{ from: number, to: number }} given @param {number} now
 */
export function wider({ from, to }, now) {
    const half = (to - from) / 2;
    const end = Math.min(to + half, now);
    return { from: Math.round(end - 4 * half), to: Math.round(end) };
}

/** RFC 3339, as the API wants it. @param {number} at */
export const iso = (at) => new Date(at).toISOString();

/**
 * A moment cut down to so many milliseconds, so that a question is not another one with each tick.
 * @param {number} at @param {number} step
 */
export const cut = (at, step) => Math.floor(at / step) * step;

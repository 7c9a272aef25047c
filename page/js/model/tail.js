// A live tail: what came lately, newest last, at most so many rows. While someone reads further up, rows that come wait outside, and
// only their number is told.

/** Rows that are kept in the page. */
export const KEPT = 5000;
/** Rows that one batch may bring. */
export const BATCH = 500;

/**
 * @template T
 * @typedef {{ rows: T[], waiting: T[], paused: boolean, seen: number, lost: number, sampled?: { shown: number, of: number } }} Tail
 *   `seen` counts all records that there were, `lost` those that fell out of the buffer of waiting rows before they were read.
 */

/**
 * @template T
 * @param {T[]} [rows] oldest first
 * @returns {Tail<T>}
 */
export function emptyTail(rows = []) {
    return { rows: rows.slice(-KEPT), waiting: [], paused: false, seen: 0, lost: 0 };
}

/**
 * The tail after a batch; a batch that is too large is cut at its old end and told as a sample.
 * @template T
 * @param {Tail<T>} tail
 * @param {T[]} events oldest first
 * @param {number} sampledOf how many there were
 * @returns {Tail<T>}
 */
export function taken(tail, events, sampledOf) {
    const batch = events.slice(-BATCH);
    const of = Math.max(sampledOf, events.length);
    const seen = tail.seen + of;
    const sampled = of > batch.length ? { shown: batch.length, of } : undefined;
    if (tail.paused) {
        const waiting = tail.waiting.concat(batch);
        const lost = tail.lost + Math.max(0, waiting.length - KEPT);
        return { ...tail, waiting: waiting.slice(-KEPT), seen, lost, sampled };
    }
    return { ...tail, rows: tail.rows.concat(batch).slice(-KEPT), seen, sampled };
}

/**
 * @template T
 * @param {Tail<T>} tail
 * @returns {Tail<T>}
 */
export function paused(tail) {
    return tail.paused ? tail : { ...tail, paused: true };
}

/**
 * The tail with what waited.
 * @template T
 * @param {Tail<T>} tail
 * @returns {Tail<T>}
 */
export function resumed(tail) {
    if (!tail.paused) return tail;
    return { ...tail, rows: tail.rows.concat(tail.waiting).slice(-KEPT), waiting: [], paused: false, lost: 0 };
}

/**
 * "sampled 1 of 8", where the last batch was a sample.
 * @param {{ sampled?: { shown: number, of: number } }} tail
 * @returns {string | undefined}
 */
export function sampledText({ sampled }) {
    if (!sampled || sampled.shown === 0) return undefined;
    return 'sampled 1 of ' + Math.max(2, Math.round(sampled.of / sampled.shown)).toLocaleString('en');
}

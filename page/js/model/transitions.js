/** Changes of alerts, counted by time. Pure. */

/** @import { State, Transition } from '../../types/shapes' */

/** @param {State} state */
const fires = (state) => state === 'warning' || state === 'critical';

/**
 * How many alerts began to fire and resolved, in slots of the same length that end at `end`, oldest first.
 * @param {readonly Transition[]} transitions @param {number} end @param {number} span @param {number} count
 * @returns {{ at: number, began: number, ended: number }[]}
 */
export function slots(transitions, end, span, count) {
    const step = span / count;
    const start = end - span;
    const all = Array.from({ length: count }, (_, i) => ({ at: start + i * step, began: 0, ended: 0 }));
    for (const { at, from, to } of transitions) {
        const slot = all[Math.min(count - 1, Math.floor((Date.parse(at) - start) / step))];
        if (!slot) continue;
        if (!fires(from) && to !== 'ok' && to !== 'pending') slot.began += fires(to) || from === 'ok' || from === 'pending' ? 1 : 0;
        else if (to === 'ok' && from !== 'pending') slot.ended += 1;
    }
    return all;
}

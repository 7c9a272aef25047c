// What the alerts of an account did: one lane for each alert, made of spans of a state, from transitions and from what holds now.

/** @typedef {import("../../types/shapes.js").Transition} Transition */
/** @typedef {import("../../types/shapes.js").Alert} Alert */
/** @typedef {import("../../types/shapes.js").State} State */
/** @typedef {{ from: number, to: number, state: State, reason?: string, value?: string }} Span milliseconds since 1970 */
/** @typedef {{ key: string, name: string, group: string, spans: Span[], worst: State, now: State }} Lane */

/** @type {State[]} */
const ORDER = ['ok', 'pending', 'no_data', 'error', 'warning', 'critical'];

/**
 * Lanes of all alerts that were not ok at some time between `from` and `to`, the worst first, at most `limit`.
 * @param {Transition[]} transitions in any order
 * @param {Alert[]} alerts what is not ok now
 * @param {number} from
 * @param {number} to
 * @param {number} [limit]
 * @returns {{ lanes: Lane[], left: number }} `left` counts lanes that are not shown
 */
export function lanes(transitions, alerts, from, to, limit = 8) {
    /** @type {Map<string, { name: string, group: string, steps: Transition[], now?: Alert }>} */
    const byAlert = new Map();
    for (const step of transitions) {
        const entry = byAlert.get(step.fingerprint) ?? { name: step.name, group: groupText(step.group), steps: [] };
        entry.steps.push(step);
        byAlert.set(step.fingerprint, entry);
    }
    for (const alert of alerts) {
        const entry = byAlert.get(alert.fingerprint) ?? { name: alert.name, group: groupText(alert.group), steps: [] };
        entry.now = alert;
        byAlert.set(alert.fingerprint, entry);
    }
    const all = [...byAlert].map(([key, entry]) => lane(key, entry, from, to)).filter(({ worst }) => worst !== 'ok');
    all.sort(worseFirst);
    return { lanes: all.slice(0, limit), left: Math.max(0, all.length - limit) };
}

/**
 * @param {string} key
 * @param {{ name: string, group: string, steps: Transition[], now?: Alert }} entry
 * @param {number} from
 * @param {number} to
 * @returns {Lane}
 */
function lane(key, { name, group, steps, now }, from, to) {
    const sorted = [...steps].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
    /** @type {Span[]} */
    const spans = [];
    // Before the first step it was in the state that this step left; without one, what holds now began when it says.
    let at = from;
    /** @type {State} */
    let state = sorted[0]?.from ?? 'ok';
    /** @type {Transition | undefined} */
    let why;
    for (const step of sorted) {
        const when = Math.min(Math.max(Date.parse(step.at), from), to);
        push(spans, at, when, state, why);
        at = when;
        state = step.to;
        why = step;
    }
    if (sorted.length === 0 && now) {
        const since = Math.min(Math.max(Date.parse(now.fired ?? now.since), from), to);
        push(spans, from, since, 'ok');
        at = since;
        state = now.state;
    }
    push(spans, at, to, state, why);
    const worst = spans.reduce((/** @type {State} */ most, span) => (rank(span.state) > rank(most) ? span.state : most), 'ok');
    return { key, name, group, spans, worst, now: now?.state ?? 'ok' };
}

/**
 * @param {Span[]} spans
 * @param {number} from
 * @param {number} to
 * @param {State} state
 * @param {Transition} [why]
 */
function push(spans, from, to, state, why) {
    const last = spans[spans.length - 1];
    if (to <= from) return;
    if (last && last.state === state) {
        last.to = to;
        return;
    }
    spans.push({ from, to, state, ...(why ? { reason: why.reason, value: why.value_text } : {}) });
}

/**
 * @param {Lane} a
 * @param {Lane} b
 */
function worseFirst(a, b) {
    return rank(b.now) - rank(a.now) || rank(b.worst) - rank(a.worst) || a.name.localeCompare(b.name) || a.key.localeCompare(b.key);
}

/**
 * @param {State} state
 */
function rank(state) {
    return ORDER.indexOf(state);
}

/**
 * @param {Record<string, string>} group
 */
function groupText(group) {
    return Object.entries(group)
        .map(([name, value]) => name + '=' + value)
        .join(' ');
}

/**
 * The span at a moment.
 * @param {Lane} lane
 * @param {number} at
 * @returns {Span | undefined}
 */
export function spanAt(lane, at) {
    return lane.spans.find((span) => span.from <= at && at < span.to);
}

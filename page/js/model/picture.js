/**
 * All accounts at a moment, in columns. Pure.
 *
 * @import { DirectoryColumns, FleetState, LabelColumn, State, Freshness, Mark } from '../../types/shapes'
 * @typedef {{ version: string, ids: string[], tenants: string[], names: string[], labels: { [name: string]: LabelColumn }, at: (id: string) => number }} Directory
 * @typedef {{ v: number, at: number, state: Uint8Array, fresh: Uint8Array, mark: Uint8Array, firing: Uint8Array, changed: number[] | null }} Picture
 */

/** States by their digit, least first. @type {State[]} */
export const STATES = ['ok', 'pending', 'no_data', 'error', 'warning', 'critical'];
/** Freshness by its digit. @type {Freshness[]} */
export const FRESH = ['live', 'late', 'silent', 'new', 'suspended'];
/** Marks by their digit. @type {Mark[]} */
export const MARKS = ['none', 'silenced', 'acked'];

/** @param {DirectoryColumns} columns @returns {Directory} */
export function opened(columns) {
    /** @type {Map<string, number> | null} */
    let index = null;
    const at = (/** @type {string} */ id) => {
        index ??= new Map(columns.ids.map((one, i) => [one, i]));
        return index.get(id) ?? -1;
    };
    return { ...columns, at };
}

/** Digits as numbers; letters go on after 9. @param {string} text */
export function digits(text) {
    const out = new Uint8Array(text.length);
    for (let i = 0; i < out.length; i += 1) {
        const code = text.charCodeAt(i);
        out[i] = code < 58 ? code - 48 : code - 87;
    }
    return out;
}

/** @param {FleetState} state @returns {Picture} */
export function picture(state) {
    const size = state.state?.length ?? 0;
    const column = (/** @type {string | undefined} */ text) => (text === undefined ? new Uint8Array(size) : digits(text));
    return { v: state.v, at: state.at, state: column(state.state), fresh: column(state.fresh), mark: column(state.mark), firing: column(state.firing), changed: null };
}

/** The picture with changes in it; its columns are the same arrays. @param {Picture} last @param {FleetState} delta @returns {Picture} */
export function apply(last, delta) {
    const changed = [];
    for (const [i, text] of delta.d ?? []) {
        const [state = 0, fresh = 0, mark = 0, firing = 0] = digits(text);
        last.state[i] = state;
        last.fresh[i] = fresh;
        last.mark[i] = mark;
        last.firing[i] = firing;
        changed.push(i);
    }
    return { ...last, v: delta.v, at: delta.at, changed };
}

/** Value of a label of an account; '' where it has none. @param {Directory} directory @param {string} name @param {number} i */
export function label(directory, name, i) {
    const column = directory.labels[name];
    return column ? (column.values[column.index[i] ?? 0] ?? '') : '';
}

// The series of an account, as charts want them: columns side by side, the first of which is time in seconds. Nulls are gaps.

/** @typedef {(number | null | undefined)[]} Column */
/** @typedef {import("../../types/shapes.js").Series} Series */

/**
 * The column of that name, without time; all gaps where there is none.
 * @param {Series} series
 * @param {string} name
 * @returns {(number | null)[]}
 */
export function column(series, name) {
    const index = series.names.indexOf(name);
    const length = series.data[0]?.length ?? 0;
    if (index < 0) return new Array(length).fill(null);
    return Array.from({ length }, (_, at) => series.data[index + 1]?.[at] ?? null);
}

/**
 * Seconds since 1970 of each point.
 * @param {Series} series
 * @returns {number[]}
 */
export function seconds(series) {
    return (series.data[0] ?? []).map((at) => (at ?? 0) / 1000);
}

/**
 * Log records by severity for bars that stand on one another: errors, warnings, the rest. A point is a gap where records are not known.
 * @param {Series} series
 * @returns {{ at: number[], errors: (number | null)[], warnings: (number | null)[], rest: (number | null)[], total: (number | null)[] }}
 */
export function severities(series) {
    const total = column(series, 'logs');
    const errors = column(series, 'errors').map((value, at) => bounded(value, total[at]));
    const warnings = column(series, 'warnings').map((value, at) => bounded(value, left(total[at], errors[at])));
    const rest = total.map((value, at) => (value === null ? null : Math.max(0, value - (errors[at] ?? 0) - (warnings[at] ?? 0))));
    return { at: seconds(series), errors, warnings, rest, total };
}

/**
 * @param {number | null} value
 * @param {number | null | undefined} most
 */
function bounded(value, most) {
    if (most === null || most === undefined) return null;
    return Math.min(value ?? 0, most);
}

/**
 * @param {number | null | undefined} total
 * @param {number | null | undefined} taken
 */
function left(total, taken) {
    return total === null || total === undefined ? null : Math.max(0, total - (taken ?? 0));
}

/**
 * Share of log records at error or above, in percent; a gap where there were none.
 * @param {Series} series
 * @returns {(number | null)[]}
 */
export function errorRate(series) {
    const total = column(series, 'logs');
    return column(series, 'errors').map((value, at) => {
        const all = total[at];
        return value === null || all === null || all === undefined || all <= 0 ? null : (100 * Math.min(value, all)) / all;
    });
}

/**
 * Whether a column says nothing at all.
 * @param {Column} values
 */
export function silent(values) {
    return values.every((value) => value === null || value === undefined);
}

/**
 * The greatest value, 0 where there is none.
 * @param {Column} values
 * @returns {number}
 */
export function greatest(values) {
    return values.reduce((/** @type {number} */ most, value) => Math.max(most, value ?? 0), 0);
}

/**
 * The last value that is known.
 * @param {Column} values
 * @returns {number | undefined}
 */
export function latest(values) {
    for (let at = values.length - 1; at >= 0; at -= 1) {
        const value = values[at];
        if (value !== null && value !== undefined) return value;
    }
    return undefined;
}

/**
 * A scale's end that is easy to read: 1, 2, 2.5 or 5 times a power of ten, at least as much as `most`.
 * @param {number} most
 * @returns {number}
 */
export function niceEnd(most) {
    if (!(most > 0)) return 1;
    const power = 10 ** Math.floor(Math.log10(most));
    const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= most * (1 - 1e-9)) ?? 10;
    return step * power;
}

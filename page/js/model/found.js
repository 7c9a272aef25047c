/** What a search in logs found so far: pages that come one after another, newest first, at most so many rows. Pure. */

import { KEPT } from './tail.js';

/** @typedef {import('../../types/shapes.js').LogRow} LogRow */
/** @typedef {import('../../types/shapes.js').LogList} LogList */
/** @typedef {{ rows: LogRow[], scanned: number, complete: boolean, next?: string, oldest?: string, notices: string[], pages: number, full: boolean }} Found */

/** Before the first answer. @returns {Found} */
export const nothing = () => ({ rows: [], scanned: 0, complete: false, notices: [], pages: 0, full: false });

/**
 * What was found, with another page of it.
 * @param {Found} found @param {LogList} page @returns {Found}
 */
export function withPage(found, page) {
    const known = new Set(found.rows.map(({ id }) => id).filter((id) => id !== undefined));
    const fresh = page.items.filter(({ id }) => id === undefined || !known.has(id));
    const rows = found.rows.concat(fresh).slice(0, KEPT);
    return {
        rows,
        scanned: found.scanned + page.scanned,
        complete: page.next === undefined,
        ...(page.next === undefined ? {} : { next: page.next }),
        ...(page.oldest === undefined ? {} : { oldest: page.oldest }),
        notices: page.notices ?? [],
        pages: found.pages + 1,
        full: found.rows.length + fresh.length > KEPT || (rows.length >= KEPT && page.next !== undefined),
    };
}

/**
 * Whether to ask for more without being told: a search that looked at a part and found little.
 * @param {Found} found
 */
export const goesOn = ({ rows, next, pages }) => next !== undefined && rows.length < 60 && pages < 4;

/**
 * The end of what is kept lies in the range that was asked for: milliseconds since 1970 of it.
 * @param {Found} found @param {number} from
 */
export function keptFrom({ oldest, complete }, from) {
    const at = oldest === undefined ? NaN : Date.parse(oldest);
    return complete && at > from ? at : undefined;
}

/**
 * A link that leads out, of its template.
 * @param {string} template @param {Record<string, string | number>} values
 */
export const filled = (template, values) =>
    template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? encodeURIComponent(String(values[name])) : whole));

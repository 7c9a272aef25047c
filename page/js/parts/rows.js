/**
 * Rows of a real table; on narrow screens each row is a card. The focus is the cursor: j and k move it from row to row.
 *
 *   const box = useRef(null);
 *   useRowKeys(box, { Enter: (key) => .., x: (key) => .. });
 *   html`<div ref=${box}>${Rows({ label: 'Alerts', rows, id, columns })}</div>`      called, so that T is known
 */

import { classes, h, html, useRef } from '../html.js';
import { useKeys } from '../keys.js';
import { moved } from '../model/alerts.js';

/** @import { Child } from '../html.js' */

/**
 * `narrow` says where it goes on a card: `title` stands first, `side` at its right, `whole` fills the first line, `plain` has no name, `off` is left out.
 * @template T
 * @typedef {{ name: string, cell: (row: T) => Child, head?: Child, num?: boolean, wide?: boolean, sort?: string, title?: string, narrow?: 'title' | 'side' | 'whole' | 'plain' | 'off', kind?: string }} Column
 */

/** @param {HTMLElement | null | undefined} box @returns {HTMLElement[]} */
const rowsOf = (box) => (box ? [...box.querySelectorAll('[data-row]')].filter((one) => one instanceof HTMLElement) : []);

/** The row that has the focus, or whose part has it. @param {HTMLElement | null} box */
export function cursor(box) {
    const at = document.activeElement?.closest('[data-row]');
    return at instanceof HTMLElement && box?.contains(at) ? (at.dataset['row'] ?? '') : '';
}

/** `last` is where the cursor was: one goes on there when its row is gone. @param {HTMLElement | null} box @param {number} by @param {{ current: number }} last */
function step(box, by, last) {
    const all = rowsOf(box);
    const keys = all.map((one) => one.dataset['row'] ?? '');
    const gone = cursor(box) === '' && last.current >= 0;
    const at = gone ? Math.min(last.current, keys.length - 1) : keys.indexOf(moved(keys, cursor(box), by));
    last.current = at;
    all[at]?.focus({ preventScroll: true });
    all[at]?.scrollIntoView({ block: 'nearest' });
}

/**
 * j and k move, other keys act on the row at the cursor; `''` where there is none.
 * @param {{ current: HTMLElement | null }} box @param {Record<string, (key: string) => unknown>} acts
 */
export function useRowKeys(box, acts) {
    const last = useRef(-1);
    /** @type {import('../keys.js').Keys} */
    const keys = { j: () => step(box.current, 1, last), k: () => step(box.current, -1, last) };
    for (const [name, act] of Object.entries(acts)) {
        keys[name] = (event) => {
            const inside = event.target instanceof Element && !event.target.matches('[data-row]') && event.target.closest('a, button, input, select, textarea');
            return name === 'Enter' && inside ? false : act(cursor(box.current));
        };
    }
    useKeys(keys);
}

/**
 * @template T
 * @param {{
 *   label: string, rows: readonly T[], id: (row: T) => string, columns: Column<T>[], open?: (row: T) => void, rowClass?: (row: T) => string,
 *   selected?: ReadonlySet<string>, sorted?: string, sort?: (key: string) => void,
 * }} props
 */
export function Rows({ label, rows, id, columns, open, rowClass, selected, sorted, sort }) {
    return html`<table class="rows">
        <caption class="sr">${label}</caption>
        <thead><tr>${columns.map((column) => h(Head, { column, sorted, sort }))}</tr></thead>
        <tbody>${rows.map((row) => {
            const key = id(row);
            const kind = classes({ opens: open, 'is-selected': selected?.has(key) ?? false, [rowClass?.(row) ?? '']: true });
            return html`<tr key=${key} data-row=${key} class=${kind} tabindex="-1" aria-selected=${selected ? selected.has(key) : undefined}
                onClick=${open && ((/** @type {MouseEvent} */ event) => plain(event) && open(row))}>${columns.map((column) => html`
                <td class=${classes({ num: column.num, wide: column.wide, [column.kind ?? '']: true, [`narrow-${column.narrow ?? 'line'}`]: true })} data-label=${column.name}>${column.cell(row)}</td>`)}</tr>`;
        })}</tbody>
    </table>`;
}

/** Whether a click is meant for the row: not for something in it, and not the end of marking text. @param {MouseEvent} event */
function plain(event) {
    const other = event.target instanceof Element && event.target.closest('a, button, input, select, textarea, label');
    return !other && !getSelection()?.toString();
}

/** @param {{ column: Column<any>, sorted?: string, sort?: (key: string) => void }} props */
function Head({ column, sorted = '', sort }) {
    const on = column.sort !== undefined && sorted === column.sort;
    const name = column.sort && sort
        ? html`<button type="button" onClick=${() => sort(column.sort ?? '')}>${column.name}<span aria-hidden="true">${on ? ' \u2193' : ''}</span></button>`
        : (column.head ?? column.name);
    return html`<th scope="col" class=${classes({ num: column.num, wide: column.wide, [column.kind ?? '']: true })} title=${column.title} aria-sort=${on ? 'descending' : undefined}>${name}</th>`;
}

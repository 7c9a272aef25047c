/**
 * A table that draws only the rows in view, for keyboards and screen readers too.
 *
 *   h(Table, { label: 'Alerts', rows, id: (row) => row.fingerprint, columns: [
 *       { name: 'Account', width: 'minmax(130px, 1fr)', cell: (row) => h(AccountLink, { id: row.account }) },
 *       { name: 'Value', width: '80px', num: true, cell: (row) => row.value_text, sort: 'value' },
 *   ], open: (row) => go(..) })
 *
 * j and k (and arrows) move, Enter opens, x selects. `main: true` lets j, k, Enter and x work wherever the focus is on the page.
 */

import { h, html, useEffect, useLayoutEffect, useRef, useState } from '../html.js';
import { useKeys } from '../keys.js';

/** @import { Child } from '../html.js' */
/** @template T @typedef {{ name: string, width: string, cell: (row: T) => Child, num?: boolean, sort?: string, title?: string }} Column */

const ROW = 32;
const MORE = 12;

/**
 * @template T
 * @param {{
 *   label: string, rows: T[], id: (row: T) => string, columns: Column<T>[],
 *   open?: (row: T, event: Event) => void, selected?: Set<string>, select?: (id: string) => void,
 *   height?: string, minWidth?: string, main?: boolean, rowClass?: (row: T) => string,
 *   sorted?: string, sort?: (key: string) => void, total?: number, rowHeight?: number, seen?: (row: T | null) => void,
 *   more?: () => void,
 * }} props `height` makes it scroll by itself; `more` is called when the end comes into view
 */
export function Table({ label, rows, id, columns, open, selected, select, height, minWidth, main = false, rowClass, sorted, sort, total, rowHeight = ROW, seen, more }) {
    const box = useRef(/** @type {HTMLDivElement | null} */ (null));
    const [cursor, setCursor] = useState(-1);
    const [range, setRange] = useState(/** @type {[number, number]} */ ([0, 60]));
    const own = height !== undefined;

    const look = () => {
        const element = box.current;
        if (!element) return;
        const top = own ? element.scrollTop : Math.max(0, -element.getBoundingClientRect().top);
        const tall = own ? element.clientHeight || 600 : innerHeight;
        const from = Math.max(0, Math.floor(top / rowHeight) - MORE);
        const to = Math.min(rows.length, Math.ceil((top + tall) / rowHeight) + MORE);
        setRange((last) => (last[0] === from && last[1] === to ? last : [from, to]));
        if (more && to >= rows.length) more();
    };
    useLayoutEffect(look, [rows, own, rowHeight]);
    useEffect(() => {
        const target = own ? box.current : window;
        target?.addEventListener('scroll', look, { passive: true });
        addEventListener('resize', look);
        return () => {
            target?.removeEventListener('scroll', look);
            removeEventListener('resize', look);
        };
    });

    const move = (/** @type {number} */ to) => {
        const next = Math.max(0, Math.min(rows.length - 1, to));
        setCursor(next);
        seen?.(rows[next] ?? null);
        const element = box.current;
        if (!element) return;
        if (own) {
            const top = next * rowHeight;
            if (top < element.scrollTop) element.scrollTop = top;
            else if (top + rowHeight * 2 > element.scrollTop + element.clientHeight) element.scrollTop = top + rowHeight * 2 - element.clientHeight;
        } else element.querySelector(`[aria-rowindex="${next + 2}"]`)?.scrollIntoView({ block: 'nearest' });
    };
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 320) / rowHeight) - 1);
    const row = rows[cursor];
    /** @type {import('../keys.js').Keys} */
    const keys = {
        j: () => move(cursor + 1),
        k: () => move(cursor - 1),
        ...(open && { Enter: (event) => (row && !overControl(event) ? open(row, event) : false) }),
        ...(select && { x: () => (row ? select(id(row)) : false) }),
    };
    useKeys(main && rows.length ? keys : {});
    const press = (/** @type {KeyboardEvent} */ event) => {
        /** @type {Record<string, () => void>} */
        const moves = { ArrowDown: () => move(cursor + 1), ArrowUp: () => move(cursor - 1), Home: () => move(0), End: () => move(rows.length - 1), PageDown: () => move(cursor + page), PageUp: () => move(cursor - page) };
        const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
        const act = plain ? (moves[event.key] ?? (main ? undefined : keys[event.key] && (() => keys[event.key]?.(event)))) : undefined;
        if (!act || (event.target !== box.current && event.key === 'Enter')) return;
        act();
        event.preventDefault();
    };

    const shown = rows.slice(range[0], Math.min(range[1], rows.length));
    return html`<div class="table" style=${{ '--cols': columns.map((column) => column.width).join(' '), '--table-width': minWidth, '--table-height': height }}>
        <div ref=${box} class="scroll" role="table" aria-label=${label} aria-rowcount=${(total ?? rows.length) + 1} tabindex="0" onKeyDown=${press}>
            <div class="thead" role="row" aria-rowindex="1">${columns.map((column) => h(Head, { column, sorted, sort }))}</div>
            <div style=${{ height: `${range[0] * rowHeight}px` }}></div>
            ${shown.map((one, i) => {
                const at = range[0] + i;
                const key = id(one);
                const chosen = selected?.has(key) ?? false;
                const kind = `tr${open ? ' opens' : ''}${at === cursor ? ' is-cursor' : ''}${chosen ? ' is-selected' : ''} ${rowClass?.(one) ?? ''}`;
                return html`<div key=${key} class=${kind} role="row" aria-rowindex=${at + 2} aria-selected=${selected ? chosen : undefined}
                    onMouseEnter=${seen && (() => seen(one))} onMouseLeave=${seen && (() => seen(null))}
                    onClick=${(/** @type {MouseEvent} */ event) => {
                        setCursor(at);
                        if (open && !overControl(event) && !getSelection()?.toString()) open(one, event);
                    }}>${columns.map((column) => html`<div class=${column.num ? 'td num' : 'td'} role="cell">${column.cell(one)}</div>`)}</div>`;
            })}
            <div style=${{ height: `${Math.max(0, rows.length - range[0] - shown.length) * rowHeight}px` }}></div>
        </div>
    </div>`;
}

/** @param {{ column: Column<any>, sorted?: string, sort?: (key: string) => void }} props a name with "-" before it sorts the other way round */
function Head({ column, sorted = '', sort }) {
    const key = column.sort ?? '';
    const way = key && sorted === key ? 'ascending' : key && sorted === `-${key}` ? 'descending' : undefined;
    const name = key && sort
        ? html`<button type="button" onClick=${() => sort(way === 'ascending' ? `-${key}` : key)}>${column.name}${way && html`<span aria-hidden="true">${way === 'ascending' ? '\u2191' : '\u2193'}</span>`}</button>`
        : column.name;
    return html`<div class=${column.num ? 'th num' : 'th'} role="columnheader" aria-sort=${way} title=${column.title}>${name}</div>`;
}

/** Whether something in the row has its own way with clicks. @param {Event} event */
function overControl(event) {
    return event.target instanceof Element && event.target.closest('a, button, input, select, textarea, label') !== null;
}

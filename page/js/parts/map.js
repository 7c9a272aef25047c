/**
 * The map: one cell for each account. Cells are drawn on a canvas; headings are text; for keyboards and screen readers a cursor moves
 * over the cells and says what it stands on.
 */

import { h, html, useEffect, useLayoutEffect, useRef, useState } from '../html.js';
import { count } from '../format.js';
import { corner, hit, step, within } from '../model/layout.js';
import { themeVersion } from '../theme.js';
import { colours, paint, rings, veils } from './map-paint.js';
import { sharp } from './spark.js';

/** @import { Layout } from '../model/layout.js' */
/** @typedef {{ cell: number, x: number, y: number }} Spot */

const HOVER_MS = 80;
const calm = matchMedia('(prefers-reduced-motion: reduce)');

/**
 * @param {{
 *   layout: Layout, looks: Uint8Array, lit: Uint8Array | null, counts: { critical: number, warning: number }[], by: string,
 *   selected: Set<number>, select: (accounts: number[], add: boolean) => void,
 *   open: (account: number, page: boolean) => void, pointed: (account: number, spot: Spot | null) => void,
 *   say: (account: number) => string, heading: (name: string) => string, current: number,
 * }} props `current` is the account of which the panel is open
 */
export function Map(props) {
    const { layout, looks, lit, counts, by, selected, heading, current } = props;
    const box = useRef(/** @type {HTMLDivElement | null} */ (null));
    const cells = useRef(/** @type {HTMLCanvasElement | null} */ (null));
    const over = useRef(/** @type {HTMLCanvasElement | null} */ (null));
    const flashes = useRef(/** @type {HTMLCanvasElement | null} */ (null));
    const [cursor, setCursor] = useState(-1);
    const [focused, setFocused] = useState(false);
    usePainting(cells, flashes, layout, looks, lit);
    useRings(over, layout, selected, current);
    const mouse = useMouse(box, props);
    const at = cursor >= 0 && cursor < layout.order.length ? cursor : 0;
    const account = layout.order[at] ?? 0;
    const spot = corner(layout, at);

    const press = (/** @type {KeyboardEvent} */ event) => {
        if (event.key === 'Enter') props.open(account, event.ctrlKey || event.metaKey);
        else if (event.key === 'x' || event.key === ' ') props.select([account], true);
        else if (/^(Arrow|Page|Home|End)/.test(event.key)) {
            const next = step(layout, at, event.key);
            setCursor(next);
            const place = corner(layout, next);
            props.pointed(layout.order[next] ?? -1, { cell: next, x: place.x, y: place.y });
        } else return;
        event.preventDefault();
        event.stopPropagation();
    };

    return html`<div ref=${box} class="map" style=${{ height: `${layout.height}px` }} ...${mouse}>
        <canvas ref=${cells} class="cells" data-cells=${layout.order.length} aria-hidden="true" style=${{ width: `${layout.width}px`, height: `${layout.height}px` }}></canvas>
        <canvas ref=${flashes} class="cells over" aria-hidden="true" style=${{ width: `${layout.width}px`, height: `${layout.height}px` }}></canvas>
        <canvas ref=${over} class="cells over" aria-hidden="true" style=${{ width: `${layout.width}px`, height: `${layout.height}px` }}></canvas>
        ${layout.blocks.map((block, i) => h(Heading, { key: block.name, name: block.name, by, to: heading(block.name), total: block.count, trouble: counts[i], left: block.x, top: block.y, width: block.width }))}
        <div class="cursor" role="grid" aria-label=${`Map of ${count(layout.order.length)} accounts; arrows move, Enter opens, x selects`} aria-rowcount=${layout.blocks.length} tabindex="0"
            style=${{ left: `${spot.x - 2}px`, top: `${spot.y - 2}px`, width: `${layout.pitch + 2}px`, height: `${layout.pitch + 2}px` }}
            onKeyDown=${press} onFocus=${() => { setFocused(true); if (cursor < 0) setCursor(Math.max(0, layout.cellOf[current] ?? 0)); }} onBlur=${() => { setFocused(false); props.pointed(-1, null); }}>
            <div role="row"><div role="gridcell" class="sr" aria-selected=${selected.has(account)}>${focused && props.say(account)}</div></div>
        </div>
        <div class="sr" aria-live="polite">${focused && props.say(account)}</div>
    </div>`;
}

/** @param {{ name: string, by: string, to: string, total: number, trouble?: { critical: number, warning: number }, left: number, top: number, width: number }} props */
function Heading({ name, by, to, total, trouble, left, top, width }) {
    const { critical = 0, warning = 0 } = trouble ?? {};
    const shown = name || `without ${by}`;
    return html`<a class="map-head" href=${to || undefined} title=${`${shown}: ${total} accounts, ${critical} critical, ${warning} at warning`} style=${{ left: `${left}px`, top: `${top - 21}px`, width: `${width}px` }}>
        <span class="cut name">${shown}</span><span class="faint">${count(total)}</span>
        ${critical > 0 && html`<b class="is-critical">${count(critical)}</b>`}${warning > 0 && html`<b class="is-warning">${count(warning)}</b>`}</a>`;
}

/** Draws what changed: a few cells, or all. @param {{ current: HTMLCanvasElement | null }} canvas @param {{ current: HTMLCanvasElement | null }} flashes @param {Layout} layout @param {Uint8Array} looks @param {Uint8Array | null} lit */
function usePainting(canvas, flashes, layout, looks, lit) {
    const version = themeVersion.value;
    const last = useRef({ layout: /** @type {Layout | null} */ (null), looks: /** @type {Uint8Array} */ (new Uint8Array(0)), lit: /** @type {Uint8Array | null} */ (null), version: -1, colour: /** @type {ReturnType<typeof colours> | null} */ (null) });
    useLayoutEffect(() => {
        const element = canvas.current;
        if (!element) return;
        const was = last.current;
        const colour = was.version === version && was.colour ? was.colour : colours();
        const same = was.layout === layout && was.version === version && was.lit === lit;
        const moved = same ? differing(was.looks, looks, layout) : null;
        last.current = { layout, looks, lit, version, colour };
        if (moved && moved.length === 0) return;
        if (moved && moved.length < 1200) {
            const pen = element.getContext('2d');
            if (!pen) return;
            paint(pen, layout, looks, lit, colour, moved);
            if (!calm.matches && moved.length < 400) flash(flashes.current, layout, moved, colour);
            return;
        }
        const from = performance.now();
        const pen = was.layout === layout ? element.getContext('2d') : sharp(element, layout.width, layout.height);
        if (pen) paint(pen, layout, looks, lit, colour);
        element.dataset.ms = (performance.now() - from).toFixed(1);
        timed();
    });
}

const loaded = performance.now();

/** Says once how long it took from data that were read, and a page to draw them, to pixels. */
function timed() {
    const [parsed] = performance.getEntriesByName('fleet.parsed');
    if (parsed && !performance.getEntriesByName('fleet.grid').length) performance.measure('fleet.grid', { start: Math.max(parsed.startTime, loaded), end: performance.now() });
}

/** @param {Uint8Array} before @param {Uint8Array} after @param {Layout} layout */
function differing(before, after, layout) {
    const cells = [];
    for (let i = 0; i < after.length; i += 1) {
        const cell = layout.cellOf[i] ?? -1;
        if (before[i] !== after[i] && cell >= 0) cells.push(cell);
    }
    return cells;
}

/** Lights what changed, for a moment. @param {HTMLCanvasElement | null} canvas @param {Layout} layout @param {number[]} cells @param {ReturnType<typeof colours>} colour */
function flash(canvas, layout, cells, colour) {
    const pen = canvas && sharp(canvas, layout.width, layout.height);
    if (!canvas || !pen) return;
    veils(pen, layout, cells, colour.ring);
    canvas.dataset.flash = String(Number(canvas.dataset.flash ?? 0) + 1);
    const mine = canvas.dataset.flash;
    setTimeout(() => {
        if (canvas.dataset.flash === mine) canvas.width = 1;
    }, 600);
}

/** Rings around the selection and the account of the panel. @param {{ current: HTMLCanvasElement | null }} canvas @param {Layout} layout @param {Set<number>} selected @param {number} current */
function useRings(canvas, layout, selected, current) {
    const version = themeVersion.value;
    useLayoutEffect(() => {
        const element = canvas.current;
        const pen = element && sharp(element, layout.width, layout.height);
        if (!pen) return;
        const { ring } = colours();
        const cells = [...selected, current].map((account) => layout.cellOf[account] ?? -1).filter((cell) => cell >= 0);
        if (cells.length) rings(pen, layout, cells, ring);
    }, [layout, selected, current, version]);
}

/** What a mouse does: rest on a cell, click it, draw a rectangle around some. @param {{ current: HTMLDivElement | null }} box @param {Parameters<typeof Map>[0]} props */
function useMouse(box, { layout, open, select, pointed }) {
    const timer = useRef(0);
    const drag = useRef(/** @type {{ x: number, y: number, band: HTMLDivElement | null } | null} */ (null));
    const swallow = useRef(false);
    useEffect(() => () => clearTimeout(timer.current), []);
    const place = (/** @type {PointerEvent | MouseEvent} */ event) => {
        const area = box.current?.getBoundingClientRect();
        return { x: event.clientX - (area?.left ?? 0), y: event.clientY - (area?.top ?? 0) };
    };
    const rectangle = (/** @type {{ x: number, y: number }} */ a, /** @type {{ x: number, y: number }} */ b) => ({ x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y) });
    return {
        onPointerMove: (/** @type {PointerEvent} */ event) => {
            const at = place(event);
            const from = drag.current;
            if (from && event.buttons === 1 && (from.band || Math.hypot(at.x - from.x, at.y - from.y) > 6)) {
                from.band ??= band(box.current);
                const area = rectangle(from, at);
                Object.assign(from.band.style, { left: `${area.x}px`, top: `${area.y}px`, width: `${area.width}px`, height: `${area.height}px` });
                return;
            }
            clearTimeout(timer.current);
            const cell = hit(layout, at.x, at.y);
            if (box.current) box.current.style.cursor = cell >= 0 ? 'pointer' : '';
            timer.current = setTimeout(() => pointed(cell >= 0 ? (layout.order[cell] ?? -1) : -1, cell >= 0 ? { cell, ...corner(layout, cell) } : null), event.pointerType === 'touch' ? 0 : HOVER_MS);
        },
        onPointerLeave: () => {
            clearTimeout(timer.current);
            pointed(-1, null);
        },
        onPointerDown: (/** @type {PointerEvent} */ event) => {
            if (event.button !== 0 || event.pointerType === 'touch' || (event.target instanceof Element && event.target.closest('a'))) return;
            drag.current = { ...place(event), band: null };
            swallow.current = false;
            box.current?.setPointerCapture(event.pointerId);
        },
        onPointerUp: (/** @type {PointerEvent} */ event) => {
            const from = drag.current;
            drag.current = null;
            if (!from?.band) return;
            from.band.remove();
            swallow.current = true;
            select(within(layout, rectangle(from, place(event))).map((cell) => layout.order[cell] ?? 0), event.shiftKey || event.ctrlKey || event.metaKey);
        },
        onClick: (/** @type {MouseEvent} */ event) => {
            if (swallow.current || (event.target instanceof Element && event.target.closest('a'))) {
                swallow.current = false;
                return;
            }
            const { x, y } = place(event);
            const cell = hit(layout, x, y);
            const account = layout.order[cell] ?? -1;
            if (cell < 0) return;
            if (event.shiftKey) select([account], true);
            else open(account, event.ctrlKey || event.metaKey);
        },
    };
}

/** @param {HTMLDivElement | null} parent */
function band(parent) {
    const element = document.createElement('div');
    element.className = 'band';
    parent?.append(element);
    return element;
}

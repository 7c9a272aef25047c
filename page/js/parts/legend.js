/** What the looks of the map mean. */

import { h, html, useLayoutEffect, useRef } from '../html.js';
import { HEATS, LOOK, SLASH } from '../model/grid.js';
import { themeVersion } from '../theme.js';
import { colours, paint } from './map-paint.js';
import { sharp } from './spark.js';

/** @type {[number, string][]} */
const STATE = [[LOOK.critical, 'critical'], [LOOK.warning, 'warning'], [LOOK.error, 'error'], [LOOK.noData, 'no data'], [LOOK.pending, 'pending'], [LOOK.warning + SLASH, 'silenced'], [LOOK.ok, 'ok'], [LOOK.late, 'late'], [LOOK.silent, 'silent'], [LOOK.fresh, 'new'], [LOOK.suspended, 'suspended']];
/** @type {[number, string][]} */
const FRESHNESS = [[LOOK.ok, 'live'], [LOOK.warning, 'late'], [LOOK.critical, 'silent'], [LOOK.pending, 'new'], [LOOK.suspended, 'suspended']];

/** One cell, as the map draws it. @param {{ look: number }} props */
function Cell({ look }) {
    const box = useRef(/** @type {HTMLCanvasElement | null} */ (null));
    const version = themeVersion.value;
    useLayoutEffect(() => {
        const pen = box.current && sharp(box.current, 13, 13);
        if (!pen) return;
        const one = { pitch: 11, width: 13, height: 13, blocks: [{ name: '', x: 1, y: 1, width: 11, cols: 1, rows: 1, start: 0, count: 1 }], order: new Uint32Array(1), cellOf: new Int32Array(1) };
        paint(pen, one, new Uint8Array([look]), null, colours());
    }, [look, version]);
    return html`<canvas ref=${box} class="legend-cell" aria-hidden="true"></canvas>`;
}

/** @param {{ by: string, steps: number[], write: (n: number) => string }} props */
export function Legend({ by, steps, write }) {
    if (by === 'state' || by === 'rule' || by === 'freshness') {
        return html`<div class="legend">${(by === 'freshness' ? FRESHNESS : STATE).map(([look, word]) => html`<span class="row">${h(Cell, { look })}${word}</span>`)}</div>`;
    }
    return html`<div class="legend">${Array.from({ length: HEATS }, (_, i) => html`<span class="row">${h(Cell, { look: LOOK.heat + i })}${steps.length ? (i < steps.length ? `\u2264 ${write(steps[i] ?? 0)}` : `> ${write(steps[i - 1] ?? 0)}`) : ''}</span>`)}<span class="row">${h(Cell, { look: LOOK.silent })}not known</span></div>`;
}

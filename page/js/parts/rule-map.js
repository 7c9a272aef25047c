/** All accounts and how one rule stands on them: a small map in the order of the directory. The table beside it says the same. */

import { useAnswer } from '../api.js';
import { h, html, useEffect, useLayoutEffect, useRef, useState } from '../html.js';
import { accountId, count, stateWord } from '../format.js';
import { cellAt, corner, mini } from '../model/mini.js';
import { STATES } from '../model/picture.js';
import { go } from '../router.js';
import { directory } from '../store.js';
import { themeVersion, token } from '../theme.js';
import { Skeleton } from './empty.js';
import { sharp } from './spark.js';
import { State } from './state.js';

/** @import { FleetState } from '../../types/shapes' */
/** @import { Mini } from '../model/mini.js' */

const HEIGHT = 190;
const TONES = ['--ok', '--pending', '--no-data', '--error', '--warning', '--critical'];

/** @param {CanvasRenderingContext2D} pen @param {Mini} map @param {string} state */
function draw(pen, map, state) {
    const size = Math.max(2, map.pitch - (map.pitch > 6 ? 2 : 1));
    TONES.forEach((name, wanted) => {
        pen.fillStyle = token(name);
        pen.globalAlpha = wanted === 0 ? 0.5 : 1;
        pen.beginPath();
        for (let at = 0; at < state.length; at += 1) {
            if (Number(state[at]) !== wanted) continue;
            const { x, y } = corner(map, at);
            pen.rect(x, y, size, size);
        }
        pen.fill();
    });
    pen.globalAlpha = 1;
}

/** How many are in each state, worst first. @param {string} state */
function tally(state) {
    const counts = STATES.map(() => 0);
    for (const digit of state) counts[Number(digit)] = (counts[Number(digit)] ?? 0) + 1;
    return STATES.map((word, i) => ({ word, n: counts[i] ?? 0 })).filter(({ n }) => n > 0).reverse();
}

/** @param {{ rule: string }} props */
export function RuleMap({ rule }) {
    const known = directory.value;
    /** @type {{ data: FleetState | null }} */
    const answer = useAnswer('fleet/state', { rule }, { topic: 'groups', every: 3000 });
    const box = useRef(/** @type {HTMLDivElement | null} */ (null));
    const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
    const plan = useRef(/** @type {Mini | null} */ (null));
    const [width, setWidth] = useState(0);
    const [at, setAt] = useState(-1);
    const state = answer.data?.state ?? '';
    const version = themeVersion.value;
    useEffect(() => {
        if (!box.current) return undefined;
        const watch = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
        watch.observe(box.current);
        return () => watch.disconnect();
    }, []);
    useLayoutEffect(() => {
        if (!canvas.current || width === 0 || state === '') return;
        plan.current = mini(width, HEIGHT, state.length);
        const pen = sharp(canvas.current, width, plan.current.rows * plan.current.pitch);
        if (pen) draw(pen, plan.current, state);
    }, [state, width, version]);
    const accountAt = (/** @type {MouseEvent} */ event) => (plan.current ? cellAt(plan.current, event.offsetX, event.offsetY) : -1);
    const id = known?.ids[at] ?? '';
    return html`<div class="rule-map"><div ref=${box} class="rule-map-box">${state === '' ? h(Skeleton, { rows: 4 }) : html`<canvas ref=${canvas} role="img" aria-label=${`All accounts: ${tally(state).map(({ word, n }) => `${n} ${stateWord(word)}`).join(', ')}`}
            onMouseMove=${(/** @type {MouseEvent} */ event) => setAt(accountAt(event))} onMouseLeave=${() => setAt(-1)}
            onClick=${(/** @type {MouseEvent} */ event) => { const account = known?.ids[accountAt(event)]; if (account) go(`accounts/${account}`, { list: `rules/${rule}` }); }}></canvas>`}</div>
        <div class="rule-map-says">${id ? html`<span class="mono">${accountId(id)}</span> <span class="muted">${known?.tenants[at]}</span> ${h(State, { state: STATES[Number(state[at] ?? 0)] ?? 'ok' })}`
            : html`<span class="row wrap">${tally(state).map(({ word, n }) => html`<span class="row tight">${h(State, { state: word })}<b>${count(n)}</b></span>`)}</span>`}</div></div>`;
}

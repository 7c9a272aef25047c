/** The map or the table of the fleet, and what they are drawn by. */

import { useAnswer } from '../api.js';
import { h, html, useEffect, useLayoutEffect, useMemo, useRef, useState } from '../html.js';
import { count, percent, rate, bytes } from '../format.js';
import { COLOURS, bounds, defaultGrouping, freshLook, groupings, groups, heatLook, lookOf, looks, troubled } from '../model/grid.js';
import { layout } from '../model/layout.js';
import { blind } from '../model/verdict.js';
import { go, hrefHere, param, setParams } from '../router.js';
import { directory, loadFleet, picture, refused, summary } from '../store.js';
import { Failed, Skeleton } from './empty.js';
import { Card, said } from './fleet-card.js';
import { lit, matching, pastStates, pointed as pointedAccount, pointedRules, ruleFilter, selection } from './fleet-state.js';
import { Icon } from './icon.js';
import { Legend } from './legend.js';
import { lazy } from './lazy.js';
import { Map } from './map.js';
import { SelectionBar } from './selection.js';

/** @import { FleetState } from '../../types/shapes' */
/** @import { Directory } from '../model/picture.js' */

/** @type {(number | null)[]} */
const NONE = [];
const METRICS = ['volume', 'errors', 'quota', 'cost'];

const FleetTable = lazy(() => import('./fleet-table.js').then((module) => module.FleetTable));
const ManyMap = lazy(() => import('./map-many.js').then((module) => module.ManyMap));
const Replay = lazy(() => import('./replay.js').then((module) => module.Replay));

/** Accounts up to which each has its own cell. */
const MOST_CELLS = 20_000;

/** What the map is coloured by. */
export const colourBy = () => param('colour') || (param('rule') ? 'state' : 'state');
/** What it is grouped by. @param {Directory} known */
export const groupBy = (known) => (groupings(known).includes(param('group')) ? param('group') : defaultGrouping(known));

export function FleetMap() {
    const known = directory.value;
    const table = param('view') === 'table';
    return html`<section class="panel fleet-map" aria-label="Map of the fleet">
        <header>
            <h3>${table ? 'Table' : 'Map'}</h3>
            ${known && h(Choices, { known, table })}
            <span class="push"></span>${!table && h(ReplayButton, {})}
            <div class="group" role="group" aria-label="Map or table">
                <button type="button" class="button small icon" aria-pressed=${!table} title="Map (m)" aria-label="Map" onClick=${() => setParams({ view: null })}>${h(Icon, { name: 'map' })}</button>
                <button type="button" class="button small icon" aria-pressed=${table} title="Table (m)" aria-label="Table" onClick=${() => setParams({ view: 'table' })}>${h(Icon, { name: 'table' })}</button>
            </div>
        </header>
        ${!table && param('at') && known && picture.value && h(Replay, {})}
        ${!known || !picture.value ? (refused.value ? h(Failed, { error: refused.value, again: () => { loadFleet().catch(() => undefined); } }) : html`<div class="body">${h(Skeleton, { rows: 10 })}</div>`) : table ? h(FleetTable, {}) : h(Cells, { known })}
        ${h(SelectionBar, {})}
    </section>`;
}

/** @param {{ known: Directory, table: boolean }} props */
function Choices({ known, table }) {
    const choose = (/** @type {string} */ name, /** @type {string} */ first) => (/** @type {Event} */ event) => {
        const { value } = /** @type {HTMLSelectElement} */ (event.target);
        setParams({ [name]: value === first ? null : value });
    };
    const rule = param('rule');
    const first = defaultGrouping(known);
    const colours = COLOURS.filter(([name]) => name !== 'rule' || rule);
    if (table) return null;
    return html`<label class="select">group<select value=${groupBy(known)} onChange=${choose('group', first)}>${groupings(known).map((name) => html`<option value=${name}>${name === 'ou' ? 'OU' : name}</option>`)}</select></label>
        <label class="select">colour<select value=${colourBy()} onChange=${choose('colour', 'state')}>${colours.map(([name, word]) => html`<option value=${name}>${name === 'rule' ? `Rule ${rule}` : word}</option>`)}</select></label>
        <label class="select wide-only">order<select value=${param('order') || 'id'} onChange=${choose('order', 'id')}><option value="id">id</option><option value="name">name</option><option value="problems">problems first</option></select></label>`;
}

/** Opens the time slider. */
function ReplayButton() {
    const on = param('at') !== '';
    return html`<button type="button" class="button small wide-only" aria-pressed=${on} title="How it was, and how it spread" onClick=${() => setParams({ at: on ? null : 'now-15m' })}>Earlier</button>`;
}

/** @param {{ known: Directory }} props */
function Cells({ known }) {
    const view = picture.value;
    const box = useRef(/** @type {HTMLDivElement | null} */ (null));
    const [area, setArea] = useState({ width: 0, height: 0 });
    const [pointed, setPointed] = useState(/** @type {{ account: number, x: number, y: number } | null} */ (null));
    useLayoutEffect(() => measure(box.current, setArea), []);
    useEffect(() => () => { pointedRules.value = []; }, []);
    const by = groupBy(known);
    const order = param('order') || 'id';
    const all = useMemo(() => groups(known, by, order, order === 'problems' ? picture.peek() : null), [known, by, order]);
    const set = known.ids.length > MOST_CELLS ? matching.value : null;
    const shown = useMemo(() => (set ? all.map(({ name, members }) => ({ name, members: members.filter((i) => set[i]) })) : all), [all, set]);
    const made = useMemo(() => (area.width ? layout(many(shown) ? [] : shown, area.width, area.height, known.ids.length) : null), [shown, area, known]);
    const colour = useColour(known);
    if (!view || !made) return html`<div ref=${box} class="map-box"></div>`;
    if (shown.length > 0 && many(shown)) return html`<div ref=${box} class="map-box">${h(ManyMap, { known, view, all: shown, of: colour.looks, by, area })}${h(Legend, { by: colourBy(), steps: colour.steps, write: colour.write })}</div>`;
    const ids = param('account');
    const point = (/** @type {number} */ account, /** @type {{ x: number, y: number } | null} */ spot) => {
        setPointed(spot && account >= 0 ? { account, ...spot } : null);
        pointedAccount.value = account;
        if (account < 0) pointedRules.value = [];
    };
    return html`<div ref=${box} class="map-box">
        ${h(Map, {
            layout: made,
            looks: colour.looks,
            lit: lit.value,
            counts: troubled(shown.filter(({ members }) => members.length > 0), pastStates.value ? { ...view, state: pastStates.value } : view),
            by,
            selected: selection.value,
            current: ids ? known.at(ids) : -1,
            select: (accounts, add) => select(accounts, add),
            open: (account, page) => (page ? go(`accounts/${known.ids[account]}`) : setParams({ account: known.ids[account] ?? '' })),
            pointed: point,
            say: said,
            heading: (name) => (by === 'none' || !name ? '' : hrefHere({ q: `${by}=${/\s/.test(name) ? `"${name}"` : name}` })),
        })}
        ${pointed && html`<div class="pointed" style=${{ left: `${pointed.x + 14}px`, top: `${pointed.y + 10}px`, width: `${made.pitch + 3}px`, height: `${made.pitch + 3}px` }}></div>`}
        ${pointed && h(Card, { key: pointed.account, ...pointed, width: made.width, height: made.height })}
        ${h(Legend, { by: colourBy(), steps: colour.steps, write: colour.write })}
    </div>`;
}

/** Whether there are more accounts than cells. @param {{ members: number[] }[]} shown */
const many = (shown) => shown.reduce((sum, { members }) => sum + members.length, 0) > MOST_CELLS;

/** Adds accounts to the selection, takes one out that is in it, or begins a new one. @param {number[]} accounts @param {boolean} add */
function select(accounts, add) {
    const next = new Set(add ? selection.peek() : []);
    const [one] = accounts;
    if (add && accounts.length === 1 && one !== undefined && next.has(one)) next.delete(one);
    else for (const account of accounts) next.add(account);
    selection.value = next;
}

/** Room for the map: as wide as its panel, and as high as the window leaves. @param {HTMLDivElement | null} box @param {(area: { width: number, height: number }) => void} set */
function measure(box, set) {
    if (!box) return undefined;
    let last = '';
    const look = () => {
        const width = Math.floor(box.clientWidth - 2 * 16);
        const top = (box.closest('.fleet-map') ?? box).getBoundingClientRect().top + 45 + scrollY;
        const height = Math.max(360, Math.round((innerHeight - top - 96) / 20) * 20);
        if (width > 0 && `${width} ${height}` !== last) set({ width, height });
        last = `${width} ${height}`;
    };
    look();
    const watch = new ResizeObserver(look);
    watch.observe(box);
    addEventListener('resize', look);
    return () => {
        watch.disconnect();
        removeEventListener('resize', look);
    };
}

/** How each account is drawn, by what the map is coloured by. @param {Directory} known */
function useColour(known) {
    const by = colourBy();
    const metric = METRICS.includes(by) ? by : '';
    /** @type {{ data: FleetState | null }} */
    const answer = useAnswer(metric ? 'fleet/state' : null, { metric }, { topic: 'state', every: 5000 });
    const values = metric && answer.data?.directory === known.version ? (answer.data.metric ?? NONE) : NONE;
    const steps = useMemo(() => bounds(values), [values]);
    const view = picture.value;
    const still = blind(summary.value);
    const rule = ruleFilter.value;
    const before = pastStates.value;
    const earlier = before && view && { ...view, state: before };
    return useMemo(() => {
        const look = (/** @type {number} */ i) => {
            if (!view) return 0;
            if (earlier && by === 'state') return lookOf(earlier, i, still);
            if (metric) return heatLook(values[i], steps);
            if (by === 'freshness') return freshLook(view, i);
            if (by === 'rule' && rule) return rule[i] ?? 0;
            return lookOf(view, i, still);
        };
        return { looks: looks(known, look), steps, write: WRITE[by] ?? count };
    }, [known, view, values, steps, by, still, rule, before]);
}

/** @type {Record<string, (n: number) => string>} */
const WRITE = { volume: (n) => `${bytes(n)}/s`, errors: percent, quota: percent, cost: percent, events: rate };

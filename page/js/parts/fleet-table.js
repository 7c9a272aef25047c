/** The same set as the map shows, as a table: for small targets, for screen readers, and for whoever likes rows. */

import { h, html, useMemo, useState } from '../html.js';
import { count } from '../format.js';
import { FRESH, MARKS, STATES, label } from '../model/picture.js';
import { go, param, setParams } from '../router.js';
import { directory, picture } from '../store.js';
import { NO_FILTER, filterText, matching, pointed, ruleFilter, selection, walked } from './fleet-state.js';
import { NoMatch, Skeleton } from './empty.js';
import { AccountLink } from './link.js';
import { State } from './state.js';
import { Table } from './table.js';

/** @import { Directory, Picture } from '../model/picture.js' */

const Rows = /** @type {(props: Parameters<typeof Table<number>>[0]) => import('../html.js').Child} */ (Table);

/** What rows can be sorted by. @type {Record<string, (known: Directory, view: Picture, i: number) => string | number>} */
const KEYS = {
    id: (known, _, i) => known.ids[i] ?? '',
    name: (known, _, i) => known.names[i] ?? '',
    tenant: (known, _, i) => known.tenants[i] ?? '',
    state: (_, view, i) => (view.state[i] ?? 0) * 100 + (view.firing[i] ?? 0),
    fresh: (_, view, i) => view.fresh[i] ?? 0,
};

export function FleetTable() {
    const known = directory.value;
    const view = picture.value;
    const set = matching.value;
    const [sorted, setSorted] = useState('-state');
    const rows = useMemo(() => (known && view ? arranged(known, view, set, sorted) : []), [known, view, set, sorted]);
    if (!known || !view) return null;
    if (param('rule') && !ruleFilter.value) return html`<div class="body">${h(Skeleton, { rows: 8 })}</div>`;
    if (rows.length === 0) return h(NoMatch, { what: 'accounts', hidden: known.ids.length, filter: filterText.value, clear: () => setParams(NO_FILTER) });
    const labels = ['ou', 'region', 'tier'].filter((name) => known.labels[name]);
    const id = (/** @type {number} */ i) => known.ids[i] ?? '';
    const list = walked.value;
    return html`${h(Rows, {
        label: 'Accounts of this view',
        rows,
        id,
        total: rows.length,
        height: 'calc(100vh - 300px)',
        minWidth: '760px',
        main: true,
        sorted,
        sort: setSorted,
        selected: new Set([...selection.value].map(id)),
        select: (/** @type {string} */ one) => toggle(known.at(one)),
        seen: (/** @type {number | null} */ i) => { pointed.value = i ?? -1; },
        open: (/** @type {number} */ i, /** @type {Event} */ event) => ('ctrlKey' in event && (event.ctrlKey || ('metaKey' in event && event.metaKey)) ? go(`accounts/${id(i)}`) : setParams({ account: id(i) })),
        columns: [
            { name: 'State', width: '118px', sort: 'state', cell: (/** @type {number} */ i) => h(State, { state: STATES[view.state[i] ?? 0] ?? 'ok', mark: MARKS[view.mark[i] ?? 0] ?? 'none' }) },
            { name: 'Account', width: '132px', sort: 'id', cell: (/** @type {number} */ i) => h(AccountLink, { id: id(i), list }) },
            { name: 'Name', width: 'minmax(120px, 2fr)', sort: 'name', cell: (/** @type {number} */ i) => known.names[i] },
            { name: 'Tenant', width: 'minmax(90px, 1fr)', sort: 'tenant', cell: (/** @type {number} */ i) => html`<span class="muted">${known.tenants[i]}</span>` },
            ...labels.map((name) => ({ name: name === 'ou' ? 'OU' : name, width: 'minmax(70px, 0.8fr)', cell: (/** @type {number} */ i) => html`<span class="muted">${label(known, name, i)}</span>` })),
            { name: 'Data', width: '74px', sort: 'fresh', cell: (/** @type {number} */ i) => html`<span class=${view.fresh[i] ? '' : 'faint'}>${FRESH[view.fresh[i] ?? 0]}</span>` },
            { name: 'Firing', width: '52px', num: true, cell: (/** @type {number} */ i) => (view.firing[i] ? String(view.firing[i]) : html`<span class="faint">0</span>`) },
        ],
    })}<div class="table-foot"><span>${count(rows.length)} accounts${set ? `, ${count(known.ids.length - rows.length)} hidden by the filter` : ''}</span>${param('account') ? '' : html`<span class="push">Enter opens, x selects</span>`}</div>`;
}

/** @param {number} account */
function toggle(account) {
    const next = new Set(selection.peek());
    if (!next.delete(account)) next.add(account);
    selection.value = next;
}

/** @param {Directory} known @param {Picture} view @param {Uint8Array | null} set @param {string} sorted */
function arranged(known, view, set, sorted) {
    const rows = [];
    for (let i = 0; i < known.ids.length; i += 1) if (!set || set[i]) rows.push(i);
    const way = sorted.startsWith('-') ? -1 : 1;
    const key = KEYS[sorted.replace('-', '')];
    if (!key) return rows;
    const keys = new Map(rows.map((i) => [i, key(known, view, i)]));
    return rows.sort((a, b) => {
        const x = keys.get(a) ?? 0;
        const y = keys.get(b) ?? 0;
        return x < y ? -way : x > y ? way : a - b;
    });
}

/** Alerts of a group, one by one: loaded when the group is opened, 50 at a time. */

import { h, html } from '../html.js';
import { moment, whole_time } from '../format.js';
import { here, href, params } from '../router.js';
import { now } from '../store.js';
import { Age } from './age.js';
import { Blocks } from './blocks.js';
import { Answer } from './empty.js';
import { AccountLink } from './link.js';
import { More, usePages } from './pages.js';
import { Rows } from './rows.js';
import { State } from './state.js';

/** @import { Alert } from '../../types/shapes' */
/** @import { Changes } from '../router.js' */

/** @param {Alert} alert */
export const markOf = (alert) => (alert.silenced_by.length > 0 ? 'silenced' : alert.acked_by ? 'acked' : 'none');

/** The list that an account is opened from, so that one can walk along it. */
const listHere = () => here.value + (params.value.size > 0 ? `?${params.value}` : '');

/** @param {Alert} alert */
function account(alert) {
    const group = Object.entries(alert.group).filter(([name]) => name !== 'region' || !alert.account);
    return html`<span class="who">${alert.account ? h(AccountLink, { id: alert.account, list: listHere() }) : html`<span class="muted">fleet</span>`}
        ${group.map(([name, value]) => html`<span class="faint cut" title=${`${name}=${value}`}>${value}</span>`)}</span>`;
}

/** @param {Alert} alert */
function told(alert) {
    if (alert.acked_by) return html`<span class="muted" title="Nothing more is told until it resolves or becomes worse">acknowledged by ${alert.acked_by}</span>`;
    if (alert.silenced_by.length > 0) return html`<a class="muted" href=${href('silences', { id: alert.silenced_by[0] })} title="By which silence">silenced</a>`;
    if (!alert.notified) return html`<span class="faint">${alert.state === 'pending' ? 'not yet' : `nobody yet, ${alert.notify}`}</span>`;
    return html`<span title=${whole_time(alert.notified)}>${alert.notify} <span class="faint">${moment(alert.notified, now())}</span></span>`;
}

/** @param {{ with: { rule: boolean } }} how */
function columns({ with: { rule } }) {
    return [
        { name: 'State', narrow: /** @type {const} */ ('plain'), kind: 'col-state', cell: (/** @type {Alert} */ alert) => html`<span class="row">${h(State, { state: alert.state, mark: markOf(alert), bare: true })}${alert.recovering && html`<span class="tag shrinking" title="It is getting better, and fires still">fading</span>`}</span>` },
        ...(rule ? [{ name: 'Alert', narrow: /** @type {const} */ ('title'), cell: (/** @type {Alert} */ alert) => html`<span class="strong">${alert.name}</span>` }] : []),
        { name: 'Account', narrow: /** @type {const} */ ('title'), kind: 'col-account', cell: account },
        { name: 'Tenant', narrow: /** @type {const} */ ('side'), cell: (/** @type {Alert} */ alert) => alert.tenant },
        { name: 'Name', wide: true, kind: 'hide-middle', narrow: /** @type {const} */ ('off'), cell: (/** @type {Alert} */ alert) => html`<span class="muted" title=${alert.account_name}>${alert.account_name}</span>` },
        { name: 'Region', kind: 'hide-middle', cell: (/** @type {Alert} */ alert) => html`<span class="muted">${alert.region}</span>` },
        { name: 'Value', num: true, cell: (/** @type {Alert} */ alert) => html`<span class="strong" title=${alert.summary}>${alert.value_text}</span> ${alert.threshold_text && html`<span class="faint" title="The threshold that it crossed">/ ${alert.threshold_text}</span>`}` },
        { name: 'Since', num: true, cell: (/** @type {Alert} */ alert) => h(Age, { at: alert.since, short: true }) },
        { name: '24 hours', kind: 'col-blocks', cell: (/** @type {Alert} */ alert) => h(Blocks, { history: alert.history }) },
        { name: 'Told', cell: told },
    ];
}

/**
 * @param {{ asked: Changes, rule: boolean, total: number, selected: ReadonlySet<string>, select: (...alerts: Alert[]) => void, seen: (alerts: readonly Alert[]) => void }} props
 *   `rule` shows which one each is of; `seen` is told what is loaded
 */
export function Members({ asked, rule, total, selected, select, seen }) {
    /** @type {ReturnType<typeof usePages<Alert>>} */
    const list = usePages('alerts', asked);
    seen(list.items);
    const pick = (/** @type {Alert} */ alert) => html`<input type="checkbox" checked=${selected.has(alert.fingerprint)} aria-label=${`Select ${alert.account ?? alert.name}`} onChange=${() => select(alert)} />`;
    const all = list.items.length > 0 && list.items.every((alert) => selected.has(alert.fingerprint));
    const pickAll = html`<input type="checkbox" checked=${all} aria-label="Select all that are loaded" title="All that are loaded" onChange=${() => select(...list.items.filter((alert) => all || !selected.has(alert.fingerprint)))} />`;
    return Answer({
        answer: list,
        rows: Math.min(6, total),
        children: () => html`${Rows({
            label: `${total} alerts`,
            rows: list.items,
            id: (/** @type {Alert} */ alert) => `alert ${alert.fingerprint}`,
            rowClass: (/** @type {Alert} */ alert) => (markOf(alert) === 'none' ? '' : 'is-hushed'),
            selected: new Set([...selected].map((key) => `alert ${key}`)),
            columns: [{ name: '', head: pickAll, kind: 'col-pick', narrow: 'plain', cell: pick }, ...columns({ with: { rule } })],
        })}${h(More, { list, what: 'alerts' })}`,
    });
}

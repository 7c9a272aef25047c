/** What is told of the account that the mouse rests on. */

import { useAnswer } from '../api.js';
import { h, html, useEffect } from '../html.js';
import { accountId, percent, rate } from '../format.js';
import { FRESH, MARKS, STATES, label } from '../model/picture.js';
import { directory, picture } from '../store.js';
import { pointedRules } from './fleet-state.js';
import { State } from './state.js';

/** @import { Account } from '../../types/shapes' */

/** @param {{ account: number, x: number, y: number, width: number, height: number }} props corner of its cell, and size of the map */
export function Card({ account, x, y, width, height }) {
    const known = directory.value;
    const view = picture.value;
    const id = known?.ids[account] ?? '';
    /** @type {{ data: Account | null, loading: boolean }} */
    const answer = useAnswer(id ? `accounts/${id}` : null);
    const told = answer.loading ? null : answer.data;
    const firing = told?.firing ?? [];
    useEffect(() => {
        pointedRules.value = firing;
    }, [firing.join()]);
    if (!known || !view || !id) return null;
    const state = STATES[view.state[account] ?? 0] ?? 'ok';
    const fresh = FRESH[view.fresh[account] ?? 0] ?? 'live';
    const mark = MARKS[view.mark[account] ?? 0] ?? 'none';
    const right = x > width - 310;
    const low = y > height - 130 && y > 140;
    const place = { left: right ? 'auto' : `${x + 22}px`, right: right ? `${width - x + 8}px` : 'auto', top: low ? 'auto' : `${y - 4}px`, bottom: low ? `${height - y - 20}px` : 'auto' };
    return html`<div class="card" style=${place} aria-hidden="true">
        <div class="row"><b class="mono">${accountId(id)}</b><span class="grow cut muted">${known.names[account]}</span></div>
        <div class="muted cut">${[known.tenants[account], label(known, 'region', account), label(known, 'ou', account)].filter(Boolean).join('  \u00b7  ')}</div>
        <div class="row wrap">${h(State, { state, mark })}${fresh !== 'live' && html`<span class="tag">${fresh}</span>`}${firing.slice(0, 3).map((rule) => html`<span class="cut">${rule}</span>`)}${firing.length > 3 && html`<span class="faint">+${firing.length - 3}</span>`}</div>
        <div class="faint">${told ? `${rate(told.events_per_second)} events, ${told.error_share === undefined ? 'no logs' : `${percent(told.error_share)} errors`}` : '\u00a0'}</div>
    </div>`;
}

/** The same in one sentence, for screen readers. @param {number} account */
export function said(account) {
    const known = directory.peek();
    const view = picture.peek();
    const id = known?.ids[account];
    if (!known || !view || !id) return '';
    const fresh = FRESH[view.fresh[account] ?? 0] ?? 'live';
    const firing = view.firing[account] ?? 0;
    const state = STATES[view.state[account] ?? 0] ?? 'ok';
    return [accountId(id), known.names[account], `tenant ${known.tenants[account]}`, state.replace('_', ' '), firing && `${firing} firing`, fresh !== 'live' && fresh, (view.mark[account] ?? 0) > 0 && 'silenced'].filter(Boolean).join(', ');
}

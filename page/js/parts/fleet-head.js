/** The head of the fleet page: the verdict, the chips, and what can be done with the view. */

import { address } from '../api.js';
import { computed, h, html } from '../html.js';
import { count } from '../format.js';
import { CHIPS, asked, inState, toggled } from '../model/filter.js';
import { FRESH, STATES } from '../model/picture.js';
import { quiet, verdict } from '../model/verdict.js';
import { href, hrefHere, list, param, setParams, shared } from '../router.js';
import { now, picture, summary, tick } from '../store.js';
import { AsOf } from './age.js';
import { NO_FILTER, filterText, matched } from './fleet-state.js';
import { Icon } from './icon.js';
import { copy } from './link.js';
import { Glyph } from './state.js';
import { Views } from './views.js';

/** @import { State } from '../../types/shapes' */

/** The verdict: every number leads to what is behind it. */
export function Verdict() {
    const told = summary.value;
    if (!told) return html`<div class="verdict"><h1><span class="skeleton title"></span></h1></div>`;
    const known = { ...told, ...present(told) };
    const at = Math.max(tick.value, 0) && now();
    const pieces = verdict(known, at);
    return html`<div class="verdict grow">
        <h1 data-verdict>${known.needs_attention === 0 && known.rules_firing === 0 && html`<span class="calm">All quiet. </span>`}${pieces.map(({ text, to }) => (to ? html`<a href=${href(to.path, { ...to.params, group: to.path === '' ? param('group') : '' })}>${text}</a>` : text))}</h1>
        <div class="sub muted row wrap">${known.rules_firing === 0 && html`<span>${quiet(known, at)}</span>`}${h(AsOf, { at: Math.max(picture.value?.at ?? 0, Date.parse(known.as_of)) })}</div>
    </div>`;
}

/** The numbers of the sentence as the map has them now: a summary is a second older. @param {import('../../types/shapes').Summary} told */
function present({ freshness, needs_attention }) {
    const n = counts.value;
    return n ? { needs_attention: (n.critical ?? 0) + (n.warning ?? 0), freshness: { ...freshness, silent: n.silent ?? 0, late: n.late ?? 0 } } : { needs_attention, freshness };
}

/** What can be done with the view. */
export function Tools() {
    const csv = address('accounts.csv', { ...asked(list('state')), rule: param('rule'), q: param('q') });
    return html`<div class="tools">
        ${h(Views, {})}
        <button type="button" class="button" title="Copy a link to this view (y)" onClick=${() => copy(shared(now()), 'link')}>${h(Icon, { name: 'link' })}<span>Copy link</span></button>
        <a class="button" href=${csv} download="accounts.csv" title="The accounts of this view as CSV">${h(Icon, { name: 'download' })}<span>CSV</span></a>
    </div>`;
}

/** @type {Record<string, string>} */
const WORDS = { critical: 'critical', warning: 'warning', error: 'error', no_data: 'no data', pending: 'pending', silenced: 'silenced', ok: 'ok', late: 'late', silent: 'silent', new: 'new', suspended: 'suspended' };
/** Freshness as it is marked: hollow, as in the map. @type {Record<string, State>} */
const GLYPHS = { silenced: 'warning', late: 'no_data', silent: 'no_data', new: 'no_data', suspended: 'no_data' };

/** States as chips: they count, and they filter. */
export function Chips() {
    const view = picture.value;
    if (!view) return html`<div class="chips"></div>`;
    const chosen = list('state');
    const n = counts.value ?? {};
    const shown = CHIPS.filter((name) => name !== 'error' || n.error || chosen.includes(name));
    const fresh = FRESH.slice(1).filter((name) => n[name] || chosen.includes(name));
    return html`<div class="chips" role="group" aria-label="Filter by state">
        ${shown.map((name) => h(Chip, { key: name, name, n: n[name] ?? 0, chosen }))}
        ${fresh.length > 0 && html`<span class="between" aria-hidden="true"></span>`}
        ${fresh.map((name) => h(Chip, { key: name, name, n: n[name] ?? 0, chosen }))}
        ${param('rule') && html`<button type="button" class="chip x" aria-pressed="true" title="Take the rule out of the filter" onClick=${() => setParams({ rule: null })}>rule <b>${param('rule')}</b>${h(Icon, { name: 'close' })}</button>`}
        ${h(Search, {})}
        ${filterText.value && html`<a class="chip x" href=${hrefHere(NO_FILTER)} title="Show all accounts again (Esc)"><b>${count(matched.value)}</b> of ${count(view.state.length)}${h(Icon, { name: 'close' })}</a>`}
    </div>`;
}

/** Accounts by state, freshness and mark. */
const counts = computed(() => (picture.value ? counted(picture.value) : null));

/** @param {import('../model/picture.js').Picture} view @returns {Record<string, number>} */
function counted(view) {
    /** @type {Record<string, number>} */
    const counts = {};
    const silenced = new Set(['silenced']);
    for (let i = 0; i < view.state.length; i += 1) {
        const state = STATES[view.state[i] ?? 0] ?? 'ok';
        const fresh = FRESH[view.fresh[i] ?? 0] ?? 'live';
        counts[state] = (counts[state] ?? 0) + 1;
        counts[fresh] = (counts[fresh] ?? 0) + 1;
        if (inState(view, i, silenced)) counts.silenced = (counts.silenced ?? 0) + 1;
    }
    return counts;
}

/** @param {{ name: string, n: number, chosen: string[] }} props */
function Chip({ name, n, chosen }) {
    const on = chosen.includes(name);
    const state = GLYPHS[name] ?? /** @type {State} */ (name);
    return html`<button type="button" class=${n ? 'chip' : 'chip zero'} aria-pressed=${on} data-state=${name} onClick=${() => setParams({ state: toggled(chosen, name).join(',') })}>
        <span class=${`state ${name === 'silenced' ? 'no_data' : state}`}>${h(Glyph, { state: name === 'silenced' ? 'no_data' : state, mark: name === 'silenced' ? 'silenced' : 'none' })}</span>${WORDS[name]} <b>${count(n)}</b></button>`;
}

/** Words of the filter. */
function Search() {
    return html`<input class="field filter-field" type="search" value=${param('q')} placeholder="acme ou=prod-eu -dev" aria-label="Filter accounts by words" title="Any part of id, tenant or name; key=value, key!=value for labels; -word for those without"
        onInput=${(/** @type {InputEvent} */ event) => setParams({ q: /** @type {HTMLInputElement} */ (event.target).value }, { typing: true })} />`;
}

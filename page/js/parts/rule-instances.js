/** Every instance of a rule by its distance from the threshold: those that fire, and those that will next. */

import { h, html } from '../html.js';
import { accountDigits } from '../format.js';
import { aboutToFire, fill, nearness } from '../model/rules.js';
import { param, setParams } from '../router.js';
import { Age } from './age.js';
import { Search } from './alert-filters.js';
import { Answer, Empty } from './empty.js';
import { AccountLink } from './link.js';
import { More, usePages } from './pages.js';
import { Rows } from './rows.js';
import { State } from './state.js';

/** @import { Instance } from '../../types/shapes' */

/** @param {Instance} one */
const key = (one) => `${one.account ?? ''} ${Object.values(one.group).join(' ')}`;

/** @param {Instance} one */
function near(one) {
    const share = fill(one);
    const tone = one.state === 'ok' && aboutToFire(one) ? 'near' : one.state;
    return html`<span class="near"><span class="near-bar" aria-hidden="true"><i class=${tone} style=${{ width: `${share * 100}%` }}></i></span><span class=${aboutToFire(one) ? 'warn-text' : 'muted'}>${nearness(one)}</span></span>`;
}

/** @param {string} rule @returns {import('./rows.js').Column<Instance>[]} */
const columns = (rule) => [
    { name: 'Account', narrow: 'title', cell: (one) => html`<span class="who">${one.account ? h(AccountLink, { id: one.account, list: `rules/${rule}` }) : html`<span class="muted">fleet</span>`}${Object.entries(one.group).map(([name, value]) => html`<span class="faint cut" title=${`${name}=${value}`}>${value}</span>`)}</span>` },
    { name: 'Tenant', wide: true, narrow: 'side', cell: (one) => html`<span title=${one.account_name}>${one.tenant || one.account_name}</span>` },
    { name: 'State', narrow: 'plain', cell: (one) => h(State, { state: one.state }) },
    { name: 'Value', num: true, cell: (one) => html`<span class="strong">${one.value_text}</span>` },
    { name: 'Threshold', num: true, cell: (one) => html`<span class="muted">${one.threshold_text}</span>` },
    { name: 'Distance', kind: 'col-near', narrow: 'plain', cell: near },
    { name: 'Since', num: true, cell: (one) => (one.since ? h(Age, { at: one.since, short: true }) : null) },
];

/** What of them is shown: its word in the address, for people, and the states that it means. @type {[string, string, string][]} */
const KINDS = [['', 'About to fire', 'ok,pending'], ['firing', 'Firing', 'warning,critical'], ['no_data', 'No data', 'no_data,error'], ['all', 'All', '']];

/** @param {{ rule: string }} props */
export function Instances({ rule }) {
    const q = param('q');
    const account = accountDigits(q);
    const whole = /^\d{12}$/.test(account);
    const kind = KINDS.find(([word]) => word === param('state')) ?? KINDS[0];
    const [chosen = '', name = '', states = ''] = kind ?? [];
    /** @type {ReturnType<typeof usePages<Instance>>} */
    const list = usePages(`rules/${encodeURIComponent(rule)}/instances`, { account: whole ? account : '', state: states.split(',').filter(Boolean), sort: 'distance' }, { every: 4000 });
    const clear = () => setParams({ q: '' });
    return html`<section class="panel instances"><header><h2>Nearest to the threshold</h2>
            <div class="group" role="group" aria-label="State">${KINDS.map(([word, text]) => html`<button type="button" class="button small" aria-pressed=${word === chosen} onClick=${() => setParams({ state: word })}>${text}</button>`)}</div>
            <div class="grow">${q && !whole && html`<span class="faint">12 digits</span>`}${h(Search, { name: 'q', value: q, label: 'Account', placeholder: 'account, all 12 digits' })}</div></header>
        ${Answer({ answer: list, rows: 8, children: () => (list.items.length > 0
            ? html`<div class="scroll-box flat">${Rows({ label: `Instances of ${rule}`, rows: list.items, id: key, columns: columns(rule) })}</div>${h(More, { list, what: 'instances' })}`
            : whole ? h(Empty, { title: 'No instance matches', children: html`Account <code>${q}</code> has no value of this rule that is tracked.`, actions: html`<button type="button" class="button" onClick=${clear}>Clear the search</button>` })
                : chosen !== 'all' && chosen !== '' ? h(Empty, { title: `${name}: none`, children: 'No instance of this rule is in such a state.' })
                : h(Empty, { title: 'Nothing is tracked yet', children: 'The rule has not seen a value of any account since the start.' })) })}</section>`;
}

/** Rules: all of them with what they do now. */

import { address } from '../api.js';
import { h, html, useRef } from '../html.js';
import { count, counted, whole_time } from '../format.js';
import { command } from '../model/cli.js';
import { matcher } from '../model/matchers.js';
import { CHOICES, chosen, ordered, tally } from '../model/rules.js';
import { toggled } from '../model/alerts.js';
import { go, href, list, param, setParams } from '../router.js';
import { Chip, Search } from '../parts/alert-filters.js';
import { Age, AsOf } from '../parts/age.js';
import { Answer, Empty, NoMatch } from '../parts/empty.js';
import { Icon } from '../parts/icon.js';
import { useAll } from '../parts/pages.js';
import { Rows, useRowKeys } from '../parts/rows.js';
import { Summary } from '../parts/rule-summary.js';
import { State } from '../parts/state.js';
import { useCli, useTitle } from '../parts/title.js';
import { silence } from '../parts/write.js';

/** @import { RuleRow } from '../../types/shapes' */

/** @param {string} rule */
const ruleHref = (rule) => href(`rules/${encodeURIComponent(rule)}`);

/** @param {number} n @param {string} to */
const figure = (n, to) => (n > 0 ? html`<a class="strong" href=${to}>${count(n)}</a>` : html`<span class="faint zero">0</span>`);

/** @param {RuleRow} rule @param {string} state */
const alertsHref = ({ rule }, state) => href(`alerts/rules/${encodeURIComponent(rule)}`, { state });

/** @param {RuleRow} rule */
function applies(rule) {
    const all = rule.applies_to === rule.accounts;
    return html`<span class="applies"><span class=${rule.applies_to === 0 ? 'warn-text' : ''} title=${rule.selector || 'all accounts'}>${count(rule.applies_to)}${!all && html` <span class="faint">of ${count(rule.accounts)}</span>`}</span>
        ${rule.selector && !all && html`<code class="faint cut" title=${rule.selector}>${rule.selector}</code>`}</span>`;
}

/** How full the groups that a rule may track are, where that begins to matter. @param {RuleRow} rule */
function crowded({ groups, groups_max: most }) {
    return groups > most * 0.8 ? html`<span class="tag flapping" title=${`Tracks ${count(groups)} of at most ${count(most)} groups`}>${Math.round((groups / most) * 100)} % full</span>` : null;
}

/** @type {import('../parts/rows.js').Column<RuleRow>[]} */
const COLUMNS = [
    { name: 'Rule', wide: true, sort: 'rule', narrow: 'whole', cell: (rule) => html`<span class="rule-name"><span class="row">${h(State, { state: rule.state, bare: true })}<a class="strong cut" href=${ruleHref(rule.rule)}>${rule.rule}</a>${crowded(rule)}</span>
        <span class="faint cut rule-says" title=${rule.summary}>${rule.summary ? h(Summary, { text: rule.summary }) : rule.file}</span></span>` },
    { name: 'Severity', narrow: 'off', cell: (rule) => html`<span class="tag">${rule.level}</span>` },
    { name: 'Kind', narrow: 'off', kind: 'hide-middle', cell: (rule) => html`<span class="muted">${rule.kind}</span>` },
    { name: 'Applies to', sort: 'applies', kind: 'hide-middle', cell: applies },
    { name: 'Firing', num: true, sort: 'firing', cell: (rule) => figure(rule.firing, alertsHref(rule, 'silenced')) },
    { name: 'Pending', num: true, sort: 'pending', cell: (rule) => figure(rule.pending, alertsHref(rule, 'pending')) },
    { name: 'No data', num: true, sort: 'no_data', cell: (rule) => figure(rule.no_data, alertsHref(rule, 'silenced')) },
    { name: 'Overrides', num: true, sort: 'overrides', narrow: 'off', cell: (rule) => figure(rule.overrides, `${ruleHref(rule.rule)}#overrides`) },
    { name: 'Last change', num: true, sort: 'changed', title: 'When an alert of it last changed', cell: (rule) => (rule.changed ? h(Age, { at: rule.changed, short: true }) : html`<span class="faint zero">none</span>`) },
    { name: 'Source', narrow: 'off', kind: 'hide-middle', cell: (rule) => html`<code class="faint" title=${`${rule.file}:${rule.line}, evaluated ${rule.evaluated ? whole_time(rule.evaluated) : 'never'}`}>${rule.file.split('/').slice(-2).join('/')}:${rule.line}</code>` },
];

export function Page() {
    useTitle('Rules');
    const q = param('q');
    const states = list('state');
    const order = param('order') || 'state';
    useCli(command('rules', { q, state: states.join(',') }));
    /** @type {ReturnType<typeof useAll<RuleRow>>} */
    const answer = useAll('rules');
    const box = useRef(/** @type {HTMLDivElement | null} */ (null));
    useRowKeys(box, {
        Enter: (key) => (key ? go(`rules/${encodeURIComponent(key)}`) : false),
        s: (key) => (key ? silence([matcher('rule', '=', key)]) : false),
    });
    const all = answer.items;
    const found = chosen(all, q, states);
    const counts = tally(all);
    const firing = all.filter((rule) => rule.firing > 0).length;
    const clear = () => setParams({ q: '', state: '' });
    return html`<div class="page-head"><div><h1>Rules</h1>
            <p class="sub">${answer.data ? html`${counted(answer.data.total, 'rule')}, of which ${count(firing)} fire ${h(AsOf, { at: answer.data.as_of })}` : 'Asking for the rules'}</p></div>
            <div class="tools"><a class="button" href=${address('rules.csv', { limit: 1000 })} download="rules.csv">${h(Icon, { name: 'download' })}CSV</a></div></div>
        <div class="filters" role="group" aria-label="What is shown"><div class="row wrap">${CHOICES.map(([choice, word]) => h(Chip, {
            on: states.includes(choice), n: answer.data ? (counts[choice] ?? 0) : null, word, press: () => setParams({ state: toggled(states, choice).join(',') }),
        }))}</div>${h(Search, { name: 'q', value: q, label: 'Search rules', placeholder: 'name, file, pack=lambda' })}</div>
        <div class="panel" ref=${box}>${Answer({ answer, rows: 10, children: () => (found.length > 0
            ? html`${Rows({ label: 'Rules', rows: ordered(found, order), id: (rule) => rule.rule, columns: COLUMNS, open: (rule) => go(`rules/${encodeURIComponent(rule.rule)}`),
                sorted: order, sort: (key) => setParams({ order: key === 'state' || key === order ? '' : key }) })}
                ${found.length < all.length && html`<div class="more"><span class="faint">${counted(all.length - found.length, 'rule')} not shown by the filter.</span><button type="button" class="button quiet small" onClick=${clear}>Show all</button></div>`}`
            : all.length > 0 ? h(NoMatch, { what: 'rules', hidden: all.length, filter: [q, ...states].filter(Boolean).join(' '), clear })
                : h(Empty, { title: 'No rules yet', children: html`Name folders with rules under <code>rules:</code> in the configuration, or begin with the packs in <code>alerts/</code>. <code>fanin check</code> tells whether they are right.` })) })}</div>`;
}

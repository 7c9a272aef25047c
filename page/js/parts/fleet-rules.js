/** What fires, by rule; what its accounts have in common; and which rules are noisy. */

import { useAnswer } from '../api.js';
import { h, html } from '../html.js';
import { course } from '../model/alerts.js';
import { brief, count, counted, duration, percent } from '../format.js';
import { href, hrefHere, param, setParams } from '../router.js';
import { summary } from '../store.js';
import { since } from './age.js';
import { Empty, Failed, Skeleton } from './empty.js';
import { hoveredRule, pointedRules } from './fleet-state.js';
import { Icon } from './icon.js';
import { Spark } from './spark.js';
import { State } from './state.js';

/** @import { AlertGroup, Common, List, Noise } from '../../types/shapes' */

const SHOWN = 8;

/** Groups of alerts by rule, as all parts of the page ask for them. */
export function useRuleGroups() {
    return /** @type {{ data: List<AlertGroup> | null, error: import('../api.js').Refused | null, loading: boolean, reload: () => void }} */ (
        useAnswer('alerts/groups', { by: 'rule', state: 'critical,warning,error,no_data,silenced,acked', limit: 50 }, { topic: 'groups' }));
}

/** @param {{ groups: ReturnType<typeof useRuleGroups> }} props */
export function FiringByRule({ groups }) {
    return html`<section class="panel firing" aria-label="Firing by rule">
        <header><h3>Firing by rule</h3>${groups.data && html`<a class="push faint" href=${href('alerts')}>${groups.data.total > SHOWN ? `all ${count(groups.data.total)}` : 'Alerts'} ${h(Icon, { name: 'right' })}</a>`}</header>
        ${groups.data ? rows(groups.data) : groups.error ? h(Failed, { error: groups.error, again: groups.reload }) : html`<div class="body">${h(Skeleton, { rows: 4 })}</div>`}
    </section>`;
}

/** @param {List<AlertGroup>} data */
function rows(data) {
    if (data.items.length === 0) return h(Empty, { title: 'Nothing is firing', children: 'Rules that fire stand here, with how many accounts, since when, and how it goes.' });
    const named = param('rule');
    return html`<div class="rule-rows">${data.items.slice(0, SHOWN).map((group) => h(Row, { key: group.key, group, named }))}</div>`;
}

/** @param {{ group: AlertGroup, named: string }} props */
function Row({ group, named }) {
    const rule = group.rule ?? group.key;
    const on = named === rule;
    const muted = group.alerts > 0 && group.silenced + group.acked >= group.alerts;
    const lights = pointedRules.value.includes(rule) || pointedRules.value.includes(group.key);
    return html`<div class=${`rule-row${on ? ' is-on' : ''}${lights ? ' is-lit' : ''}`} onMouseEnter=${() => { hoveredRule.value = rule; }} onMouseLeave=${() => { hoveredRule.value = ''; }}>
        ${h(State, { state: group.state, mark: muted ? 'silenced' : 'none', bare: true })}
        <button type="button" class="name cut" aria-pressed=${on} title=${group.summary ?? rule} onClick=${() => setParams({ rule: on ? null : rule })} onFocus=${() => { hoveredRule.value = rule; }} onBlur=${() => { hoveredRule.value = ''; }}>${group.key}</button>
        <a class="n" href=${href(`alerts/rules/${encodeURIComponent(rule)}`)} title=${group.accounts ? 'Accounts it fires for' : `${counted(group.alerts, 'alert')} of the fleet as a whole, of no single account`}>${group.accounts ? count(group.accounts) : html`<small class="whole">fleet</small>`}</a>
        <span class=${`tag ${muted ? '' : group.trend}`}>${muted ? 'SILENCED' : group.trend.toUpperCase()}</span>
        <span class="faint since" title=${group.first}>${brief(since(group.first))}</span>
        ${h(Spark, { values: course(group), width: 54, height: 18, tone: muted ? '--no-data' : group.state === 'critical' ? '--critical' : group.state === 'warning' ? '--warning' : '--no-data', label: `${group.key}: accounts firing over the last 6 hours, from ${group.spark[0] ?? 0} to ${group.accounts}` })}
    </div>`;
}

/** What the accounts of one rule have in common: of the one that is pointed at, that is the filter, or the first that has something. @param {{ groups: List<AlertGroup> | null }} props */
export function InCommon({ groups }) {
    const items = groups?.items ?? [];
    const wanted = hoveredRule.value || param('rule');
    const group = (wanted ? items.find(({ rule, key }) => rule === wanted || key === wanted) : undefined) ?? items.find(({ common }) => common.length > 0);
    if (!group) return null;
    return html`<section class="panel" aria-label="In common">
        <header><h3>In common</h3><span class="cut muted">${group.key} <span class="faint">${count(group.accounts)}</span></span></header>
        ${group.common.length ? h(CommonLabels, { items: group.common }) : html`<p class="body faint">Its accounts share nothing that the rest of the fleet does not.</p>`}
    </section>`;
}

/** Shares of labels, against those of the fleet. @param {{ items: Common[] }} props */
export function CommonLabels({ items }) {
    return html`<div class="commons"><div class="common head faint" aria-hidden="true"><span>label</span><span></span><span class="num">these</span><span class="num">fleet</span></div>${items.slice(0, 5).map((one) => html`
        <a class="common" key=${`${one.name}=${one.value}`} href=${hrefHere({ q: added(param('q'), `${one.name}=${one.value}`) })} title=${`${one.accounts} accounts; ${one.lift.toFixed(1)} times the share of the fleet. Click to filter.`}>
            <span class="cut"><span class="faint">${one.name}=</span>${one.value}</span>
            <span class="share-bar" aria-hidden="true"><i style=${{ width: `${one.share * 100}%` }}></i><u style=${{ left: `${one.share_of_fleet * 100}%` }}></u></span>
            <b class="num">${percent(one.share)}</b><span class="num faint">${percent(one.share_of_fleet)}</span></a>`)}</div>`;
}

/** @param {string} q @param {string} word */
const added = (q, word) => (q.split(/\s+/).includes(word) ? q : `${q} ${word}`.trim());

/** Rules by how often they fired: the report of noise. */
export function NoiseReport() {
    const noise = summary.value?.noise ?? [];
    if (noise.length === 0) return null;
    const most = Math.max(...noise.map(({ fired }) => fired));
    return html`<section class="panel noise-panel" aria-label="Top alerts of 24 hours">
        <header><h3>Top alerts, 24 h</h3><span class="push faint">fired / accounts / in all</span></header>
        <div class="noises">${noise.slice(0, 8).map((one) => h(NoiseRow, { key: one.rule, one, most }))}</div>
    </section>`;
}

/** Hours or days, in one word. @param {number} seconds */
const longest = (seconds) => (seconds < 3600 ? duration(seconds) : seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} d`);

/** @param {{ one: Noise, most: number }} props */
function NoiseRow({ one, most }) {
    return html`<a class="noise" href=${href(`rules/${encodeURIComponent(one.rule)}`)}>
        <span class="cut">${one.rule}</span>${one.flapping ? html`<span class="tag flapping">FLAPPING</span>` : html`<span></span>`}
        <span class="share-bar" aria-hidden="true"><i style=${{ width: `${(one.fired / most) * 100}%` }}></i></span>
        <b class="num">${count(one.fired)}</b><span class="num muted">${count(one.accounts)}</span><span class="num faint">${longest(one.seconds)}</span></a>`;
}

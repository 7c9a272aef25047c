/** The account at the side of the fleet: what is wrong, and where to go from there. */

import { post, touch, useAnswer } from '../api.js';
import { h, html } from '../html.js';
import { accountId, bytes, percent, rate } from '../format.js';
import { useKeys } from '../keys.js';
import { follow, go, href, hrefHere, setParams } from '../router.js';
import { may } from '../store.js';
import { Age, AsOf } from './age.js';
import { Blocks } from './blocks.js';
import { Failed, Skeleton } from './empty.js';
import { walked } from './fleet-state.js';
import { Icon } from './icon.js';
import { CopyButton, OutLink, RuleLink, copy } from './link.js';
import { Panel } from './panel.js';
import { silenceHref } from './selection.js';
import { State } from './state.js';
import { toast } from './toast.js';

/** @import { Account, Alert } from '../../types/shapes' */

/** @param {{ id: string, step: (way: 1 | -1) => void }} props `step` goes to the next or previous account of the view */
export function AccountPanel({ id, step }) {
    /** @type {{ data: Account | null, error: import('../api.js').Refused | null, loading: boolean, reload: () => void }} */
    const answer = useAnswer(`accounts/${id}`, {}, { topic: 'groups', every: 2500 });
    const account = answer.data?.id === id ? answer.data : null;
    const close = () => setParams({ account: null });
    useKeys({
        '[': () => step(-1),
        ']': () => step(1),
        c: () => { copy(id, 'account id'); },
        s: () => (may.peek().write ? follow(silenceHref([id])) : false),
        o: () => go(`accounts/${id}`),
    }, true);
    return h(Panel, {
        title: html`<span class="mono">${accountId(id)}</span> <span class="muted">${account?.name}</span>`,
        label: `Account ${id}`,
        close,
        tools: html`${h(CopyButton, { text: id, what: 'account id' })}
            <button type="button" class="button quiet icon" title="Previous account of this view ([)" aria-label="Previous account" onClick=${() => step(-1)}>${h(Icon, { name: 'left' })}</button>
            <button type="button" class="button quiet icon" title="Next account of this view (])" aria-label="Next account" onClick=${() => step(1)}>${h(Icon, { name: 'right' })}</button>`,
        children: account ? h(Told, { account }) : answer.error && !answer.loading ? h(Failed, { error: answer.error, again: answer.reload }) : h(Skeleton, { rows: 7 }),
        foot: html`<a class="button primary" href=${href(`accounts/${id}`, { list: walked.value })}>Open the account</a>
            <a class="button" href=${href(`accounts/${id}/logs`)}>Logs</a>
            ${may.value.write && html`<a class="button" href=${silenceHref([id])}>${h(Icon, { name: 'bell_off' })}Silence</a>`}`,
    });
}

/** @param {{ account: Account }} props */
function Told({ account }) {
    const labels = Object.entries(account.labels).filter(([, value]) => value);
    return html`<div class="stack">
        <div class="row wrap">${h(State, { state: account.state, mark: account.mark })}${account.since && html`<span class="muted">since ${h(Age, { at: account.since, bare: true })}</span>`}
            <span class="tag">${account.freshness}</span>${!account.known && html`<span class="tag growing" title="It speaks, and is not in the directory">not in the directory</span>`}<span class="push">${h(AsOf, { at: account.as_of })}</span></div>
        <div class="figure-grid">
            ${h(Figure, { name: 'last event', value: h(Age, { at: account.last_seen }) })}
            ${h(Figure, { name: 'events', value: rate(account.events_per_second) })}
            ${h(Figure, { name: 'errors', value: account.error_share === undefined ? '-' : percent(account.error_share) })}
            ${h(Figure, { name: 'last 24 h', value: html`${bytes(account.bytes_day)} <span class="faint">${percent(account.share_of_fleet)}</span>` })}
        </div>
        <section><h3>Alerts</h3>${account.alerts.length ? html`<ul class="mini-alerts">${account.alerts.map((alert) => h(MiniAlert, { key: alert.fingerprint, alert }))}</ul>` : html`<p class="muted">None. ${account.rules_ok} rules have nothing to say.</p>`}</section>
        ${account.quotas.length > 0 && html`<section><h3>Quotas</h3><div class="commons">${account.quotas.slice(0, 5).map((quota) => html`<div class="common used" title=${`fires at ${quota.threshold_text}`}><span class="cut">${quota.name}</span><span class="share-bar"><i class=${quota.share >= 0.8 ? 'is-high' : ''} style=${{ width: `${Math.min(100, quota.share * 100)}%` }}></i></span><b class="num">${percent(quota.share)}</b><span class="num faint cut">${quota.value_text}</span></div>`)}</div></section>`}
        <section><h3>Labels</h3><div class="row wrap labels"><a class="label-pair" href=${hrefHere({ q: `tenant=${account.tenant}`, account: null })}>tenant=<b>${account.tenant}</b></a>${labels.map(([name, value]) => html`
            <a class="label-pair" title="Filter by it" href=${hrefHere({ q: `${name}=${value}`, account: null })}>${name}=<b class="cut">${value}</b></a>`)}</div></section>
        ${Object.keys(account.links).length > 0 && html`<section class="row wrap">${Object.entries(account.links).map(([name, to]) => h(OutLink, { to, children: name }))}</section>`}
    </div>`;
}

/** @param {{ name: string, value: import('../html.js').Child }} props */
function Figure({ name, value }) {
    return html`<div class="figure"><span class="faint">${name}</span><b>${value}</b></div>`;
}

/** @param {{ alert: Alert }} props */
function MiniAlert({ alert }) {
    const mark = alert.acked_by ? 'acked' : alert.silenced_by.length ? 'silenced' : 'none';
    const acknowledge = async () => {
        try {
            await post('alerts/ack', { fingerprint: alert.fingerprint });
            touch('groups');
            toast(`Acknowledged ${alert.name}`);
        } catch (error) {
            toast.bad(error);
        }
    };
    return html`<li><div class="row">${h(State, { state: alert.state, mark, bare: true })}<b class="cut">${h(RuleLink, { rule: alert.rule })}</b><span class="push nowrap">${alert.value_text}${alert.threshold_text && html` <span class="faint">against ${alert.threshold_text}</span>`}</span></div>
        ${alert.summary && html`<p class="muted">${alert.summary}</p>`}
        <div class="row wrap faint">${h(Blocks, { history: alert.history, width: 120, height: 12 })}<span>${h(Age, { at: alert.fired ?? alert.since, bare: true })}</span>${alert.acked_by && html`<span>acknowledged by ${alert.acked_by}</span>`}${alert.silenced_by.length > 0 && html`<a class="plain-link" href=${href('silences', { id: alert.silenced_by[0] })}>silenced</a>`}
            ${may.value.write && mark === 'none' && alert.fired && html`<button type="button" class="button small push" onClick=${acknowledge}>${h(Icon, { name: 'check' })}Ack</button>`}
            ${alert.runbook && h(OutLink, { to: alert.runbook, children: 'Runbook' })}</div></li>`;
}

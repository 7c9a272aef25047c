/** One rule: its source beside its effect. */

import { useAnswer } from '../api.js';
import { h, html, useRef, useState } from '../html.js';
import { count, counted, duration, moment, whole_time } from '../format.js';
import { matcher } from '../model/matchers.js';
import { href } from '../router.js';
import { may, now } from '../store.js';
import { Age } from '../parts/age.js';
import { Empty, Failed, Skeleton } from '../parts/empty.js';
import { CopyButton, OutLink } from '../parts/link.js';
import { Instances } from '../parts/rule-instances.js';
import { useRowKeys } from '../parts/rows.js';
import { RuleMap } from '../parts/rule-map.js';
import { Summary } from '../parts/rule-summary.js';
import { Source } from '../parts/source.js';
import { State } from '../parts/state.js';
import { useCli, useTitle } from '../parts/title.js';
import { Transitions } from '../parts/transitions.js';
import { TryRule } from '../parts/try-rule.js';
import { silence, silenceHref } from '../parts/write.js';

/** @import { Notification, Override, Rule } from '../../types/shapes' */

/** @param {{ args: Record<string, string> }} props */
export function Page({ args }) {
    const name = args['rule'] ?? '';
    useTitle(name);
    useCli(`fanin rules ${name}`);
    /** @type {{ data: Rule | null, error: import('../api.js').Refused | null, loading: boolean, reload: () => void }} */
    const answer = useAnswer(`rules/${encodeURIComponent(name)}`, {}, { topic: 'groups', every: 4000 });
    const box = useRef(/** @type {HTMLDivElement | null} */ (null));
    useRowKeys(box, {
        Enter: (key) => (key ? document.activeElement?.querySelector('a')?.click() : false),
        s: () => silence([matcher('rule', '=', name)]),
    });
    if (!answer.data || answer.data.rule !== name) {
        const crumb = html`<div class="page-head"><h1><a class="crumb" href=${href('rules')}>Rules</a> ${name}</h1></div>`;
        if (answer.error?.status === 404) return html`${crumb}${h(Empty, { title: `There is no rule ${name}`, children: answer.error.hint || 'It may have had another name.', actions: html`<a class="button" href=${href('rules', { q: name })}>Search the rules</a>` })}`;
        return html`${crumb}${answer.error ? h(Failed, { error: answer.error, again: answer.reload }) : h(Skeleton, { rows: 10 })}`;
    }
    const rule = answer.data;
    return html`<div ref=${box}>${h(Head, { rule })}
        ${answer.error && html`<div class="notice bad">${answer.error.detail} What is shown is from before.</div>`}
        <div class="rule-columns">
            <div class="stack">${h(Text, { rule, key: name })}${h(Overrides, { rule })}</div>
            <div class="stack"><section class="panel"><header><h2>On all accounts</h2></header><div class="body">${h(RuleMap, { rule: name })}</div></section>
                ${h(Told, { rule })}</div>
        </div>
        ${h(Instances, { rule: name })}
        <section class="panel history"><header><h2>Last 24 hours</h2></header>${h(Transitions, { rule: name })}</section></div>`;
}

/** @param {{ rule: Rule }} props */
function Head({ rule }) {
    const { rule: name, firing, pending, no_data: silent } = rule;
    const said = [firing > 0 && `${count(firing)} firing`, pending > 0 && `${count(pending)} pending`, silent > 0 && `${count(silent)} without data`].filter(Boolean).join(', ');
    return html`<div class="page-head"><div class="grow"><h1 class="row wrap"><span><a class="crumb" href=${href('rules')}>Rules</a> ${name}</span>${h(State, { state: rule.state })}<span class="faint rule-kind">${rule.kind} rule, ${rule.level} at worst</span></h1>
            ${rule.summary && html`<p class="sub">${h(Summary, { text: rule.summary })}</p>`}</div>
        <div class="tools"><a class="button" href=${href(`alerts/rules/${encodeURIComponent(name)}`, { state: 'silenced,pending' })}>${said || 'No alerts'}</a>
            ${may.value.write && html`<a class="button" href=${silenceHref([matcher('rule', '=', name)])} title="Silence (s)">Silence</a>`}
            ${rule.runbook && h(OutLink, { to: rule.runbook, large: true, children: 'Runbook' })}</div></div>
        <dl class="rule-facts">
            <div><dt>Applies to</dt><dd>${count(rule.applies_to)} of ${counted(rule.accounts, 'account')}${rule.selector && html` <code class="muted">${rule.selector}</code>`}</dd></div>
            <div><dt>Evaluated</dt><dd>every ${duration(rule.every_seconds)}, last ${rule.evaluated ? h(Age, { at: rule.evaluated, old: rule.every_seconds * 3 }) : 'not yet'}</dd></div>
            <div><dt>Tracks</dt><dd>${counted(rule.groups, 'group')} <span class="faint">of at most ${count(rule.groups_max)}</span></dd></div>
            <div><dt>Last change</dt><dd>${rule.changed ? h(Age, { at: rule.changed }) : 'none seen'}</dd></div>
            <div><dt>Labels</dt><dd>${Object.entries(rule.labels).map(([key, value]) => html`<span class="label-pair">${key}=<b>${value}</b></span> `)}</dd></div>
        </dl>`;
}

/** @param {{ rule: Rule }} props */
function Text({ rule }) {
    const [trying, setTrying] = useState(false);
    const place = `${rule.file}:${rule.line}`;
    return html`<section class="panel"><header><h2>${trying ? 'Try a copy' : 'Source'}</h2><code class="muted cut">${place}</code>${h(CopyButton, { text: place, what: 'place' })}
            ${!may.value.tenants && html`<div class="group push" role="group" aria-label="Source or a copy to try"><button type="button" class="button small" aria-pressed=${!trying} onClick=${() => setTrying(false)}>Source</button><button type="button" class="button small" aria-pressed=${trying} onClick=${() => setTrying(true)}>Try</button></div>`}</header>
        ${!rule.source ? h(Empty, { title: 'The source is not shown to readers of some tenants', children: 'It may name others.' }) : trying ? h(TryRule, { source: rule.source, rule: rule.rule, firing: rule.firing }) : h(Source, { source: rule.source, first: rule.line, label: `Source of ${rule.rule}` })}
        ${rule.annotations['description'] && !trying && html`<footer>${rule.annotations['description']}</footer>`}</section>`;
}

/** @param {Override} one */
const until = (one) => (one.expired ? html`<span class="tag flapping">expired</span>` : one.expires ? html`<span title=${whole_time(one.expires)}>until ${moment(one.expires, now())}</span>` : html`<span class="faint">for good</span>`);

/** @param {{ rule: Rule }} props */
function Overrides({ rule }) {
    const all = rule.override_list;
    if (all.length === 0) return null;
    return html`<section class="panel" id="overrides"><header><h2>Overrides</h2><span class="faint">a later one wins</span></header><ul class="overrides">${all.map((one) => html`
        <li class=${one.expired ? 'is-over' : ''}><div class="row wrap"><code class="strong">${one.selector}</code><span class="faint">${counted(one.accounts, 'account')}</span>
            ${Object.entries(one.changes).map(([key, value]) => html`<span class="label-pair"><span>${key}: <b>${value}</b></span></span>`)}<span class="push">${until(one)}</span></div>
            <p class="muted">${one.reason || html`<span class="faint">no reason is given</span>`}${one.owner && html`<span class="faint"> (${one.owner})</span>`}</p></li>`)}</ul></section>`;
}

/** What was said of it. @param {{ rule: Rule }} props */
function Told({ rule }) {
    const all = rule.notifications;
    return html`<section class="panel"><header><h2>Notifications</h2><span class="faint">newest first</span></header>${all.length === 0
        ? h(Empty, { title: may.value.tenants ? 'Not shown to readers of some tenants' : 'Nobody was told of it lately' })
        : html`<ul class="told">${all.map((/** @type {Notification} */ one) => html`<li><time class="faint" title=${whole_time(one.at)}>${moment(one.at, now())}</time><span class="tag">${one.cause}</span><span class="grow cut" title=${one.title}>${one.title}</span><span class="muted nowrap">to ${one.to}</span></li>`)}</ul>`}</section>`;
}

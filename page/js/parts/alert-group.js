/** A row of the page of alerts: one rule, tenant or label, and what is true of all of its alerts. It opens in place. */

import { classes, h, html, useEffect, useRef, useState } from '../html.js';
import { count, counted, moment, percent, whole_time } from '../format.js';
import { course, matchersOfGroup, telling } from '../model/alerts.js';
import { href } from '../router.js';
import { may, now } from '../store.js';
import { Icon } from './icon.js';
import { OutLink } from './link.js';
import { Labels } from './matchers.js';
import { Spark } from './spark.js';
import { Glyph } from './state.js';
import { acknowledge, silenceHref } from './write.js';

/** @import { AlertGroup } from '../../types/shapes' */
/** @import { Child } from '../html.js' */

const TRENDS = /** @type {const} */ ({
    new: 'younger than 15 minutes', growing: 'more accounts than 15 minutes ago', steady: 'as many accounts as 15 minutes ago',
    shrinking: 'fewer accounts than 15 minutes ago', flapping: 'fires and resolves again and again',
});

/** @param {{ group: AlertGroup }} props */
export const Trend = ({ group }) => html`<span class=${`tag ${group.trend}`} title=${TRENDS[group.trend]}>${group.trend.toUpperCase()}</span>`;

/** How many of which kind. @param {AlertGroup} group */
function kinds(group) {
    const { alerts, critical, warning, pending, silenced, acked } = group;
    const other = alerts - critical - warning - pending;
    /** @type {[number, string][]} */
    const all = [[critical, 'critical'], [warning, 'warning'], [other, 'no data'], [pending, 'pending'], [silenced, 'silenced'], [acked, 'acked']];
    return all.filter(([n]) => n > 0).map(([n, word]) => `${count(n)} ${word}`).join(', ');
}

/** What its accounts share, and what they have more of than the fleet. @param {{ group: AlertGroup }} props */
function Common({ group }) {
    const common = telling(group);
    return html`<div class="group-labels">${group.by !== 'rule' && group.rule && html`<span class="muted">${group.rule}</span>`}${h(Labels, { labels: group.shared })}${common.map((one, i) => html`<span class="in-common">${i === 0 && html`<span class="faint">in common</span>`}<span class="label-pair" title=${`${percent(one.share)} of these accounts, ${percent(one.share_of_fleet)} of the fleet`}><span class="cut">${one.name}=<b>${one.value}</b></span><span class="faint share">${percent(one.share)}</span></span></span>`)}</div>`;
}

/** @param {{ group: AlertGroup }} props */
function Times({ group }) {
    return html`<div class="group-times"><span title=${whole_time(group.first)}><span class="faint">first</span> ${moment(group.first, now())}</span>
        <span title=${whole_time(group.last)}><span class="faint">last</span> ${moment(group.last, now())}</span></div>`;
}

/** What acknowledges it: an incident is of one rule. @param {AlertGroup} group */
export const requests = (group) => (group.incident && group.rule ? [{ incident: group.incident }] : []);

/** @param {{ group: AlertGroup, name: string }} props */
function Tools({ group, name }) {
    const rule = group.rule ?? '';
    return html`<div class="group-tools">
        ${may.value.write && group.key && html`<a class="button small" href=${silenceHref(matchersOfGroup(group))} title="Silence (s)" aria-label=${`Silence ${name}`}>Silence</a>
            ${requests(group).length > 0 && html`<button type="button" class="button small" title="Acknowledge (a)" aria-label=${`Acknowledge ${name}`} onClick=${() => acknowledge(requests(group), name)}>Ack</button>`}`}
        ${group.runbook && h(OutLink, { to: group.runbook, children: 'Runbook' })}
        ${rule && html`<a class="button quiet small" href=${href(`rules/${encodeURIComponent(rule)}`)} aria-label=${`Rule ${rule}`}>Rule</a>`}
    </div>`;
}

/** Shows for a moment that a number is another one. @param {number} n */
function useFlash(n) {
    const last = useRef(n);
    const [on, setOn] = useState(false);
    useEffect(() => {
        if (last.current === n) return undefined;
        last.current = n;
        setOn(true);
        const timer = setTimeout(setOn, 600, false);
        return () => clearTimeout(timer);
    }, [n]);
    return on ? 'flash' : '';
}

/** @param {{ group: AlertGroup, isOpen: boolean, toggle: () => void, children?: Child }} props */
export function Group({ group, isOpen, toggle, children }) {
    const name = group.key || '(none)';
    const flash = useFlash(group.accounts);
    const hushed = group.silenced + group.acked >= group.alerts;
    const press = (/** @type {MouseEvent} */ event) => {
        const other = event.target instanceof Element && event.target.closest('a, button');
        if (!other && !getSelection()?.toString()) toggle();
    };
    const id = `members-${group.by}-${group.key}`.replace(/[^\w-]/g, '_');
    return html`<section class=${classes({ 'alert-group': true, 'is-open': isOpen, 'is-hushed': hushed })} aria-label=${name}>
        <div class="group-row" data-row=${`group ${group.key}`} tabindex="-1" onClick=${press}>
            <button type="button" class="group-open" aria-expanded=${isOpen} aria-controls=${id} onClick=${toggle}>
                ${h(Icon, { name: 'right' })}<span class=${`state ${group.state}`}>${h(Glyph, { state: group.state, mark: hushed ? (group.silenced > 0 ? 'silenced' : 'acked') : 'none' })}<span class="sr">${group.state}</span></span>
                <span class="group-name cut" title=${name}>${name}</span></button>
            <div class="group-trend">${h(Trend, { group })}</div>
            <div class="group-count">${group.accounts > 0
                ? html`<b class=${flash}>${count(group.accounts)}</b> <span class="muted">${group.accounts === 1 ? 'account' : 'accounts'}</span>`
                : html`<b class=${flash}>${count(group.alerts)}</b> <span class="muted" title="Of the fleet as a whole, of no single account">of the fleet</span>`}
                ${group.accounts > 0 && group.alerts !== group.accounts && html`<span class="faint" title="Alerts, of which an account can have several"> ${counted(group.alerts, 'alert')}</span>`}<div class="faint kinds">${kinds(group)}</div></div>
            <div class="group-spark">${h(Spark, { values: course(group), width: 96, height: 22, tone: group.state === 'critical' ? '--critical' : group.state === 'warning' ? '--warning' : '--no-data', label: `Accounts that fire, over the last 6 hours: ${group.accounts} now` })}</div>
            ${h(Common, { group })}${h(Times, { group })}${h(Tools, { group, name })}
        </div>
        <div id=${id} class="group-members" hidden=${!isOpen}>${isOpen && html`${group.summary && group.alerts === 1 && html`<p class="group-summary muted">${group.summary}</p>`}${children}`}</div>
    </section>`;
}

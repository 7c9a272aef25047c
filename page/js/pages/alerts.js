/** Alerts: one row for each rule, tenant or label; rows open in place. Below /alerts/rules/{rule} one rule with what it did. */

import { address, useAnswer } from '../api.js';
import { h, html, useRef, useState } from '../html.js';
import { counted, count } from '../format.js';
import { useKeys } from '../keys.js';
import { counts, everything, groupings, hidden, matchersOfAlerts, matchersOfGroup, membersOf, narrowed, question, toggled, wanted } from '../model/alerts.js';
import { command } from '../model/cli.js';
import { matcher, short } from '../model/matchers.js';
import { href, param, params, setParams } from '../router.js';
import { directory, may } from '../store.js';
import { Group, requests } from '../parts/alert-group.js';
import { Members } from '../parts/alert-members.js';
import { Filters } from '../parts/alert-filters.js';
import { Quiet } from '../parts/quiet.js';
import { AsOf } from '../parts/age.js';
import { Failed, NoMatch, Skeleton } from '../parts/empty.js';
import { Icon } from '../parts/icon.js';
import { copy } from '../parts/link.js';
import { More, usePages } from '../parts/pages.js';
import { useRowKeys } from '../parts/rows.js';
import { useCli, useTitle } from '../parts/title.js';
import { Transitions } from '../parts/transitions.js';
import { AckDialog, ReadOnly, acknowledge, silence } from '../parts/write.js';

/** @import { Alert, AlertGroup, List } from '../../types/shapes' */

/** @param {{ args: Record<string, string> }} props */
export function Page({ args }) {
    const rule = args['rule'] ?? '';
    const asked = wanted(params.value);
    const by = rule ? 'rule' : asked.by;
    const only = rule ? short(matcher('rule', '=', rule)) : '';
    useTitle(rule || 'Alerts');
    useCli(command('alerts', { rule, by: by === 'rule' ? '' : by, state: asked.levels.length > 0 || asked.silenced || asked.pending ? question(asked).state : '', q: asked.q }));
    /** @type {ReturnType<typeof usePages<AlertGroup>>} */
    const list = usePages('alerts/groups', { by, ...question(asked, only) }, { step: 100 });
    /** @type {{ data: List<AlertGroup> | null }} */
    const all = useAnswer('alerts/groups', { by: 'rule', ...everything(asked.q, only), limit: 200 }, { topic: 'groups', every: 5000 });
    const groups = rule ? list.items.filter((group) => group.rule === rule) : list.items;
    const choice = useChoice();
    const box = useRef(/** @type {HTMLDivElement | null} */ (null));
    const isOpen = (/** @type {AlertGroup} */ group) => asked.open.includes(group.key) || (rule !== '' && !asked.open.includes('-'));
    const toggle = (/** @type {AlertGroup} */ group) => setParams({ open: rule ? (isOpen(group) ? ['-'] : []) : toggled(asked.open, group.key) });
    useRowKeys(box, rowActs({ groups, choice, toggle }));
    const shown = counts(groups);
    const total = counts((all.data?.items ?? []).filter((group) => !rule || group.rule === rule));
    const hiding = list.data ? hidden(total, shown.alerts, asked) : [];
    const clear = () => setParams({ q: '', sev: '', state: '' });
    return html`<div class="page-head"><div>
            <h1>${rule ? html`<a class="crumb" href=${href('alerts')}>Alerts</a> ${rule}` : 'Alerts'}</h1>
            <p class="sub">${list.data ? html`${said(shown.alerts, groups.length, list.total, by)} ${h(AsOf, { at: list.data.as_of })}` : list.error ? '' : 'Asking what fires'}</p>
        </div><div class="tools">
            ${rule && html`<a class="button" href=${href(`rules/${encodeURIComponent(rule)}`)}>The rule</a>`}
            ${!rule && h(GroupBy, { by })}
            <a class="button" href=${address('alerts.csv', { ...question(asked, only), limit: 500 })} download="alerts.csv">${h(Icon, { name: 'download' })}CSV</a>
        </div></div>
        ${h(Filters, { wanted: asked, counts: all.data ? total : null })}${h(ReadOnly, {})}
        <div ref=${box} class="panel alert-groups">
            ${!list.data ? (list.error ? h(Failed, { error: list.error, again: list.reload }) : html`<div class="body">${h(Skeleton, {})}</div>`) : null}
            ${list.data && list.error && html`<div class="notice bad stale">${list.error.detail} What is shown is from before.</div>`}
            ${groups.map((group) => h(Group, { key: group.key, group, isOpen: isOpen(group), toggle: () => toggle(group), children: h(Members, {
                asked: question(asked, only, membersOf(group)), rule: by !== 'rule', total: group.alerts,
                selected: choice.keys, select: choice.toggle, seen: choice.seen,
            }) }))}
            ${list.data && groups.length === 0 && h(Nothing, { total, filtered: asked.q !== '' || asked.levels.length > 0, only, q: asked.q, clear, rule })}
            ${list.data && h(More, { list, what: 'groups', notices: hiding.length === 0 })}
            ${h(Hidden, { texts: hiding, asked })}
        </div>
        ${rule && html`<section class="panel history"><header><h2>Last 24 hours</h2></header>${h(Transitions, { rule })}</section>`}
        ${h(Chosen, { choice })}${h(AckDialog, {})}`;
}

/** @param {number} alerts @param {number} groups those that are loaded @param {number} total @param {string} by */
function said(alerts, groups, total, by) {
    if (alerts === 0) return 'Nothing fires that is shown';
    const all = counted(total, by === 'rule' ? 'rule' : 'group');
    return `${counted(alerts, 'alert')} in ${groups < total ? `the worst ${count(groups)} of ${all}` : all} shown`;
}

/** What is loaded is remembered for keys; a page that stays open for days does not grow. */
const KNOWN_MOST = 5000;

/** Alerts that are chosen, and those that are loaded, by fingerprint. */
function useChoice() {
    const known = useRef(/** @type {Map<string, Alert>} */ (new Map())).current;
    const [chosen, setChosen] = useState(/** @type {ReadonlyMap<string, Alert>} */ (new Map()));
    const toggle = (/** @type {Alert[]} */ ...alerts) => setChosen((last) => {
        const next = new Map(last);
        for (const alert of alerts) if (!next.delete(alert.fingerprint)) next.set(alert.fingerprint, alert);
        return next;
    });
    return {
        keys: new Set(chosen.keys()),
        alerts: [...chosen.values()],
        known,
        toggle,
        clear: () => setChosen(new Map()),
        seen: (/** @type {readonly Alert[]} */ alerts) => {
            if (known.size > KNOWN_MOST) known.clear();
            for (const alert of alerts) known.set(alert.fingerprint, alert);
        },
    };
}

/** What keys do to the row at the cursor. @param {{ groups: readonly AlertGroup[], choice: ReturnType<typeof useChoice>, toggle: (group: AlertGroup) => void }} of */
function rowActs({ groups, choice, toggle }) {
    const groupAt = (/** @type {string} */ key) => groups.find((group) => key === `group ${group.key}`);
    const alertAt = (/** @type {string} */ key) => (key.startsWith('alert ') ? choice.known.get(key.slice(6)) : undefined);
    const alertsAt = (/** @type {string} */ key) => {
        const one = alertAt(key);
        return choice.alerts.length > 0 ? choice.alerts : one ? [one] : [];
    };
    return {
        Enter: (/** @type {string} */ key) => {
            const group = groupAt(key);
            if (group) toggle(group);
            else if (key) document.activeElement?.querySelector('a')?.click();
            return key !== '';
        },
        x: (/** @type {string} */ key) => {
            const alert = alertAt(key);
            if (alert) choice.toggle(alert);
            return alert !== undefined;
        },
        s: (/** @type {string} */ key) => {
            const alerts = alertsAt(key);
            const group = groupAt(key);
            if (alerts.length > 0) silence(matchersOfAlerts(alerts));
            else if (group) silence(matchersOfGroup(group));
        },
        a: (/** @type {string} */ key) => {
            const alerts = alertsAt(key);
            const group = groupAt(key);
            if (alerts.length > 0) ackAlerts(alerts);
            else if (group) acknowledge(requests(group), group.key);
            return alerts.length > 0 || (group !== undefined && requests(group).length > 0);
        },
        c: (/** @type {string} */ key) => {
            const ids = alertsAt(key).flatMap((alert) => alert.account ?? []);
            if (ids.length > 0) copy(ids.join('\n'), ids.length === 1 ? 'account id' : `${ids.length} account ids`);
        },
    };
}

/** @param {readonly Alert[]} alerts */
function ackAlerts(alerts) {
    const [first] = alerts;
    const what = alerts.length === 1 && first ? `${first.name} of ${first.account ?? 'the fleet'}` : counted(alerts.length, 'alert');
    acknowledge(alerts.map(({ fingerprint }) => ({ fingerprint })), what);
}

/** @param {{ by: string }} props */
function GroupBy({ by }) {
    const labels = Object.keys(directory.value?.labels ?? {});
    const known = groupings(labels);
    const all = known.some(({ value }) => value === by) ? known : [...known, { value: by, word: by.replace('label:', '') }];
    return html`<label class="select">Group by <select value=${by} onChange=${(/** @type {Event} */ event) => {
        const value = event.target instanceof HTMLSelectElement ? event.target.value : 'rule';
        setParams({ by: value === 'rule' ? '' : value, open: [] });
    }}>${all.map(({ value, word }) => html`<option value=${value}>${word}</option>`)}</select></label>`;
}

/** What the list does not show, and how to see it. @param {{ texts: string[], asked: import('../model/alerts.js').Wanted }} props */
function Hidden({ texts, asked }) {
    if (texts.length === 0) return null;
    return html`<div class="more"><span class="faint">Not shown: ${texts.join(', ')}.</span>
        <button type="button" class="button quiet small" onClick=${() => setParams({ sev: '', state: 'silenced,pending', q: asked.q })}>Show all</button></div>`;
}

/** Why there is nothing. @param {{ total: ReturnType<typeof counts>, filtered: boolean, only: string, q: string, clear: () => void, rule: string }} props */
function Nothing({ total, filtered, only, q, clear, rule }) {
    /** @type {{ data: List<Alert> | null }} */
    const all = useAnswer(filtered ? 'alerts' : null, { ...everything('', only), limit: 1 }, { topic: 'groups', every: 5000 });
    if (filtered && !all.data) return html`<div class="body">${h(Skeleton, { rows: 2 })}</div>`;
    if (filtered && all.data && all.data.total > 0) return h(NoMatch, { what: 'alerts', hidden: all.data.total, filter: [q, param('sev')].filter(Boolean).join(' '), clear });
    return h(Quiet, { rule, hidden: total.alerts });
}

/** What can be done with what is chosen. @param {{ choice: ReturnType<typeof useChoice> }} props */
function Chosen({ choice }) {
    const { alerts, clear } = choice;
    useKeys({ Escape: () => (alerts.length > 0 ? clear() : false) });
    const ids = [...new Set(alerts.flatMap((alert) => alert.account ?? []))];
    const tenants = new Set(alerts.map((alert) => alert.tenant));
    const [tenant] = tenants;
    return html`<div class="chosen" role="region" aria-label="Selection" aria-live="polite" hidden=${alerts.length === 0}>
        <b>${count(alerts.length)} selected</b>
        ${may.value.write && html`<button type="button" class="button small" onClick=${() => silence(matchersOfAlerts(alerts))}>Silence <kbd>s</kbd></button>
            <button type="button" class="button small" onClick=${() => ackAlerts(alerts)}>Ack <kbd>a</kbd></button>`}
        <button type="button" class="button small" disabled=${ids.length === 0} onClick=${() => copy(ids.join('\n'), counted(ids.length, 'account id'))}>Copy ids <kbd>c</kbd></button>
        ${tenants.size === 1 && tenant && html`<button type="button" class="button small" onClick=${() => setParams({ q: narrowed(param('q'), short(matcher('tenant', '=', tenant))) })}>Only ${tenant}</button>`}
        <button type="button" class="button quiet small push" onClick=${clear}>Clear <kbd>Esc</kbd></button>
    </div>`;
}

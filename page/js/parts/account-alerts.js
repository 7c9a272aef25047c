// The alerts of an account, worst first, each with what can be done about it.
import { h, html, useState } from '../html.js';
import { counted } from '../format.js';
import { useKeys } from '../keys.js';
import { matcher, written } from '../model/matchers.js';
import { go, href } from '../router.js';
import { may } from '../store.js';
import { Age } from './age.js';
import { Blocks } from './blocks.js';
import { Icon } from './icon.js';
import { RuleLink } from './link.js';
import { State } from './state.js';
import { acknowledge, whyNot } from './write.js';

/** @typedef {import("../../types/shapes.js").Account} Account */
/** @typedef {import("../../types/shapes.js").Alert} Alert */

/** Rows that are shown before one asks for all. */
const FIRST = 12;

/** @param {{ account: Account }} props */
export function AccountAlerts({ account }) {
    const { alerts, id, rules_ok } = account;
    const [all, setAll] = useState(false);
    const silenced = alerts.filter((alert) => alert.silenced_by.length > 0).length;
    const acked = alerts.filter((alert) => alert.acked_by).length;
    const loud = alerts.find((alert) => alert.silenced_by.length === 0 && !alert.acked_by);
    const shown = all ? alerts : alerts.slice(0, FIRST);
    const silence = () => go('silences/new', silenceOf(loud, id));
    useKeys({ s: silence, a: () => (loud ? acknowledge([requestOf(loud)], loud.name) : false) });
    return html`<section class="panel account-alerts" aria-label="Alerts">
    <header><h2>Alerts</h2>
      <span class="muted">${alerts.length === 0 ? null : html`${alerts.length} not ok, `}<a class="plain-link" href=${href('rules')}>${counted(rules_ok, 'rule')} ok</a>${silenced > 0 ? html`, <a class="plain-link" href=${href('silences')}>${silenced} silenced</a>` : null}${acked > 0 ? ', ' + acked + ' acknowledged' : ''}</span>
      <span class="push"></span>
      ${h(SilenceLink, { matchers: silenceOf(undefined, id), label: 'Silence this account' })}
    </header>
    ${
        alerts.length === 0
            ? html`<p class="body quiet-line"><span class="state ok">${h(Icon, { name: 'check' })}</span>All quiet here. ${counted(rules_ok, 'rule')} ${rules_ok === 1 ? 'looks' : 'look'} at this account and none has anything to say.</p>`
            : html`<ul class="alert-lines">${shown.map((alert) => h(Line, { key: alert.fingerprint, alert, id }))}</ul>`
    }
    ${alerts.length > FIRST && !all ? html`<footer><button type="button" class="button small" onClick=${() => setAll(true)}>Show all ${alerts.length}</button></footer>` : null}
  </section>`;
}

/** @param {{ alert: Alert, id: string }} props */
function Line({ alert, id }) {
    const quiet = alert.acked_by ? 'acked' : alert.silenced_by.length > 0 ? 'silenced' : 'none';
    const group = Object.entries(alert.group);
    return html`<li class=${'alert-line' + (quiet === 'none' ? '' : ' is-quiet') + (alert.recovering ? ' is-recovering' : '')} data-fingerprint=${alert.fingerprint}>
    <span class="alert-state">${h(State, { state: alert.state, mark: quiet, bare: true })}</span>
    <span class="alert-name cut"><span class="strong">${h(RuleLink, { rule: alert.rule })}</span>${alert.name === alert.rule ? null : html` <span class="tag">${alert.name.slice(alert.name.indexOf(':') + 1)}</span>`}
      ${group.map(([name, value]) => html` <span key=${name} class="label-pair">${name}=<b>${value}</b></span>`)}
      ${alert.recovering ? html` <span class="tag shrinking">recovering</span>` : null}
      ${alert.summary ? html`<span class="alert-summary muted">${alert.summary}</span>` : null}</span>
    <span class="alert-value nowrap"><b>${alert.value_text || 'no value'}</b>${alert.threshold_text ? html` <span class="faint">against ${alert.threshold_text}</span>` : null}</span>
    <span class="alert-since nowrap">${h(Age, { at: alert.fired ?? alert.since, bare: true })}</span>
    <span class="alert-blocks wide-only">${h(Blocks, { history: alert.history, width: 120 })}</span>
    <span class="alert-told muted cut wide-only" title=${'Told: ' + alert.notify}>${alert.acked_by ? 'acknowledged by ' + alert.acked_by : alert.silenced_by.length > 0 ? 'silenced' : alert.notified ? html`${alert.notify} told ${h(Age, { at: alert.notified })}` : alert.notify ? alert.notify + ' not told yet' : ''}</span>
    <span class="alert-do">
      ${alert.runbook && /^https?:/.test(alert.runbook) ? html`<a class="button quiet small" href=${alert.runbook} target="_blank" rel="noopener noreferrer">Runbook</a>` : null}
      ${quiet === 'none' ? html`${h(SilenceLink, { matchers: silenceOf(alert, id), label: 'Silence' })}${h(AckButton, { alert })}` : null}
    </span>
  </li>`;
}

/**
 * Matchers of a silence of an alert for this account; of all of its alerts without one. To silences an alert's name is its rule: what
 * a rule says of missing data is an alert of another name.
 * @param {Alert | undefined} alert
 * @param {string} id
 */
function silenceOf(alert, id) {
    const all = [...(alert ? [matcher('rule', '=', alert.name)] : []), matcher('account', '=', id)];
    return { m: all.map(written) };
}

/** @param {{ matchers: { m: string[] }, label: string }} props */
function SilenceLink({ matchers, label }) {
    const able = may.value.write;
    return html`<a class="button small" aria-disabled=${able ? undefined : 'true'} title=${able ? undefined : whyNot()} href=${href('silences/new', matchers)}>${label}</a>`;
}

/** @param {{ alert: Alert }} props */
function AckButton({ alert }) {
    const able = may.value.write;
    return html`<button type="button" class="button small" disabled=${!able} title=${able ? 'Nothing more is told of it until it resolves or becomes worse' : whyNot()} onClick=${() => acknowledge([requestOf(alert)], alert.name)}>Ack</button>`;
}

/** @param {Alert} alert */
const requestOf = (alert) => ({ fingerprint: alert.fingerprint, by: '', comment: '' });

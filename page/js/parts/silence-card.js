/** A silence: what it holds, until when, and what can be done about it. */

import { classes, h, html, useEffect, useRef } from '../html.js';
import { count, counted, duration, moment, whole_time } from '../format.js';
import { SOON_SECONDS, again, elapsed, extended, extensible, length, renewable, whole } from '../model/silences.js';
import { searchOf } from '../model/alerts.js';
import { href } from '../router.js';
import { may, meta, now } from '../store.js';
import { Age, Until } from './age.js';
import { AccountLink } from './link.js';
import { Matchers } from './matchers.js';
import { State } from './state.js';
import { author, endSilence, makeSilence, silenceHref } from './write.js';

/** @import { Alert, Silence } from '../../types/shapes' */

/** What it silences, as a search of alerts. @param {Silence} silence */
const query = (silence) => searchOf(silence.matchers.map(whole));

const most = () => meta.value?.silence_seconds_max ?? 7 * 86_400;

/** When it ends, in words. @param {{ silence: Silence }} props */
function Ends({ silence }) {
    const { startsAt, endsAt, status } = silence;
    if (status.state === 'pending') return html`<span>starts ${h(Until, { at: startsAt })}</span><span class="faint">for ${duration(length(silence))}</span>`;
    if (status.state === 'expired') return html`<span>ended ${h(Age, { at: endsAt })}</span><span class="faint">after ${duration(length(silence))}</span>`;
    const soon = Date.parse(endsAt) - now() < SOON_SECONDS * 1000;
    return html`<span class=${soon ? 'warn-text strong' : ''} title=${whole_time(endsAt)}>expires ${h(Until, { at: endsAt })}</span><span class="faint">${moment(endsAt, now())}</span>
        <span class="elapsed" role="img" aria-label=${`${Math.round(elapsed(silence, now()) * 100)} % of its time is over`}><i style=${{ width: `${elapsed(silence, now()) * 100}%` }}></i></span>`;
}

/** What can be done. @param {{ silence: Silence }} props */
function Tools({ silence }) {
    if (!may.value.write) return null;
    const lasts = duration(length(silence));
    const edit = html`<a class="button quiet small" href=${silenceHref(silence.matchers.map(whole), { comment: silence.comment, ...(silence.status.state === 'expired' ? {} : { id: silence.id, until: silence.endsAt }) })}>Edit</a>`;
    if (silence.status.state === 'expired') return html`<button type="button" class="button small" onClick=${() => makeSilence(again(silence, now(), author()), `Renewed for ${lasts}.`)}>Renew for ${lasts}</button>${edit}`;
    const end = html`<button type="button" class="button quiet small danger" onClick=${() => endSilence(silence.id, silence.status.state === 'pending' ? 'Silence cancelled' : 'Silence ended: what still fires is told of again')}>${silence.status.state === 'pending' ? 'Cancel' : 'End now'}</button>`;
    return html`${extensible(silence, most()) && [[3600, '1 h'], [28_800, '8 h']].map(([seconds, word]) => html`
        <button type="button" class="button small" aria-label=${`Extend by ${word}`} onClick=${() => makeSilence(extended(silence, Number(seconds), most()), `Extended by ${word}.`)}>+ ${word}</button>`)}${edit}${end}`;
}

/** `asked`: it is the one of the address, and shows itself. @param {{ silence: Silence, asked?: boolean }} props */
export function SilenceCard({ silence, asked = false }) {
    const box = useRef(/** @type {HTMLElement | null} */ (null));
    useEffect(() => {
        if (!asked) return;
        box.current?.focus({ preventScroll: true });
        box.current?.scrollIntoView({ block: 'center' });
    }, [asked]);
    const { id, status, silencing, createdBy, comment } = silence;
    const state = status.state;
    const old = state === 'expired' && !renewable(silence, now());
    return html`<li ref=${box} class=${classes({ silence: true, [state]: true, 'is-over': old })} data-row=${`silence ${id}`} tabindex="-1">
        <div class="silence-what">${h(Matchers, { matchers: silence.matchers.map(whole) })}
            <p class="silence-why">${comment || html`<span class="faint">no comment</span>`}</p>
            <p class="faint silence-who">${createdBy || 'someone'}, ${h(Age, { at: silence.updatedAt })}</p></div>
        <div class="silence-now">${state === 'active' ? html`<a href=${href('alerts', { state: 'silenced,pending', q: query(silence) })}><b>${count(silencing)}</b> <span class="muted">${silencing === 1 ? 'alert' : 'alerts'} silenced now</span></a>` : html`<span class="faint">${state === 'pending' ? 'not yet' : 'over'}</span>`}</div>
        <div class="silence-ends">${h(Ends, { silence })}</div>
        <div class="silence-tools">${h(Tools, { silence })}</div>
    </li>`;
}

/** What an acknowledgement is about. @param {{ silence: Silence, alerts: readonly Alert[] }} props */
function About({ silence, alerts }) {
    const fingerprint = silence.matchers.find(({ name }) => name === 'fingerprint')?.value;
    const alert = alerts.find((one) => one.fingerprint === fingerprint);
    if (!alert) return h(Matchers, { matchers: silence.matchers.map(whole) });
    return html`<span class="row wrap">${h(State, { state: alert.state, mark: 'acked', bare: true })}<a class="strong" href=${href(`alerts/rules/${encodeURIComponent(alert.rule)}`, { state: 'silenced,pending' })}>${alert.name}</a>
        ${alert.account && h(AccountLink, { id: alert.account })}<span class="muted">${alert.tenant}</span><span>${alert.value_text}</span></span>`;
}

/** An acknowledgement: a silence that ends when what it is about resolves. @param {{ silence: Silence, alerts: readonly Alert[] }} props */
export function AckCard({ silence, alerts }) {
    return html`<li class="silence ack" data-row=${`silence ${silence.id}`} tabindex="-1">
        <div class="silence-what">${h(About, { silence, alerts })}${silence.comment && html`<p class="silence-why">${silence.comment}</p>`}
            <p class="faint silence-who">${silence.createdBy || 'someone'}, ${h(Age, { at: silence.startsAt })}</p></div>
        <div class="silence-now"><a href=${href('alerts', { state: 'silenced,pending', q: query(silence) })}>${counted(silence.silencing, 'alert')}</a></div>
        <div class="silence-ends"><span>until it resolves</span><span class="faint">or becomes worse</span></div>
        <div class="silence-tools">${may.value.write && html`<button type="button" class="button quiet small" onClick=${() => endSilence(silence.id, 'Acknowledgement taken back')}>Take back</button>`}</div>
    </li>`;
}

/** Silences: those that count, those to come, acknowledgements, and those that ended, which can be renewed. */

import { useAnswer } from '../api.js';
import { h, html, useRef } from '../html.js';
import { count, counted } from '../format.js';
import { sections } from '../model/silences.js';
import { href, param, place } from '../router.js';
import { may } from '../store.js';
import { Search } from '../parts/alert-filters.js';
import { Answer, Empty } from '../parts/empty.js';
import { useRowKeys } from '../parts/rows.js';
import { AckCard, SilenceCard } from '../parts/silence-card.js';
import { useCli, useTitle } from '../parts/title.js';
import { ReadOnly } from '../parts/write.js';
import { NewSilence } from './silence-new.js';

/** @import { Alert, List, Silence } from '../../types/shapes' */
/** @import { Child } from '../html.js' */

/** How many of those that ended are shown. */
const ENDED_MOST = 50;

export const Page = () => h(place.value?.name === 'silence' ? NewSilence : Silences, {});

/** @param {Silence} silence @param {string[]} words */
function holds(silence, words) {
    const text = [silence.comment, silence.createdBy, silence.id, ...silence.matchers.map(({ name, value }) => `${name}=${value}`)].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
}

function Silences() {
    useTitle('Silences');
    useCli('fanin silence list');
    /** @type {{ data: List<Silence> | null, error: import('../api.js').Refused | null, loading: boolean, reload: () => void }} */
    const answer = useAnswer('silences', { state: 'active,pending', limit: 1000 }, { topic: 'silences', every: 500 });
    /** @type {{ data: List<Silence> | null }} */
    const ended = useAnswer('silences', { state: 'expired', limit: 1000 }, { topic: 'silences', every: 500 });
    const box = useRef(/** @type {HTMLDivElement | null} */ (null));
    useRowKeys(box, { Enter: (key) => (key ? document.activeElement?.querySelector('a')?.click() : false) });
    const q = param('q');
    const known = answer.data;
    const all = [...(known?.items ?? []), ...(ended.data?.items ?? [])];
    const words = q.toLowerCase().split(/\s+/).filter(Boolean);
    const found = all.filter((one) => holds(one, words));
    const { active, pending, acks, expired } = sections(found);
    const silencing = active.reduce((sum, one) => sum + one.silencing, 0);
    return html`<div class="page-head"><div><h1>Silences</h1><p class="sub">${known === null ? 'Asking for silences' : active.length === 0 ? 'Nothing is silenced.' : `${counted(active.length, 'silence')} ${active.length === 1 ? 'keeps' : 'keep'} ${counted(silencing, 'alert')} quiet now.`}${found.length < all.length ? ` ${counted(all.length - found.length, 'silence')} not shown by the search.` : ''}</p></div>
            <div class="tools">${h(Search, { name: 'q', value: q, label: 'Search silences', placeholder: 'tenant=acme, mira' })}${may.value.write && html`<a class="button primary" href=${href('silences/new')}>New silence</a>`}</div></div>
        ${h(ReadOnly, {})}
        <div ref=${box} class="stack">${Answer({ answer, rows: 6, children: () => html`
            ${h(Section, { title: 'Active', items: active, none: h(Empty, { title: q ? 'No active silence matches' : 'Nothing is silenced', children: q ? html`Search <code>${q}</code>` : 'Press Silence beside a rule, an account or a selection of alerts: the form is filled in from there, and shows what it would keep quiet before it does.' }) })}
            ${pending.length > 0 && h(Section, { title: 'To come', items: pending })}
            ${acks.length > 0 && h(Acks, { acks })}
            ${expired.length > 0 && h(Section, { title: 'Ended lately', items: expired.slice(0, ENDED_MOST), total: expired.length })}` })}</div>`;
}

/** Acknowledgements, with the alerts that they are about. @param {{ acks: Silence[] }} props */
function Acks({ acks }) {
    /** @type {{ data: List<Alert> | null }} */
    const alerts = useAnswer('alerts', { state: 'acked', limit: 500 }, { topic: 'groups', every: 5000 });
    return html`<section class="panel" aria-label="Acknowledged"><header><h2>Acknowledged</h2><span class="count">${count(acks.length)}</span><span class="faint">each ends when what it is about resolves</span></header>
        <ul>${acks.map((one) => h(AckCard, { silence: one, alerts: alerts.data?.items ?? [], key: one.id }))}</ul></section>`;
}

/** @param {{ title: string, items: Silence[], total?: number, none?: Child }} props */
function Section({ title, items, total = items.length, none = null }) {
    return html`<section class="panel" aria-label=${title}><header><h2>${title}</h2><span class="count">${count(total)}</span></header>
        ${items.length === 0 ? none : html`<ul>${items.map((one) => h(SilenceCard, { silence: one, asked: one.id === param('id'), key: one.id }))}</ul>`}
        ${total > items.length && html`<div class="more faint">${count(total - items.length)} that ended earlier are not shown.</div>`}</section>`;
}

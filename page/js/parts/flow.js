// The way of the data through the pipeline, stage by stage, and the gauges below it.
import { h, html } from '../html.js';
import { bytes, count, duration, moment, percent, short } from '../format.js';
import { advice, figures, STAGES, stageState } from '../model/pipeline.js';
import { href } from '../router.js';
import { now } from '../store.js';
import { Glyph } from './state.js';

/** @typedef {import('../../types/shapes.js').Pipeline} Pipeline */
/** @typedef {import('../../types/shapes.js').Stage} Stage */
/** @typedef {import('../../types/shapes.js').Trouble} Trouble */

const WELL = { good: 'all right', poor: 'worth a look', bad: 'nearly full' };

/** What keeps the picture from being whole, and what to do. @param {{ troubles: Trouble[] }} props */
export function Troubles({ troubles }) {
    if (troubles.length === 0) return null;
    return html`<section class="panel" aria-label="Troubles">
        ${troubles.map((trouble) => {
            const todo = advice(trouble);
            return html`<div class="trouble" key=${trouble.code + trouble.message}>
                <span class=${'state ' + (trouble.blind ? 'critical' : 'warning')}>${h(Glyph, { state: trouble.blind ? 'critical' : 'warning' })}</span>
                <div class="grow"><p class="strong">${trouble.message}</p>${todo ? html`<p class="muted">${todo}</p>` : null}</div>
                ${trouble.link && !trouble.link.startsWith('pipeline') ? html`<a class="button small" href=${href(trouble.link)}>Open</a>` : null}
            </div>`;
        })}
    </section>`;
}

/** @param {{ stages: Stage[] }} props */
export function Flow({ stages }) {
    return html`<section class="panel flow-panel" aria-label="Stages"><ol class="flow">
        ${stages.map((stage) => {
            const well = stageState(stage);
            const all = figures(stage, SAY);
            return html`<li class="stage" key=${stage.name}>
                <h3 title=${STAGES[stage.name]}><span class=${'health ' + well}></span>${stage.name}<span class="sr">, ${WELL[well]}</span></h3>
                <div class="stage-rate">${stage.per_second > 0 && stage.per_second < 1 ? stage.per_second.toFixed(2) : short(stage.per_second)}<small> ${stage.unit}/s</small></div>
                <ul>
                    ${stage.queue === undefined || stage.queue === null ? null : html`<li class=${stage.queue >= 0.9 ? 'bad' : stage.queue >= 0.5 ? 'poor' : ''}>queue ${percent(stage.queue)}</li>`}
                    ${all.map(({ name, value, bad }) => html`<li key=${name + value} class=${bad ? 'bad' : ''}>${value}${name ? ' ' + name : ''}</li>`)}
                    <li class="faint">${short(stage.total)} in all</li>
                </ul>
            </li>`;
        })}
    </ol></section>`;
}

/** @param {number} n */
const figure = (n) => (Number.isInteger(n) ? (n < 100_000 ? count(n) : short(n)) : n < 10 ? n.toFixed(1) : short(n));

const SAY = { count: figure, bytes, percent, seconds: (/** @type {number} */ n) => delay(n) };

/** @param {{ share: number, label: string }} props */
export function Meter({ share, label }) {
    const full = share >= 0.95 ? ' is-over' : share >= 0.8 ? ' is-near' : '';
    return html`<span class=${'meter' + full} role="meter" aria-label=${label} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(share * 100)}><i style=${{ width: Math.min(100, share * 100).toFixed(1) + '%' }}></i></span>`;
}

/** @param {{ pipeline: Pipeline }} props */
export function Gauges({ pipeline }) {
    const { end_to_end, memory_bytes, memory_bytes_max, store, behind_seconds, shards, shards_late } = pipeline;
    const memory = memory_bytes_max > 0 ? memory_bytes / memory_bytes_max : 0;
    const disk = store.bytes_max > 0 ? store.bytes / store.bytes_max : 0;
    return html`<div class="gauges">
        <section class="panel gauge" aria-label="Delay"><h3>End to end</h3>
            <div class="big">${delay(end_to_end.p50)} <span class="faint">p50</span> <span class=${(end_to_end.p99 ?? 0) > 60 ? 'bad' : ''}>${delay(end_to_end.p99)}</span> <span class="faint">p99</span></div>
            <p>From arrival until everything of a delivery is safe.</p></section>
        <section class="panel gauge" aria-label="Lag"><h3>Furthest behind</h3>
            <div class=${'big' + (behind_seconds >= 300 ? ' bad' : behind_seconds >= 60 ? ' poor' : '')}>${shards > 0 ? delay(behind_seconds) : 'no shards'}</div>
            <p>${shards > 0 ? html`${shards_late > 0 ? html`<b>${shards_late}</b> of ` : ''}${count(shards)} shards${shards_late > 0 ? ' are more than a minute behind.' : ', none more than a minute behind.'}` : 'Deliveries come by HTTP.'}</p></section>
        <section class="panel gauge" aria-label="Memory"><h3>Memory</h3>
            <div class="big">${bytes(memory_bytes)} <span class="faint">of ${bytes(memory_bytes_max)}</span></div>
            ${h(Meter, { share: memory, label: 'Memory' })}<p>${percent(memory)} of the budget. When it is full, sources are read more slowly.</p></section>
        <section class="panel gauge" aria-label="Store"><h3>Store of this page</h3>
            ${
                store.logs === 'off'
                    ? html`<div class="big">off</div><p>Log lines are not kept here.</p>`
                    : html`<div class="big">${bytes(store.bytes)} <span class="faint">of ${bytes(store.bytes_max)}</span></div>
            ${h(Meter, { share: disk, label: 'Store' })}
            <p>${short(store.records)} records${store.logs === 'errors' ? ' at error or above' : ''}${store.oldest ? html`, the oldest of ${moment(store.oldest, now())}` : ''}. <span class=${store.dropped > 0 ? 'bad' : ''}>${count(store.dropped)} dropped.</span>${store.failing ? html` <span class="bad">${store.failing}</span>` : null}</p>`
            }</section>
    </div>`;
}

/** @param {number | null | undefined} seconds */
function delay(seconds) {
    if (seconds === null || seconds === undefined) return '-';
    return seconds < 1
        ? Math.round(seconds * 1000) + ' ms'
        : seconds < 60
          ? Number(seconds.toFixed(1)) + ' s'
          : duration(seconds) + (seconds < 600 && seconds >= 60 ? ' ' + Math.round(seconds % 60) + ' s' : '');
}

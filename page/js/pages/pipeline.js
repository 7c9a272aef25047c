// Whether the pipeline is all right: from the sources to whoever is told, what stands still, what was lost, which accounts are odd.
import { h, html } from '../html.js';
import { useAnswer } from '../api.js';
import { duration } from '../format.js';
import { Completeness, Destinations, Directory, Receivers, Tags } from '../parts/pipeline-lists.js';
import { DeadLetters } from '../parts/dead-letters.js';
import { Failed, Skeleton } from '../parts/empty.js';
import { Flow, Gauges, Troubles } from '../parts/flow.js';
import { Freshness } from '../parts/freshness.js';
import { Shards } from '../parts/shards.js';
import { AsOf } from '../parts/age.js';
import { useCli, useTitle } from '../parts/title.js';

/** @typedef {import('../../types/shapes.js').Pipeline} Pipeline */

/** @param {{ args: Record<string, string> }} _ */
export function Page(_) {
    const answer = useAnswer('pipeline', {}, { topic: 'pipeline', every: 2000 });
    const pipeline = /** @type {Pipeline | null} */ (answer.data);
    useTitle('Pipeline');
    useCli('fanin doctor');
    if (!pipeline)
        return answer.error
            ? h(Failed, { error: answer.error, again: answer.reload })
            : html`<div class="panel"><div class="body">${h(Skeleton, { rows: 10 })}</div></div>`;
    return html`<div class=${'pipeline-page' + (answer.error ? ' is-stale' : '')}>
        <header class="page-head"><div><h1>Pipeline</h1><p class="sub">${sentence(pipeline)}</p></div><div class="tools">${h(AsOf, { at: pipeline.as_of, old: 15 })}</div></header>
        ${answer.error ? html`<p class="notice bad">${answer.error.detail} The figures are those from before.</p>` : null}
        ${h(Troubles, { troubles: pipeline.troubles })}
        ${h(Flow, { stages: pipeline.stages })}
        ${h(Gauges, { pipeline })}
        ${h(Shards, { pipeline })}
        ${h(DeadLetters, { total: pipeline.dead_letters })}
        ${h(Freshness, { pipeline })}
        <div class="halves">
            <div class="stack">${h(Destinations, { destinations: pipeline.destinations })}${h(Completeness, { incomplete: pipeline.incomplete })}</div>
            <div class="stack">${h(Receivers, { receivers: pipeline.receivers })}${h(Directory, { directory: pipeline.directory })}${(pipeline.directory.wrong_tags ?? 0) > 0 ? h(Tags, { wrong: pipeline.directory.wrong_tags ?? 0 }) : null}</div>
        </div>
    </div>`;
}

/** What to know of it in one sentence. @param {Pipeline} pipeline */
function sentence({ shards, shards_late, behind_seconds, troubles, destinations }) {
    const down = destinations.filter((one) => one.down).map((one) => one.name);
    if (down.length > 0) return `${down.join(', ')} ${down.length === 1 ? 'does' : 'do'} not answer.`;
    if (shards_late > 0)
        return `${shards_late} of ${shards} shards ${shards_late === 1 ? 'is' : 'are'} late, the furthest by ${Math.round(behind_seconds / 60)} min.`;
    const blind = troubles.filter((trouble) => trouble.blind).length;
    if (blind > 0) return 'Something keeps the picture from being whole, see below.';
    if (shards === 0) return 'Nothing waits. What is shown is what happens.';
    if (behind_seconds >= 5) return `None of ${shards} shards is late; the furthest is ${duration(behind_seconds)} behind.`;
    return `All ${shards} shards are read to their tips. What is shown is what happens.`;
}

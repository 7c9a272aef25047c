// What the alerts of an account did over time: one lane for each, in the colours and marks of their states, under the cursor of the
// charts beside it.
import { h, html, useRef } from '../html.js';
import { spanAt } from '../model/timeline.js';

/** @typedef {import("../model/timeline.js").Lane} Lane */
/** @typedef {import("./chart.js").Cursor} Cursor */

/**
 * @param {{ lanes: Lane[], left: number, from: number, to: number, cursor: Cursor, time: (ms: number) => string, axis: (ms: number) => string,
 *   stateWord: (state: import("../../types/shapes.js").State) => string, href: (lane: Lane) => string }} props
 */
export function Timeline({ lanes, left, from, to, cursor, time, axis, stateWord, href }) {
    const me = useRef({}).current;
    const strip = useRef(/** @type {HTMLDivElement | null} */ (null));
    const move = (/** @type {PointerEvent} */ event) => {
        const rect = strip.current?.getBoundingClientRect();
        if (!rect || rect.width === 0) return;
        const share = (event.clientX - rect.left) / rect.width;
        cursor.value = share < 0 || share > 1 ? null : { at: (from + share * (to - from)) / 1000, by: me };
    };
    const leave = () => {
        cursor.value = null;
    };
    return html`<figure class="chart timeline" aria-label="States of alerts over time">
    <figcaption><b>Alert states</b>${h(Said, { lanes, cursor, time, stateWord })}</figcaption>
    ${
        lanes.length === 0
            ? html`<p class="timeline-none muted">No alert of this account in this time range.</p>`
            : html`<div class="lanes" onPointerMove=${move} onPointerLeave=${leave}>
          <div class="lane-strip" ref=${strip} aria-hidden="true">${h(Line, { from, to, cursor })}</div>
          ${lanes.map(
              (lane) => html`<div class="lane" key=${lane.key}>
            <a class="lane-name" href=${href(lane)} title=${[lane.name, lane.group].filter(Boolean).join(' ')}>${lane.name}${lane.group ? html` <span class="muted">${lane.group}</span>` : null}</a>
            <div class="lane-spans" role="img" aria-label=${spoken(lane, time, stateWord)}>
              ${lane.spans.map(
                  (span) => html`<i key=${span.from} class=${'span ' + span.state}
                title=${stateWord(span.state) + ' ' + time(span.from) + ' - ' + time(span.to) + (span.reason ? ': ' + span.reason : '')}
                style=${{ left: percent(span.from, from, to), width: percent(span.to - span.from + from, from, to) }}></i>`,
              )}
            </div>
          </div>`,
          )}
          <div class="lane-axis muted" aria-hidden="true"><span>${axis(from)}</span><span>${axis((from + to) / 2)}</span><span>${axis(to)}</span></div>
        </div>`
    }
    ${left > 0 ? html`<p class="muted small">${left} more that changed are not shown.</p>` : null}
  </figure>`;
}

/**
 * @param {number} at
 * @param {number} from
 * @param {number} to
 */
function percent(at, from, to) {
    return ((100 * (at - from)) / Math.max(1, to - from)).toFixed(3) + '%';
}

/**
 * The line at the cursor.
 * @param {{ from: number, to: number, cursor: Cursor }} props
 */
function Line({ from, to, cursor }) {
    const at = (cursor.value?.at ?? -1) * 1000;
    if (at < from || at > to) return null;
    return html`<i class="lane-cursor" style=${{ left: percent(at, from, to) }}></i>`;
}

/**
 * States at the cursor.
 * @param {{ lanes: Lane[], cursor: Cursor, time: (ms: number) => string, stateWord: (state: import("../../types/shapes.js").State) => string }} props
 */
function Said({ lanes, cursor, time, stateWord }) {
    const moved = cursor.value;
    if (!moved) return null;
    const at = moved.at * 1000;
    const loud = lanes.map((lane) => spanAt(lane, at)?.state ?? 'ok').filter((state) => state !== 'ok');
    const worst = ['critical', 'warning', 'error', 'no_data', 'pending'].find((state) => loud.some((each) => each === state));
    return html`<span class="chart-figures"><span>${loud.length === 0 ? 'all ok' : loud.length + ' not ok'}${worst ? ', ' + stateWord(/** @type {import("../../types/shapes.js").State} */ (worst)).toLowerCase() : ''}</span><span class="muted">${time(at)}</span></span>`;
}

/**
 * @param {Lane} lane
 * @param {(ms: number) => string} time
 * @param {(state: import("../../types/shapes.js").State) => string} stateWord
 */
function spoken(lane, time, stateWord) {
    return (
        lane.name +
        ': ' +
        lane.spans
            .slice(-6)
            .map((span) => stateWord(span.state) + ' from ' + time(span.from))
            .join(', ')
    );
}

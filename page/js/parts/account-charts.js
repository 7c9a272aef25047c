// Four pictures of an account over time, under one cursor: how much it said, how much of it was wrong, how late it came, what fired.
import { h, html, useMemo } from '../html.js';
import { useAnswer } from '../api.js';
import { clock, hourMinute, moment, short, stateWord } from '../format.js';
import { column, errorRate, severities } from '../model/series.js';
import { cut, iso, range } from '../model/range.js';
import { lanes } from '../model/timeline.js';
import { href, param, setParams } from '../router.js';
import { now, tick } from '../store.js';
import { AsOf } from './age.js';
import { Chart, newCursor } from './chart.js';
import { Timeline } from './timeline.js';

/** @typedef {import("../../types/shapes.js").Account} Account */
/** @typedef {import("../../types/shapes.js").Series} Series */

/** How often a range that follows the clock moves on. */
const STEP_MS = 15_000;
/** The shortest time that is shown by itself. */
const LEAST_MS = 300_000;
/** @type {Series} */
const NONE = { names: [], units: [], step_ms: 60_000, data: [[]], known_from: 0 };

/** @param {number} ms */
const delayText = (ms) =>
    ms < 1000 ? Math.round(ms) + ' ms' : ms < 120_000 ? Number((ms / 1000).toFixed(1)) + ' s' : Math.round(ms / 60_000) + ' min';
/** @param {number} share */
const shareText = (share) => (share === 0 ? '0 %' : share < 0.1 ? share.toFixed(2) + ' %' : Number(share.toFixed(1)) + ' %');

/** @param {{ account: Account }} props */
export function AccountCharts({ account }) {
    const cursor = useMemo(newCursor, []);
    void tick.value;
    const whole = range(param('from'), param('to'), cut(now(), STEP_MS));
    const { to, follows } = whole;
    const asked = { from: iso(whole.from), to: iso(to) };
    const metrics = useAnswer('accounts/' + account.id + '/metrics', { ...asked, names: 'logs,errors,warnings,delay_ms', points: 180 });
    const history = useAnswer('alerts/history', { ...asked, account: account.id, limit: 500 });
    const series = /** @type {Series} */ (metrics.data ?? NONE);
    // Soon after a start little is known: that is shown large, unless someone chose a range.
    const from = param('from') === '' && series.known_from > 0 ? Math.max(whole.from, Math.min(series.known_from, to - LEAST_MS)) : whole.from;
    const transitions = /** @type {import("../../types/shapes.js").List<import("../../types/shapes.js").Transition> | null} */ (history.data)?.items;
    const parts = useMemo(
        () => ({ ...severities(series), rate: errorRate(series), delay: column(series, 'delay_ms'), below: stacked(series) }),
        [series],
    );
    const rows = useMemo(() => lanes(transitions ?? [], account.alerts, from, to), [transitions, account.alerts, from, to]);
    const time = to - from > 36 * 3_600_000 ? (/** @type {number} */ ms) => moment(ms, 0).replace(/ \d\d:\d\d$/, '') : hourMinute;
    const exact = to - from > 24 * 3_600_000 ? (/** @type {number} */ ms) => moment(ms, now()) : clock;
    const onRange = (/** @type {number} */ begin, /** @type {number} */ end) => setParams({ from: iso(begin), to: iso(end) });
    const shared = { at: parts.at, from, to, cursor, time, onRange };
    const unknown = series.known_from > whole.from && series.known_from < to ? 'Known from ' + moment(series.known_from, now()) + ' on' : '';
    const step = series.step_ms > 60_000 ? ' per ' + Math.round(series.step_ms / 60_000) + ' min' : ' per minute';
    return html`<section class="account-charts" aria-label="Charts">
    ${metrics.error ? html`<p class="notice bad">Series: ${metrics.error.detail} ${metrics.error.hint}</p>` : null}
    <div class="charts">
      <div class="panel">${h(Chart, {
          ...shared,
          title: 'Log records' + step,
          format: short,
          empty: metrics.loading ? 'Loading' : 'No log records in this time range',
          lines: [
              { label: 'other', colour: '--ok', bars: true, values: parts.total, shown: parts.rest },
              { label: 'warn', colour: '--warning', bars: true, values: parts.below, shown: parts.warnings },
              { label: 'error', colour: '--critical', bars: true, values: parts.errors },
          ],
      })}</div>
      <div class="panel">${h(Chart, {
          ...shared,
          title: 'Error rate',
          format: shareText,
          empty: metrics.loading ? 'Loading' : 'No log records to be wrong',
          lines: [{ label: 'errors', colour: '--critical', fill: true, values: parts.rate }],
      })}</div>
      <div class="panel">${h(Chart, {
          ...shared,
          title: 'Delay of arrival',
          format: delayText,
          empty: metrics.loading ? 'Loading' : 'Nothing arrived in this time range',
          lines: [{ label: 'delay', colour: '--line-1', values: parts.delay }],
      })}</div>
      <div class="panel">${h(Timeline, { ...rows, from, to, cursor, time: exact, axis: time, stateWord, href: (lane) => href('rules/' + encodeURIComponent(lane.name.split(':')[0] ?? '')) })}</div>
    </div>
    <div class="row charts-foot faint">
      ${follows ? null : html`<span>${moment(from, now())} to ${moment(to, now())}</span><button type="button" class="button quiet small" onClick=${() => setParams({ from: null, to: null })}>Back to the last hour</button>`}
      ${unknown ? html`<span>${unknown}.</span>` : null}
      <span class="push wide-only">Drag in a chart to choose a time range.</span>
      ${h(AsOf, { at: follows ? to : null, old: 120 })}
    </div>
  </section>`;
}

/**
 * Errors and warnings together: the height of the bar that stands behind the errors.
 * @param {Series} series
 */
function stacked(series) {
    const { errors, warnings } = severities(series);
    return errors.map((value, at) => (value === null ? null : value + (warnings[at] ?? 0)));
}

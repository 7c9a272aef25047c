// A chart over time: at most five lines or stacked bars, drawn by uPlot. Charts of a group share one cursor; the figures at the
// cursor, else the latest, stand above as text. Dragging chooses a time range.
import { h, html, signal, useLayoutEffect, useRef } from '../html.js';
import uPlot from '../../vendor/uplot.mjs';
import { themeVersion, token } from '../theme.js';
import { latest, niceEnd, silent } from '../model/series.js';

/**
 * A line: `values` are drawn, `shown` (else `values`) are told in figures. `colour` names a token of the styles.
 * @typedef {{ label: string, values: (number | null)[], colour: string, bars?: boolean, fill?: boolean, shown?: (number | null)[] }} Line
 */
/** @typedef {import("../../vendor/signals.mjs").Signal<{ at: number, by: object } | null>} Cursor seconds since 1970, and who moved it */

/** Cursors of charts that belong together. @returns {Cursor} */
export function newCursor() {
    return signal(/** @type {{ at: number, by: object } | null} */ (null));
}

/**
 * @param {{ title: string, at: number[], lines: Line[], from: number, to: number, cursor: Cursor, format: (value: number) => string,
 *   time: (ms: number) => string, onRange?: (from: number, to: number) => void, empty?: string, height?: number }} props
 *   `at` in seconds, `from` and `to` in milliseconds
 */
export function Chart({ title, at, lines, from, to, cursor, format, time, onRange, empty = 'No data in this time range', height = 118 }) {
    const box = useRef(/** @type {HTMLDivElement | null} */ (null));
    const plot = useRef(/** @type {uPlot | null} */ (null));
    const range = useRef(onRange);
    range.current = onRange;
    const theme = themeVersion.value;
    const shape = lines.map(({ label, colour, bars, fill }) => [label, colour, bars, fill].join()).join('|');
    const me = useRef({}).current;
    const bounds = useRef({ from, to });
    bounds.current = { from, to };

    useLayoutEffect(() => {
        const element = box.current;
        if (!element) return undefined;
        const made = new uPlot(options({ element, lines, height, format, time, bounds, cursor, me, range }), data(at, lines), element);
        plot.current = made;
        const observer = new ResizeObserver(() => {
            const width = Math.floor(element.clientWidth);
            if (width > 0 && width !== made.width) made.setSize({ width, height });
        });
        observer.observe(element);
        const stop = cursor.subscribe((moved) => follow(made, moved, me));
        return () => {
            stop();
            observer.disconnect();
            made.destroy();
            plot.current = null;
        };
    }, [theme, shape, height]);
    useLayoutEffect(() => {
        plot.current?.setData(data(at, lines), true);
    }, [at, lines, from, to]);

    const none = lines.every(({ values }) => silent(values));
    return html`<figure class="chart" aria-label=${summary(title, lines, format)}>
    <figcaption><b>${title}</b>${none ? null : h(Figures, { at, lines, cursor, format, time })}</figcaption>
    <div class="chart-plot" ref=${box} aria-hidden="true"></div>
    ${none ? html`<p class="chart-empty">${empty}</p>` : null}
  </figure>`;
}

/**
 * The figures at the cursor, else the latest ones.
 * @param {{ at: number[], lines: Line[], cursor: Cursor, format: (value: number) => string, time: (ms: number) => string }} props
 */
function Figures({ at, lines, cursor, format, time }) {
    const moved = cursor.value;
    const index = moved ? nearestIndex(at, moved.at) : -1;
    const figure = (/** @type {Line} */ { shown, values }) => {
        const all = shown ?? values;
        const value = index >= 0 ? all[index] : latest(all);
        return value === null || value === undefined ? '-' : format(value);
    };
    return html`<span class="chart-figures">
    ${lines.map((line) => html`<span key=${line.label}><i class="swatch" style=${{ background: 'var(' + line.colour + ')' }}></i>${lines.length > 1 ? line.label + ' ' : ''}${figure(line)}</span>`)}
    ${index >= 0 ? html`<span class="muted">${time((at[index] ?? 0) * 1000)}</span>` : null}
  </span>`;
}

/**
 * The index of the point that is closest.
 * @param {number[]} at ascending
 * @param {number} wanted
 */
export function nearestIndex(at, wanted) {
    let low = 0;
    let high = at.length - 1;
    while (low < high) {
        const middle = (low + high) >> 1;
        if ((at[middle] ?? 0) < wanted) low = middle + 1;
        else high = middle;
    }
    if (low > 0 && wanted - (at[low - 1] ?? 0) < (at[low] ?? 0) - wanted) low -= 1;
    return at.length === 0 ? -1 : low;
}

/**
 * @param {number[]} at
 * @param {Line[]} lines
 * @returns {uPlot.AlignedData}
 */
function data(at, lines) {
    return [at, ...lines.map(({ values }) => values)];
}

/**
 * Moves the line of the cursor to where another chart has it.
 * @param {uPlot} plot
 * @param {{ at: number, by: object } | null} moved
 * @param {object} me
 */
function follow(plot, moved, me) {
    if (moved?.by === me) return;
    const left = moved ? plot.valToPos(moved.at, 'x') : -10;
    plot.setCursor({ left, top: moved ? 0 : -10 }, false);
}

/**
 * @param {{ element: Element, lines: Line[], height: number, format: (value: number) => string, time: (ms: number) => string,
 *   bounds: { current: { from: number, to: number } }, cursor: Cursor, me: object, range: { current?: (from: number, to: number) => void } }} given
 * @returns {uPlot.Options}
 */
function options({ element, lines, height, format, time, bounds, cursor, me, range }) {
    const axis = {
        stroke: token('--text-3'),
        font: '11px system-ui, sans-serif',
        ticks: { show: false },
        grid: { stroke: token('--chart-grid'), width: 1 },
    };
    return {
        width: Math.max(120, Math.floor(element.clientWidth)),
        height,
        padding: [6, 16, 0, 0],
        legend: { show: false },
        scales: {
            x: { time: true, range: () => [bounds.current.from / 1000, bounds.current.to / 1000] },
            y: { range: (_, __, most) => [0, niceEnd(most ?? 0)] },
        },
        axes: [
            { ...axis, size: 22, gap: 4, space: 70, grid: { show: false }, values: (_, splits) => splits.map((at) => time(at * 1000)) },
            { ...axis, size: 46, gap: 4, space: 32, values: (_, splits) => splits.map((value) => format(value)) },
        ],
        series: [{}, ...lines.map((line) => drawn(line, token(line.colour)))],
        cursor: { y: false, points: { show: false }, drag: { x: range.current !== undefined, y: false, setScale: false } },
        hooks: {
            setCursor: [(plot) => moved(plot, cursor, me)],
            setSelect: [(plot) => selected(plot, range.current)],
        },
    };
}

/** Whether so few values are there that a line would be none. @param {ArrayLike<number | null | undefined>} values @param {number} from @param {number} to */
function alone(values, from, to) {
    let seen = 0;
    for (let i = from; i <= to && seen < 4; i += 1) if (values[i] !== null && values[i] !== undefined) seen += 1;
    return seen < 4;
}

/**
 * @param {Line} line
 * @param {string} colour
 * @returns {uPlot.Series}
 */
function drawn({ label, bars, fill }, colour) {
    if (bars) {
        const paths = uPlot.paths.bars?.({ size: [0.86, 40, 1], gap: 0 });
        return { label, stroke: colour, fill: colour, width: 0, points: { show: false }, ...(paths ? { paths } : {}) };
    }
    return { label, stroke: colour, width: 1.5, points: { show: (plot, line, from, to) => alone(plot.data[line] ?? [], from, to), size: 4, fill: colour, width: 0 }, ...(fill ? { fill: colour + '22' } : {}) };
}

/**
 * @param {uPlot} plot
 * @param {Cursor} cursor
 * @param {object} me
 */
function moved(plot, cursor, me) {
    const { left = -1, event } = plot.cursor;
    if (!event) return;
    cursor.value = left >= 0 ? { at: plot.posToVal(left, 'x'), by: me } : null;
}

/**
 * @param {uPlot} plot
 * @param {((from: number, to: number) => void) | undefined} onRange
 */
function selected(plot, onRange) {
    const { left, width } = plot.select;
    if (width < 6 || !onRange) return;
    const from = Math.round(plot.posToVal(left, 'x') * 1000);
    const to = Math.round(plot.posToVal(left + width, 'x') * 1000);
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    onRange(from, to);
}

/**
 * What the chart shows, for those who do not see it.
 * @param {string} title
 * @param {Line[]} lines
 * @param {(value: number) => string} format
 */
function summary(title, lines, format) {
    const parts = lines.map(({ label, shown, values }) => {
        const value = latest(shown ?? values);
        return label + ' ' + (value === undefined ? 'unknown' : format(value));
    });
    return title + ': ' + parts.join(', ');
}

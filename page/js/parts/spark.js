/** Small pictures in rows: a line of counts as bars, and 24 hours as 24 blocks. One canvas each. */

import { html, useLayoutEffect, useRef } from '../html.js';
import { themeVersion, token } from '../theme.js';

/** A canvas of so many CSS pixels, sharp on every screen. @param {HTMLCanvasElement} canvas @param {number} width @param {number} height */
export function sharp(canvas, width, height) {
    const ratio = devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const pen = canvas.getContext('2d');
    pen?.scale(ratio, ratio);
    return pen;
}

/**
 * Bars for counts, oldest first, right-aligned.
 * @param {{ values: number[], width?: number, height?: number, tone?: string, label?: string, slots?: number }} props `tone` is a token
 */
export function Spark({ values, width = 72, height = 18, tone = '--text-3', label = '', slots = 24 }) {
    const box = useRef(/** @type {HTMLCanvasElement | null} */ (null));
    const version = themeVersion.value;
    const key = values.join();
    useLayoutEffect(() => {
        const pen = box.current && sharp(box.current, width, height);
        if (!pen) return;
        const size = Math.max(slots, values.length);
        const step = width / size;
        const top = Math.max(1, ...values);
        pen.fillStyle = token(tone);
        values.forEach((value, i) => {
            const tall = value > 0 ? Math.max(2, (value / top) * height) : 1;
            pen.globalAlpha = value > 0 ? 1 : 0.35;
            pen.fillRect((size - values.length + i) * step, height - tall, Math.max(1, step - 1), tall);
        });
    }, [key, width, height, tone, version]);
    return html`<canvas ref=${box} class="spark" role="img" aria-label=${label || `From ${values[0] ?? 0} to ${values.at(-1) ?? 0}`} style=${{ width: `${width}px`, height: `${height}px` }}></canvas>`;
}

/** The last 24 hours of an alert as 24 blocks: the same picture wherever it is shown. */

import { html, useLayoutEffect, useRef } from '../html.js';
import { stateWord } from '../format.js';
import { STATES } from '../model/picture.js';
import { themeVersion, token } from '../theme.js';
import { sharp } from './spark.js';

const TONES = ['--ok', '--pending', '--no-data', '--error', '--warning', '--critical'];

/** What the digits say, in words. @param {string} history */
export function told(history) {
    const worst = Math.max(-1, ...[...history].map((digit) => (digit === '-' ? -1 : Number(digit))));
    const state = STATES[worst];
    const hours = [...history].filter((digit) => Number(digit) === worst).length;
    return state ? `24 hours: at worst ${stateWord(state)}, in ${hours} of them` : '24 hours: nothing is known';
}

/** @param {{ history: string | undefined, width?: number, height?: number }} props 24 digits as in `FleetState`, oldest first, `-` for not known */
export function Blocks({ history = '', width = 144, height = 14 }) {
    const box = useRef(/** @type {HTMLCanvasElement | null} */ (null));
    const version = themeVersion.value;
    useLayoutEffect(() => {
        const pen = box.current && sharp(box.current, width, height);
        if (!pen) return;
        const all = history.padStart(24, '-').slice(-24);
        const step = width / 24;
        const tones = TONES.map(token);
        const line = token('--line-strong');
        [...all].forEach((digit, i) => {
            const state = Number(digit);
            const quiet = digit === '-' || state === 0;
            const tall = digit === '-' ? 2 : quiet ? 6 : height;
            pen.fillStyle = digit === '-' ? line : (tones[state] ?? line);
            if (state === 2 || state === 3) {
                pen.strokeStyle = tones[state] ?? line;
                pen.strokeRect(i * step + 0.5, 0.5, step - 2.5, height - 1);
            } else pen.fillRect(i * step, (height - tall) / 2, step - 1.5, tall);
        });
    }, [history, width, height, version]);
    return html`<canvas ref=${box} class="blocks" role="img" title=${told(history)} aria-label=${told(history)} style=${{ width: `${width}px`, height: `${height}px` }}></canvas>`;
}

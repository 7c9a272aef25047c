/** What the tab is called, what the footer says, and the icon with a number on it. */

import { effect, signal, useEffect } from '../html.js';
import { summary } from '../store.js';

const title = signal('Fleet');
/** The command that shows the same as the page. */
export const cli = signal('');

/** Names the tab. @param {string} name */
export function useTitle(name) {
    useEffect(() => {
        title.value = name;
    }, [name]);
}

/** The command that shows the same. @param {string} command */
export function useCli(command) {
    useEffect(() => {
        cli.value = command;
    }, [command]);
    useEffect(() => () => {
        cli.value = '';
    }, []);
}

/** @param {number} n @param {boolean} critical @param {boolean} blind */
function draw(n, critical, blind) {
    const canvas = document.createElement('canvas');
    canvas.width = 64;
    canvas.height = 64;
    const pen = canvas.getContext('2d');
    if (!pen) return '';
    pen.fillStyle = blind ? '#5d6b79' : n === 0 ? '#3f6f68' : critical ? '#ff5a36' : '#f0c541';
    pen.beginPath();
    pen.roundRect(0, 0, 64, 64, 14);
    pen.fill();
    const text = n === 0 ? '' : n > 99 ? '99+' : String(n);
    pen.fillStyle = n === 0 || blind ? '#ffffff' : '#0e1318';
    pen.font = `700 ${text.length > 2 ? 30 : text.length > 1 ? 42 : 48}px system-ui, sans-serif`;
    pen.textAlign = 'center';
    pen.textBaseline = 'middle';
    pen.fillText(text || (blind ? '?' : '\u2713'), 32, 35);
    return canvas.toDataURL('image/png');
}

let drawn = '';

/** Begins to carry the count of accounts that need attention in title and icon. */
export function startTitle() {
    return effect(() => {
        const known = summary.value;
        const n = known?.needs_attention ?? 0;
        document.title = `${n ? `(${n > 999 ? '999+' : n}) ` : ''}${title.value} - Fanin`;
        const blind = known?.troubles.some((trouble) => trouble.blind) ?? false;
        const key = `${Math.min(n, 100)} ${(known?.states.critical ?? 0) > 0} ${blind}`;
        const icon = document.querySelector('link[rel="icon"]');
        if (!known || key === drawn || !(icon instanceof HTMLLinkElement)) return;
        drawn = key;
        icon.type = 'image/png';
        icon.href = draw(n, known.states.critical > 0, blind);
    });
}

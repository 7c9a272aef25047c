/** Line icons, 16 x 16. */

import { html } from '../html.js';

const PATHS = {
    search: 'M7 12.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11Zm4-1.5 3.5 3.5',
    moon: 'M13.5 9.6A6 6 0 0 1 6.4 2.5a6 6 0 1 0 7.1 7.1Z',
    sun: 'M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6ZM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9',
    close: 'm4 4 8 8m0-8-8 8',
    right: 'm6 3.5 4.5 4.5L6 12.5',
    left: 'M10 3.5 5.5 8l4.5 4.5',
    down: 'M3.5 6 8 10.5 12.5 6',
    link: 'M6.5 9.5 9.5 6.5M7.5 4.5l1.2-1.2a2.8 2.8 0 0 1 4 4L11.5 8.5M8.5 11.5l-1.2 1.2a2.8 2.8 0 0 1-4-4L4.5 7.5',
    out: 'M9.5 2.5h4v4M13.5 2.5 7 9M11 9.5v3a1 1 0 0 1-1 1H3.500a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1h3',
    copy: 'M5.5 5.500h7a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1ZM10.5 5.500v-2a1 1 0 0 0-1-1h-6a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1h2',
    bell_off: 'M4.2 5.600A4 4 0 0 1 11.9 6.500c0 2 .4 3.2.9 4M10 11.500H3c.6-.7 1-1.7 1.1-3.500M6.7 13.500h2.600M2.5 2.500l11 11',
    check: 'm3 8.5 3.2 3.200L13 4.8',
    map: 'M2.5 2.500h4v4h-4ZM9.5 2.500h4v4h-4ZM2.5 9.500h4v4h-4ZM9.5 9.500h4v4h-4Z',
    table: 'M2.5 3.500h11M2.5 8h11M2.5 12.500h11',
    play: 'M5 3.200v9.600l8-4.800Z',
    pause: 'M5 3v10M11 3v10',
    help: 'M6 6a2 2 0 1 1 2.8 1.900c-.5.2-.8.6-.8 1.100v.5M8 12v.1M8 14.500a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Z',
    warn: 'M8 2 14.5 13.500h-13ZM8 6.500v3M8 11.500v.1',
    star: 'm8 1.8 1.9 4 4.3.6-3.1 3 .7 4.300L8 11.700l-3.8 2 .7-4.3-3.1-3 4.3-.6Z',
    download: 'M8 2v8m0 0L4.8 7M8 10l3.2-3M2.5 13.500h11',
    trash: 'M3 4.500h10M6.5 4.500v-2h3v2M4.5 4.500l.6 9h5.800l.6-9',
    plus: 'M8 3v10M3 8h10',
};

/** @param {{ name: keyof typeof PATHS }} props */
export function Icon({ name }) {
    return html`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${PATHS[name]}/></svg>`;
}

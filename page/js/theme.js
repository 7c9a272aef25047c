/** Dark or light: what the system wants, unless someone chose. */

import { computed, effect, signal } from './html.js';

const wish = matchMedia('(prefers-color-scheme: light)');
const system = signal(wish.matches ? 'light' : 'dark');
const chosen = signal(read('fanin.theme'));

/** `dark` or `light`. */
export const theme = computed(() => chosen.value || system.value);

/** Moves when colours of tokens have to be read again, by canvases. */
export const themeVersion = signal(0);

/** The other one. */
export function toggleTheme() {
    chosen.value = theme.peek() === 'dark' ? 'light' : 'dark';
    write('fanin.theme', chosen.peek());
}

/** Something that this browser keeps; '' where it keeps nothing. @param {string} name */
export function read(name) {
    try {
        return localStorage.getItem(name) ?? '';
    } catch {
        return '';
    }
}

/** @param {string} name @param {string} value */
export function write(name, value) {
    try {
        if (value) localStorage.setItem(name, value);
        else localStorage.removeItem(name);
    } catch {
        // A browser that keeps nothing works all the same, until it is closed.
    }
}

/** The value of a token, such as `--critical`. @param {string} name */
export function token(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Begins to follow the system. */
export function start() {
    wish.addEventListener('change', () => {
        system.value = wish.matches ? 'light' : 'dark';
    });
    effect(() => {
        document.documentElement.dataset.theme = theme.value;
        themeVersion.value = themeVersion.peek() + 1;
    });
}

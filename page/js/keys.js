/**
 * Shortcuts. A part says what its keys do while it is there:
 *
 *   useKeys({ 'j': next, 'g a': () => go('alerts'), 'Mod-k': open, 'Escape': close })
 *
 * What was said last counts first; a handler that returns `false` lets the key go on. Single letters never fire inside fields,
 * and can be switched off (`letters`); keys with Mod (Ctrl or Cmd), Escape and arrows always work.
 */

import { signal, useEffect, useRef } from './html.js';
import { read, write } from './theme.js';

/** @typedef {Record<string, (event: KeyboardEvent) => unknown>} Keys */

/** Whether the list of keys is shown. */
export const helpOpen = signal(false);

/** Whether single letters are shortcuts. */
export const letters = signal(read('fanin.letters') !== 'off');

/** @type {{ box: { current: Keys }, over: boolean }[]} */
const scopes = [];
let first = '';
let firstAt = 0;

/** @param {boolean} on */
export function setLetters(on) {
    letters.value = on;
    write('fanin.letters', on ? '' : 'off');
}

/** `over` is for what lies above the page, such as panels: it counts before the page, whichever came first. @param {Keys} keys @param {boolean} [over] */
export function useKeys(keys, over = false) {
    const box = useRef(keys);
    box.current = keys;
    useEffect(() => {
        const scope = { box, over };
        scopes.push(scope);
        return () => {
            scopes.splice(scopes.indexOf(scope), 1);
        };
    }, []);
}

/** @type {((letter: string) => void) | null} */
let catcher = null;

/** All letters go there that go into no field: for what opens and is typed into before it is drawn. @param {((letter: string) => void) | null} to */
export function catchLetters(to) {
    catcher = to;
}

/** Whether typing goes into a field. @param {EventTarget | null} target */
function typing(target) {
    return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** What a key is called. @param {KeyboardEvent} event */
export function nameOf(event) {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    return (event.ctrlKey || event.metaKey ? 'Mod-' : '') + (event.altKey ? 'Alt-' : '') + (event.shiftKey && event.key.length > 1 ? 'Shift-' : '') + key;
}

/** @param {string} name @param {KeyboardEvent} event */
function fire(name, event) {
    const last = [...scopes].reverse();
    for (const { box } of [...last.filter(({ over }) => over), ...last.filter(({ over }) => !over)]) {
        const act = box.current[name];
        if (act && act(event) !== false) return true;
    }
    return false;
}

/** @param {KeyboardEvent} event */
function press(event) {
    if (event.isComposing || event.defaultPrevented || event.key === 'Shift') return;
    const name = nameOf(event);
    const single = event.key.length === 1 && !event.ctrlKey && !event.metaKey;
    if (single && catcher && !typing(event.target)) {
        catcher(event.key);
        event.preventDefault();
        return;
    }
    if (single && (typing(event.target) || (!letters.peek() && event.key !== '/'))) return;
    if (typing(event.target) && (name === 'Enter' || name.startsWith('Arrow') || name === 'Home' || name === 'End')) return;
    const chord = event.timeStamp - firstAt < 900 ? `${first} ${name}` : '';
    first = single ? name : '';
    firstAt = event.timeStamp;
    if ((chord && fire(chord, event)) || fire(name, event)) {
        event.preventDefault();
        if (chord) first = '';
    }
}

/** Begins to listen. */
export function start() {
    document.addEventListener('keydown', press);
}

// Lines of logs, as many as there are, of which only those in view are elements. Newest first where one searches; newest last while
// one follows, and then scrolling up lets new ones wait.
import { h, html, useEffect, useLayoutEffect, useRef, useState } from '../html.js';
import { accountId } from '../format.js';
import { Pieces } from './pieces.js';
import { severityWord } from '../model/log-text.js';

/** @typedef {import("../../types/shapes.js").LogRow} LogRow */

/** Height of a row, and of one on a narrow screen, where it has two lines; the same as in the styles. */
const ROW = 22;
const NARROW_ROW = 44;
/** Rows above and below the view that are elements too. */
const MARGIN = 12;
/** Characters of a line that are shown in a row. */
const SHOWN = 600;

/** @type {WeakMap<LogRow, number>} */
const numbers = new WeakMap();
let last = 0;

/**
 * A number for a row that stays the same while it is in the page.
 * @param {LogRow} row
 */
function numberOf(row) {
    let number = numbers.get(row);
    if (number === undefined) {
        last += 1;
        number = last;
        numbers.set(row, number);
    }
    return number;
}

/** @returns {number} */
function useRowHeight() {
    const [narrow, setNarrow] = useState(() => matchMedia('(max-width: 860px)').matches);
    useEffect(() => {
        const media = matchMedia('(max-width: 860px)');
        const changed = () => setNarrow(media.matches);
        media.addEventListener('change', changed);
        return () => media.removeEventListener('change', changed);
    }, []);
    return narrow ? NARROW_ROW : ROW;
}

/**
 * @param {{ rows: LogRow[], words: string[], opened?: string, following: boolean, waiting: number, time: (ms: number) => string,
 *   onOpen: (row: LogRow) => void, onEnd?: () => void, onAway: () => void, onBack: () => void, foot?: import("../html.js").Child,
 *   withAccount?: boolean }} props
 *   `following`: newest last, stick to the end; `onAway` and `onBack` tell that the end was left and reached again
 */
export function LogList({ rows, words, opened, following, waiting, time, onOpen, onEnd, onAway, onBack, foot, withAccount = false }) {
    const scroll = useRef(/** @type {HTMLDivElement | null} */ (null));
    const height = useRowHeight();
    const [view, setView] = useState({ top: 0, size: 600 });
    const [cursor, setCursor] = useState(-1);
    const lastTop = useRef(0);
    const atEnd = useRef(true);

    useLayoutEffect(() => {
        const element = scroll.current;
        if (!element) return undefined;
        const measure = () => setView({ top: element.scrollTop, size: element.clientHeight });
        const observer = new ResizeObserver(measure);
        observer.observe(element);
        measure();
        return () => observer.disconnect();
    }, []);
    useLayoutEffect(() => {
        const element = scroll.current;
        if (!element || !following || waiting > 0 || !atEnd.current) return;
        element.scrollTop = element.scrollHeight;
        lastTop.current = element.scrollTop;
    }, [rows, following, waiting, height]);
    useLayoutEffect(() => {
        const element = scroll.current;
        if (!element) return;
        atEnd.current = true;
        element.scrollTop = following ? element.scrollHeight : 0;
        lastTop.current = element.scrollTop;
    }, [following]);

    const scrolled = () => {
        const element = scroll.current;
        if (!element) return;
        const { scrollTop, clientHeight, scrollHeight } = element;
        const below = scrollHeight - scrollTop - clientHeight;
        if (following) {
            if (scrollTop < lastTop.current && below > height) {
                atEnd.current = false;
                onAway();
            } else if (below <= height && !atEnd.current) {
                atEnd.current = true;
                onBack();
            }
        } else if (onEnd && below < clientHeight) {
            onEnd();
        }
        lastTop.current = scrollTop;
        setView({ top: scrollTop, size: clientHeight });
    };
    const toEnd = () => {
        atEnd.current = true;
        onBack();
    };
    const go = (/** @type {number} */ index) => {
        const to = Math.min(Math.max(index, 0), rows.length - 1);
        setCursor(to);
        const element = scroll.current;
        if (!element) return;
        if (to * height < element.scrollTop) element.scrollTop = to * height;
        else if ((to + 1) * height > element.scrollTop + element.clientHeight) element.scrollTop = (to + 1) * height - element.clientHeight;
    };
    const keyed = (/** @type {KeyboardEvent} */ event) => {
        const page = Math.max(1, Math.floor(view.size / height) - 1);
        const steps = {
            ArrowDown: cursor + 1,
            ArrowUp: cursor - 1,
            j: cursor + 1,
            k: cursor - 1,
            PageDown: cursor + page,
            PageUp: cursor - page,
            Home: 0,
            End: rows.length - 1,
        };
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const row = rows[cursor];
        if (event.key === 'Enter' && row) onOpen(row);
        else if (event.key in steps) go(steps[/** @type {keyof typeof steps} */ (event.key)]);
        else return;
        event.preventDefault();
        event.stopPropagation();
    };

    const first = Math.max(0, Math.floor(view.top / height) - MARGIN);
    const end = Math.min(rows.length, Math.ceil((view.top + view.size) / height) + MARGIN);
    const current = rows[cursor];
    return html`<div class=${'log-list' + (withAccount ? ' with-account' : '')}>
    <div class="log-scroll" ref=${scroll} tabindex="0" role="listbox" aria-label="Log records" data-own-keys="rows" data-rows=${rows.length}
      aria-activedescendant=${current ? 'log-' + numberOf(current) : undefined} onScroll=${scrolled} onKeyDown=${keyed}>
      <div class="log-space" role="presentation" style=${{ height: rows.length * height + 'px' }}>
        <div role="presentation" style=${{ transform: 'translateY(' + first * height + 'px)' }}>
          ${rows.slice(first, end).map((row, at) =>
              h(Line, {
                  key: numberOf(row),
                  row,
                  words,
                  time,
                  onOpen,
                  withAccount,
                  number: numberOf(row),
                  here: first + at === cursor,
                  open: row.id !== undefined && row.id === opened,
              }),
          )}
        </div>
      </div>
      ${foot ? html`<div class="log-foot">${foot}</div>` : null}
    </div>
    ${following && waiting > 0 ? html`<button class="button primary log-new" onClick=${toEnd}>+${waiting.toLocaleString('en')} new</button>` : null}
  </div>`;
}

/**
 * @param {{ row: LogRow, number: number, words: string[], here: boolean, open: boolean, time: (ms: number) => string, onOpen: (row: LogRow) => void, withAccount: boolean }} props
 */
function Line({ row, number, words, here, open, time, onOpen, withAccount }) {
    const word = severityWord(row.severity);
    return html`<div id=${'log-' + number} class=${'log-line sev-' + word.toLowerCase() + (here ? ' is-cursor' : '') + (open ? ' is-selected' : '')}
    role="option" aria-selected=${open ? 'true' : 'false'} onClick=${() => onOpen(row)}>
    <span class="log-time">${time(row.at)}</span>
    <span class="log-sev" title=${row.severity_text}>${word === '-' ? '' : word}</span>
    ${withAccount ? html`<span class="log-account">${accountId(row.account)}</span>` : null}
    <span class="log-source" title=${row.source}>${h(Pieces, { text: row.source, max: 120 })}</span>
    <span class="log-body" dir="ltr">${h(Pieces, { text: row.body, words, max: SHOWN })}${row.cut || row.body.length > SHOWN ? html`<span class="faint"> ...</span>` : null}</span>
  </div>`;
}

// The side panel of a log record: it has its own address (`record=`), and walks along the list behind it.
import { h, html } from '../html.js';
import { useAnswer } from '../api.js';
import { clockMillis } from '../format.js';
import { severityWord } from '../model/log-text.js';
import { withField } from '../model/log-query.js';
import { iso } from '../model/range.js';
import { setParams } from '../router.js';
import { Failed, Skeleton } from './empty.js';
import { Icon } from './icon.js';
import { CopyButton } from './link.js';
import { LogRecordBody } from './log-record.js';
import { Panel } from './panel.js';

/** @typedef {import("../../types/shapes.js").LogRow} LogRow */
/** @typedef {import("../../types/shapes.js").LogRecord} LogRecord */

/** How much around a record is shown by "around". */
const AROUND_MS = 60_000;

/**
 * @param {{ id: string, loose: LogRow | null, words: string[], rows: LogRow[], query: string, onOpen: (row: LogRow) => void, onClose: () => void, onAdd: (query: string) => void }} props
 *   `loose`: a record that is not kept, so that its row is all there is
 */
export function LogPanel({ id, loose, words, rows, query, onOpen, onClose, onAdd }) {
    const asked = loose === null ? 'logs/' + encodeURIComponent(id) : null;
    const answer = useAnswer(asked);
    const row = loose ?? rows.find((one) => one.id === id);
    const given = /** @type {LogRecord | null} */ (answer.data);
    const record = loose ? wholeOf(loose) : given?.id === id ? given : null;
    const at = row ? rows.indexOf(row) : -1;
    const step = (/** @type {number} */ by) => {
        const next = rows[at + by];
        if (next) onOpen(next);
    };
    const title = row ?? record;
    return h(
        Panel,
        {
            wide: true,
            label: 'Log record',
            close: onClose,
            title: title
                ? html`<span class=${'log-sev sev-' + severityWord(title.severity).toLowerCase()}>${severityWord(title.severity)}</span> <span class="mono">${clockMillis(title.at)}</span>`
                : 'Log record',
            tools: html`
      <button type="button" class="button quiet icon" disabled=${at <= 0} aria-label="Record above" title="Record above" onClick=${() => step(-1)}>${h(Icon, { name: 'left' })}</button>
      <button type="button" class="button quiet icon" disabled=${at < 0 || at + 1 >= rows.length} aria-label="Record below" title="Record below" onClick=${() => step(1)}>${h(Icon, { name: 'right' })}</button>
      ${record ? h(CopyButton, { text: JSON.stringify(record, null, 2), what: 'the record as JSON' }) : null}`,
            foot: title
                ? html`<button type="button" class="button" onClick=${() => setParams({ from: iso(title.at - AROUND_MS), to: iso(title.at + AROUND_MS), q: null, sev: null, live: null })}>Lines around this one</button>`
                : null,
        },
        record
            ? h(LogRecordBody, { record, words, onAdd: (key, value, op) => onAdd(withField(query, key, value, op)) })
            : answer.error
              ? h(Failed, { error: answer.error, again: answer.reload })
              : h(Skeleton, { rows: 8 }),
    );
}

/**
 * @param {LogRow} row
 * @returns {LogRecord}
 */
function wholeOf(row) {
    return { ...row, stream: '', whole: row.body, attributes: {}, resource: {} };
}

// A whole log record beside the list: its body, and its attributes, each value of which can be added to the search.
import { h, html, useState } from '../html.js';
import { CopyButton } from './link.js';
import { Pieces } from './pieces.js';
import { severityWord, valueText, wholeText } from '../model/log-text.js';

/** @typedef {import("../../types/shapes.js").LogRecord} LogRecord */
/** @typedef {(key: string, value: string, op: "=" | "!=") => void} Add */

/** Characters of a body that are set out at once; more on a click. */
const FIRST = 20_000;

/**
 * @param {{ record: LogRecord, words: string[], onAdd: Add }} props
 */
export function LogRecordBody({ record, words, onAdd }) {
    const [all, setAll] = useState(false);
    const body = wholeText(record.whole);
    const word = severityWord(record.severity);
    const arrived = record.observed ? Date.parse(record.observed) : undefined;
    return html`<div class="stack log-record">
    <dl class="pairs">
      <dt>time</dt><dd class="mono">${new Date(record.at).toISOString().replace('T', ' ').replace('Z', ' UTC')}${arrived ? html` <span class="faint">arrived ${delayText(arrived - record.at)} later</span>` : null}</dd>
      <dt>severity</dt><dd>${h(Value, { name: 'sev', value: word.toLowerCase(), onAdd, plain: word === '-' })}${record.severity_text && record.severity_text !== word ? html` <span class="faint">${record.severity_text}</span>` : null}</dd>
      <dt>source</dt><dd>${h(Value, { name: 'source', value: record.source, onAdd })}</dd>
      ${record.stream ? html`<dt>stream</dt><dd class="mono">${h(Pieces, { text: record.stream })}</dd>` : null}
      <dt>account</dt><dd>${h(Value, { name: 'account', value: record.account, onAdd })}</dd>
      <dt>tenant</dt><dd>${h(Value, { name: 'tenant', value: record.tenant, onAdd, plain: record.tenant === '' })}</dd>
    </dl>
    <section>
      <div class="row"><h3>Body</h3><span class="faint">${body.length.toLocaleString('en')} characters</span>
        <span class="push"></span>${h(CopyButton, { text: valueText(record.whole), what: 'the body', label: 'Copy' })}</div>
      <pre class="log-whole" tabindex="0" dir="ltr">${h(Pieces, { text: body, words, multiline: true, max: all ? Infinity : FIRST })}</pre>
      ${body.length > FIRST && !all ? html`<button class="button small" onClick=${() => setAll(true)}>Show all ${body.length.toLocaleString('en')} characters</button>` : null}
    </section>
    ${h(Attributes, { title: 'Attributes', values: record.attributes, onAdd })}
    ${h(Attributes, { title: 'Resource', values: record.resource, onAdd })}
  </div>`;
}

/**
 * @param {{ title: string, values: Record<string, unknown>, onAdd: Add }} props
 */
function Attributes({ title, values, onAdd }) {
    const entries = Object.entries(values);
    if (entries.length === 0) return null;
    return html`<section>
    <h3>${title}</h3>
    <dl class="pairs attributes">
      ${entries.map(([name, value]) => html`<dt key=${'n' + name}>${h(Pieces, { text: name })}</dt><dd key=${'v' + name}>${h(Value, { name, value: valueText(value), onAdd })}</dd>`)}
    </dl>
  </section>`;
}

/**
 * A value that is added to the search by a click; the button beside it leaves such records out.
 * @param {{ name: string, value: string, onAdd: Add, plain?: boolean }} props
 */
function Value({ name, value, onAdd, plain = false }) {
    if (plain) return html`<span class="faint">-</span>`;
    return html`<span class="value">
    <button class="value-add" title="Add to the search" onClick=${() => onAdd(name, value, '=')}>${h(Pieces, { text: value, multiline: true, max: 4000 })}</button>
    <button class="value-not" title="Leave such records out" aria-label=${'Leave out ' + name} onClick=${() => onAdd(name, value, '!=')}>${'\u2260'}</button>
  </span>`;
}

/**
 * @param {number} ms
 */
function delayText(ms) {
    if (ms < 1000) return Math.max(0, Math.round(ms)) + ' ms';
    return ms < 120_000 ? (ms / 1000).toFixed(1) + ' s' : Math.round(ms / 60_000) + ' min';
}

// The words of a search in logs: free text, "phrase", -word, sev>=warn, key=value, key!=value, key~regex. The server alone decides
// what they match; the page takes them apart to colour them, to mark hits, and to add a value that was clicked.

/**
 * A word of a query and where it stands.
 * @typedef {{ kind: "word" | "phrase" | "not" | "severity" | "field" | "space", text: string, key?: string, op?: string, value?: string }} Token
 */

/** What can be asked, for people. */
export const HELP = [
    { example: 'timeout', meaning: 'lines with that text, whatever the case' },
    { example: '"connection reset"', meaning: 'lines with exactly these words in a row' },
    { example: '-healthcheck', meaning: 'lines without it' },
    { example: 'sev>=warn', meaning: 'at that severity or above: trace, debug, info, warn, error, fatal' },
    { example: 'source=/aws/lambda/checkout', meaning: 'of that log group; account and tenant are asked for in the same way' },
    { example: 'status=500', meaning: 'with that attribute' },
    { example: 'status!=200', meaning: 'with another value, or without the attribute' },
    { example: 'path~^/api/v[12]/', meaning: 'with an attribute that matches a regular expression' },
];

/** A key and its operator, as the server reads them: only severities are compared. */
const FIELD = /^([A-Za-z_@][A-Za-z0-9_.@/-]*)(!=|=|~)|^(sev|severity)(>=|<=|=|>|<)/;

/**
 * All of a query in pieces, so that joining the texts gives the query again.
 * @param {string} query
 * @returns {Token[]}
 */
export function tokens(query) {
    /** @type {Token[]} */
    const out = [];
    let at = 0;
    while (at < query.length) {
        const end = /\s/.test(query[at] ?? '') ? endOfSpace(query, at) : endOfWord(query, at);
        out.push(token(query.slice(at, end)));
        at = end;
    }
    return out;
}

/**
 * @param {string} query
 * @param {number} at
 */
function endOfSpace(query, at) {
    while (at < query.length && /\s/.test(query[at] ?? '')) at += 1;
    return at;
}

/**
 * Where a value stands in a word: behind a `-`, or behind a key and its operator.
 * @param {string} word
 */
function valueAt(word) {
    const field = FIELD.exec(word);
    return field ? field[0].length : word.startsWith('-') ? 1 : 0;
}

/**
 * A word ends at a space, and one whose value begins with a quote at the next quote.
 * @param {string} query
 * @param {number} at
 */
function endOfWord(query, at) {
    const value = at + valueAt(query.slice(at));
    const space = /\s/g;
    space.lastIndex = value;
    if (query[value] !== '"') return space.exec(query)?.index ?? query.length;
    for (let end = value + 1; end < query.length; end += 1) {
        if (query[end] === '\\') end += 1;
        else if (query[end] === '"') return end + 1;
    }
    return query.length;
}

/**
 * @param {string} text
 * @returns {Token}
 */
function token(text) {
    if (/^\s/.test(text)) return { kind: 'space', text };
    const value = unquoted(text.slice(valueAt(text)));
    const field = FIELD.exec(text);
    if (field) {
        const key = field[1] ?? field[3] ?? '';
        return { kind: key === 'sev' || key === 'severity' ? 'severity' : 'field', text, key, op: field[2] ?? field[4] ?? '', value };
    }
    if (text.startsWith('-') && text.length > 1) return { kind: 'not', text, value };
    return { kind: text.startsWith('"') ? 'phrase' : 'word', text, value };
}

/**
 * @param {string} text
 * @returns {string}
 */
function unquoted(text) {
    if (!text.startsWith('"')) return text;
    const inner = text.length > 1 && text.endsWith('"') ? text.slice(1, -1) : text.slice(1);
    return inner.replace(/\\(.)/gs, '$1');
}

/**
 * What to mark in lines: words and phrases that are wanted.
 * @param {string} query
 * @returns {string[]}
 */
export function wanted(query) {
    return tokens(query)
        .filter(({ kind }) => kind === 'word' || kind === 'phrase')
        .map(({ value = '' }) => value)
        .filter((value) => value.length > 0);
}

/**
 * The query with `key=value` (or `!=`) added; the same one when it is there already.
 * @param {string} query
 * @param {string} key
 * @param {string} value
 * @param {"=" | "!="} [op]
 * @returns {string}
 */
export function withField(query, key, value, op = '=') {
    // What cannot be a key is searched for as a text.
    const term = KEY.test(key) ? key + op + quoted(value) : (op === '=' ? '' : '-') + phrase(value);
    const there = tokens(query).some(({ text }) => text === term);
    return there ? query : [query.trim(), term].filter((part) => part.length > 0).join(' ');
}

const KEY = /^[A-Za-z_@][A-Za-z0-9_.@/-]*$/;

/** @param {string} text */
const phrase = (text) => '"' + text.replace(/["\\]/g, '\\$&') + '"';

/**
 * @param {string} value
 * @returns {string}
 */
export function quoted(value) {
    return value === '' || value.startsWith('"') || /\s/.test(value) ? phrase(value) : value;
}

/** Severities that can be asked for with a chip, and the least number of each. */
export const SEVERITIES = /** @type {const} */ ([
    { word: 'fatal', label: 'FATAL', least: 21 },
    { word: 'error', label: 'ERROR', least: 17 },
    { word: 'warn', label: 'WARN', least: 13 },
    { word: 'info', label: 'INFO', least: 9 },
    { word: 'debug', label: 'DEBUG', least: 5 },
]);

/**
 * What is wrong with a query as far as it can be seen without the server: someone has begun a quote.
 * @param {string} query
 * @returns {string | undefined}
 */
export function fault(query) {
    const last = tokens(query).findLast(({ kind }) => kind !== 'space');
    const value = last ? last.text.slice(valueAt(last.text)) : '';
    return value.startsWith('"') && !/^"(?:[^"\\]|\\.)*"$/s.test(value) ? 'a quote is opened and not closed' : undefined;
}

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

const FIELD = /^(-?)([A-Za-z_@][\w.@/-]*?)(>=|<=|!=|=|~|>|<)(.*)$/s;

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
 * A word ends at a space that is not between quotes.
 * @param {string} query
 * @param {number} at
 */
function endOfWord(query, at) {
    let quoted = false;
    for (; at < query.length; at += 1) {
        const letter = query[at];
        if (quoted && letter === '\\') at += 1;
        else if (letter === '"') quoted = !quoted;
        else if (!quoted && /\s/.test(letter ?? '')) break;
    }
    return Math.min(at, query.length);
}

/**
 * @param {string} text
 * @returns {Token}
 */
function token(text) {
    if (/^\s/.test(text)) return { kind: 'space', text };
    const field = text.startsWith('"') ? null : FIELD.exec(text);
    if (field) {
        const [, , key = '', op = '', value = ''] = field;
        const kind = key === 'sev' || key === 'severity' ? 'severity' : 'field';
        return { kind, text, key, op, value: unquoted(value) };
    }
    if (text.startsWith('-') && text.length > 1) return { kind: 'not', text, value: unquoted(text.slice(1)) };
    return { kind: text.startsWith('"') ? 'phrase' : 'word', text, value: unquoted(text) };
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
    const term = key + op + quoted(value);
    const there = tokens(query).some(({ text }) => text === term);
    return there ? query : [query.trim(), term].filter((part) => part.length > 0).join(' ');
}

/**
 * @param {string} value
 * @returns {string}
 */
export function quoted(value) {
    return value === '' || /[\s"\\]/.test(value) ? '"' + value.replace(/["\\]/g, '\\$&') + '"' : value;
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
 * What is wrong with a query as far as it can be seen without the server.
 * @param {string} query
 * @returns {string | undefined}
 */
export function fault(query) {
    if (open(query)) return 'a quote is opened and not closed';
    for (const { kind, op, key, value } of tokens(query)) {
        if (kind !== 'field' || op !== '~' || value === undefined) continue;
        try {
            void new RegExp(value);
        } catch {
            return 'the pattern of ' + key + ' is not a regular expression';
        }
    }
    return undefined;
}

/**
 * Whether a quote is still open at the end.
 * @param {string} query
 */
function open(query) {
    let quoted = false;
    for (let at = 0; at < query.length; at += 1) {
        if (quoted && query[at] === '\\') at += 1;
        else if (query[at] === '"') quoted = !quoted;
    }
    return quoted;
}

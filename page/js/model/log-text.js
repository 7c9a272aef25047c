// Log lines are written by strangers. This makes what is in them visible and harmless: control characters become symbols, marks that
// turn the direction of writing become names, and nothing is ever markup. What comes out are pieces of text; parts/log-list.js puts
// them into text nodes.

/**
 * A piece of a line: plain text, the symbol of a character that would not be seen, or a hit of the search.
 * @typedef {{ text: string, kind: "text" | "symbol" | "hit", title?: string }} Piece
 */

/** Names of control characters, as ASCII has them: fonts have these letters, and few have the symbols of Unicode. */
const CONTROLS = 'NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'.split(' ');

/** Characters that change how others are shown: direction marks, joiners, the byte order mark, line and paragraph separators. */
const INVISIBLE = new Map([
    [0x00ad, 'SHY'],
    [0x061c, 'ALM'],
    [0x180e, 'MVS'],
    [0x200b, 'ZWSP'],
    [0x200c, 'ZWNJ'],
    [0x200d, 'ZWJ'],
    [0x200e, 'LRM'],
    [0x200f, 'RLM'],
    [0x2028, 'LSEP'],
    [0x2029, 'PSEP'],
    [0x202a, 'LRE'],
    [0x202b, 'RLE'],
    [0x202c, 'PDF'],
    [0x202d, 'LRO'],
    [0x202e, 'RLO'],
    [0x2060, 'WJ'],
    [0x2066, 'LRI'],
    [0x2067, 'RLI'],
    [0x2068, 'FSI'],
    [0x2069, 'PDI'],
    [0xfeff, 'BOM'],
]);

// Control characters of C0 and C1 and those above; a tab and a line's end are told apart below.
const SPECIAL =
    /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\ufffd]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/**
 * The symbol that stands for a character that is not seen, and its name.
 * @param {number} code
 * @returns {{ symbol: string, title: string }}
 */
export function symbolOf(code) {
    const hex = 'U+' + code.toString(16).toUpperCase().padStart(4, '0');
    if (code === 0x09) return { symbol: '\u2192', title: 'tab ' + hex };
    if (code === 0x0a) return { symbol: '\u21b5', title: 'end of line ' + hex };
    const control = code === 0x7f ? 'DEL' : CONTROLS[code];
    if (control !== undefined) return { symbol: control, title: 'control character ' + hex };
    const name = INVISIBLE.get(code);
    if (name !== undefined) return { symbol: name, title: 'invisible character ' + hex };
    return { symbol: hex, title: 'character ' + hex };
}

/**
 * A line as pieces, of which none is dangerous.
 * @param {string} text
 * @param {{ words?: string[], multiline?: boolean, max?: number }} [how] `words` are marked as hits; with `multiline` line ends and
 *   tabs stay what they are, else they become symbols; after `max` characters the rest is left out.
 * @returns {Piece[]}
 */
export function pieces(text, { words = [], multiline = false, max = Infinity } = {}) {
    const shown = text.length > max ? text.slice(0, max) : text;
    /** @type {Piece[]} */
    const out = [];
    let from = 0;
    for (const match of shown.matchAll(SPECIAL)) {
        const code = match[0].charCodeAt(0);
        if (multiline && (code === 0x0a || code === 0x09)) continue;
        if (match.index > from) hits(shown.slice(from, match.index), words, out);
        const { symbol, title } = symbolOf(code);
        out.push({ text: symbol, kind: 'symbol', title });
        from = match.index + 1;
    }
    if (from < shown.length) hits(shown.slice(from), words, out);
    return out;
}

/**
 * Cuts text where the words of the search are, whatever their case.
 * @param {string} text
 * @param {string[]} words
 * @param {Piece[]} out
 */
function hits(text, words, out) {
    const wanted = words.filter((word) => word.length > 0).map((word) => word.toLowerCase());
    const lower = text.toLowerCase();
    // A few letters change their length in lower case: then nothing can be marked at the right place.
    if (wanted.length === 0 || lower.length !== text.length) {
        out.push({ text, kind: 'text' });
        return;
    }
    let from = 0;
    while (from < text.length) {
        let at = -1;
        let length = 0;
        for (const word of wanted) {
            const found = lower.indexOf(word, from);
            if (found >= 0 && (at < 0 || found < at || (found === at && word.length > length))) {
                at = found;
                length = word.length;
            }
        }
        if (at < 0) break;
        if (at > from) out.push({ text: text.slice(from, at), kind: 'text' });
        out.push({ text: text.slice(at, at + length), kind: 'hit' });
        from = at + length;
    }
    if (from < text.length) out.push({ text: text.slice(from), kind: 'text' });
}

/**
 * The word for a severity number of OTLP, four letters or five.
 * @param {number} severity
 * @returns {"FATAL" | "ERROR" | "WARN" | "INFO" | "DEBUG" | "TRACE" | "-"}
 */
export function severityWord(severity) {
    if (severity >= 21) return 'FATAL';
    if (severity >= 17) return 'ERROR';
    if (severity >= 13) return 'WARN';
    if (severity >= 9) return 'INFO';
    if (severity >= 5) return 'DEBUG';
    return severity >= 1 ? 'TRACE' : '-';
}

/**
 * A value of an attribute as text: texts as they are, all else as JSON.
 * @param {unknown} value
 * @returns {string}
 */
export function valueText(value) {
    return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/**
 * The whole body as text for reading: objects are set out over lines.
 * @param {unknown} whole
 * @returns {string}
 */
export function wholeText(whole) {
    if (typeof whole !== 'string') return JSON.stringify(whole, null, 2) ?? '';
    const trimmed = whole.trimStart();
    if (!trimmed.startsWith('{') && !trimmed.startsWith('[')) return whole;
    try {
        return JSON.stringify(JSON.parse(whole), null, 2);
    } catch {
        return whole;
    }
}

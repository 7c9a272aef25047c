/** Colours for YAML as rules are written: lines of tokens, whose texts together are the line. Pure, and no parser. */

/** @typedef {{ kind: 'key' | 'string' | 'number' | 'comment' | 'name' | 'mark' | 'text', text: string }} Token */

/** `- alert: Name`, with or without what it is an item of. */
const NAME = /^(\s*)(- )?(alert|record)(:)(\s+)(\S+)(.*)$/;
const KEY = /^(\s*(?:- )*)("[^"]*"|'[^']*'|[\w.$/-]+)(:)(?=\s|$)(.*)$/;

/** Where a comment begins that is not inside of quotes; -1 without one. @param {string} line */
function commentAt(line) {
    let quote = '';
    for (let i = 0; i < line.length; i += 1) {
        const letter = line[i] ?? '';
        if (quote) {
            if (letter === '\\' && quote === '"') i += 1;
            else if (letter === quote) quote = '';
        } else if (letter === '"' || letter === "'") quote = letter;
        else if (letter === '#' && (i === 0 || /\s/.test(line[i - 1] ?? ''))) return i;
    }
    return -1;
}

/** What stands behind a key. @param {string} text @returns {Token[]} */
function values(text) {
    /** @type {Token[]} */
    const out = [];
    for (const [part] of text.matchAll(/"(?:[^"\\]|\\.)*"?|'[^']*'?|[\[\]{},]|\s+|[^\s"'[\]{},]+/g)) {
        if (/^["']/.test(part)) out.push({ kind: 'string', text: part });
        else if (/^[[\]{},|>&*-]+$/.test(part)) out.push({ kind: 'mark', text: part });
        else if (/^[-+]?\d[\d_.]*(?:%|[a-zA-Z]{0,3})$/.test(part) || /^(true|false|null|off|on)$/.test(part))
            out.push({ kind: 'number', text: part });
        else if (/^[\w-]+:$/.test(part)) out.push({ kind: 'key', text: part.slice(0, -1) }, { kind: 'mark', text: ':' });
        else out.push({ kind: 'text', text: part });
    }
    return out;
}

/** @param {string} code @returns {Token[]} */
function tokens(code) {
    const name = NAME.exec(code);
    if (name) {
        const [, indent = '', item = '', key = '', colon = '', space = '', value = '', rest = ''] = name;
        return [
            { kind: 'mark', text: indent + item },
            { kind: 'key', text: key },
            { kind: 'mark', text: colon + space },
            { kind: 'name', text: value },
            ...values(rest),
        ];
    }
    const pair = KEY.exec(code);
    if (!pair) return values(code);
    const [, indent = '', key = '', colon = '', rest = ''] = pair;
    return [{ kind: 'mark', text: indent }, { kind: 'key', text: key }, { kind: 'mark', text: colon }, ...values(rest)];
}

/**
 * The lines of a text and their tokens. Blocks of text (`>-`, `|`) are text.
 * @param {string} source @returns {Token[][]}
 */
export function highlighted(source) {
    let block = -1;
    return source.split('\n').map((line) => {
        const indent = line.search(/\S/);
        if (block >= 0 && (indent < 0 || indent > block)) return line ? [/** @type {Token} */ ({ kind: 'string', text: line })] : [];
        block = -1;
        const at = commentAt(line);
        const code = at < 0 ? line : line.slice(0, at);
        if (/[|>][-+]?\s*$/.test(code) && /:\s*[|>][-+]?\s*$/.test(code)) block = Math.max(0, indent);
        const found = tokens(code).filter(({ text }) => text !== '');
        return at < 0 ? found : [...found, { kind: 'comment', text: line.slice(at) }];
    });
}

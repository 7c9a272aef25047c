/** The command that shows the same as the page. Pure. */

/** @param {string} text */
const quoted = (text) => (/^[\w.,:=@%+/-]+$/.test(text) ? text : `'${text.replace(/'/g, "'\\''")}'`);

/** @param {string} command @param {Record<string, string>} options those that are empty are left out */
export function command(command, options) {
    return Object.entries(options).filter(([, value]) => value).reduce((line, [name, value]) => `${line} --${name} ${quoted(value)}`, `fanin ${command}`);
}

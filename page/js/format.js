/** Numbers, times and names as people read them. Pure. */

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `1234-5678-9012`; anything else as it is. @param {string} id */
export const accountId = (id) => (/^\d{12}$/.test(id) ? `${id.slice(0, 4)}-${id.slice(4, 8)}-${id.slice(8)}` : id);

/** Digits of an id as it was pasted. @param {string} text */
export const accountDigits = (text) => text.replace(/[\s-]/g, '');

/** `6,012`. @param {number} n */
export const count = (n) => whole.format(n);

/** `1 account`, `6,012 accounts`. @param {number} n @param {string} one @param {string} [many] */
export const counted = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

/** @param {number} n @param {number} base @param {string[]} units */
function scaled(n, base, units) {
    let i = 0;
    let size = Math.abs(n);
    while (size >= base && i < units.length - 1) {
        size /= base;
        i += 1;
    }
    const digits = size >= 100 || (i === 0 && Number.isInteger(size)) ? 0 : size >= 10 ? 1 : 2;
    return `${n < 0 ? '-' : ''}${size.toFixed(digits)}${units[i]}`;
}

/** `48.2k`. @param {number} n */
export const short = (n) => (Math.abs(n) < 1000 ? scaled(n, 1000, ['']) : scaled(n, 1000, ['', 'k', 'M', 'G', 'T']));

/** `1.40 GB`. @param {number} n */
export const bytes = (n) => scaled(n, 1000, [' B', ' kB', ' MB', ' GB', ' TB', ' PB']);

/** `212/s`, `0.4/s`. @param {number} n */
export const rate = (n) => `${n > 0 && n < 0.1 ? '<0.1' : n < 10 ? trim(n.toFixed(1)) : short(n)}/s`;

/** @param {string} text */
const trim = (text) => text.replace(/\.0+$/, '');

/** `0.9 %`; `<0.1 %` where it is nearly nothing. @param {number} share */
export function percent(share) {
    const n = share * 100;
    if (n > 0 && n < 0.1) return '<0.1 %';
    return `${n >= 10 || n === 0 ? Math.round(n) : trim(n.toFixed(1))} %`;
}

/** `12 s`, `4 min`, `3 h 5 min`, `2 d`. @param {number} seconds */
export function duration(seconds) {
    const s = Math.max(0, Math.round(seconds));
    if (s < 60) return `${s} s`;
    if (s < 3600) return `${Math.floor(s / 60)} min`;
    if (s < 86400) {
        const minutes = Math.floor((s % 3600) / 60);
        return s < 36000 && minutes ? `${Math.floor(s / 3600)} h ${minutes} min` : `${Math.floor(s / 3600)} h`;
    }
    return `${Math.floor(s / 86400)} d`;
}

/** `4m`, `38m`, `3h`, `9d`: for columns. @param {number} seconds */
export function brief(seconds) {
    const s = Math.max(0, Math.round(seconds));
    if (s < 60) return `${s}s`;
    if (s < 3600) return `${Math.floor(s / 60)}m`;
    return s < 172800 ? `${Math.floor(s / 3600)}h` : `${Math.floor(s / 86400)}d`;
}

/** Milliseconds of a time of the API. @param {string | number} time */
export const millis = (time) => (typeof time === 'number' ? time : Date.parse(time));

/** `14:06:11`, here. @param {string | number} time */
export const clock = (time) => new Date(time).toLocaleTimeString('en-GB');

/** `14:06`, here. @param {string | number} time */
export const hourMinute = (time) => clock(time).slice(0, 5);

/** `14:06:11.204`, here. @param {number} time */
export const clockMillis = (time) => `${clock(time)}.${String(new Date(time).getMilliseconds()).padStart(3, '0')}`;

/** `28 Nov 14:06`, here; the clock alone where it is of the same day. @param {string | number} time @param {number} now */
export function moment(time, now) {
    const at = new Date(time);
    const day = at.toDateString() === new Date(now).toDateString() ? '' : `${at.getDate()} ${at.toLocaleString('en-GB', { month: 'short' })} `;
    return day + hourMinute(at.getTime());
}

/** The whole of it, for tooltips. @param {string | number} time */
export const whole_time = (time) => new Date(time).toISOString().replace('T', ' ').replace(/\.\d+Z$/, ' UTC');

const STATES = /** @type {const} */ ({ ok: 'OK', pending: 'Pending', no_data: 'No data', error: 'Error', warning: 'Warning', critical: 'Critical' });

/** @param {import('../types/shapes').State} state */
export const stateWord = (state) => STATES[state] ?? state;

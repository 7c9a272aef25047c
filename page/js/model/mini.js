/** Where the cells of a small map are: one field of all accounts in the order of the directory. Pure. */

const LEAST = 3;
const MOST = 12;

/** @typedef {{ pitch: number, cols: number, rows: number, count: number }} Mini */

/** Cells as large as fit; smaller than that nobody could tell them apart, so then the field is taller. @param {number} width @param {number} height @param {number} count @returns {Mini} */
export function mini(width, height, count) {
    let pitch = Math.min(MOST, Math.max(LEAST, Math.floor(Math.sqrt((width * height) / Math.max(1, count)))));
    const rowsAt = (/** @type {number} */ size) => Math.ceil(count / Math.max(1, Math.floor(width / size)));
    while (pitch > LEAST && rowsAt(pitch) * pitch > height) pitch -= 1;
    return { pitch, cols: Math.max(1, Math.floor(width / pitch)), rows: rowsAt(pitch), count };
}

/** Corner of a cell. @param {Mini} map @param {number} at */
export const corner = ({ pitch, cols }, at) => ({ x: (at % cols) * pitch, y: Math.floor(at / cols) * pitch });

/** The cell at a point; -1 where there is none. @param {Mini} map @param {number} x @param {number} y */
export function cellAt({ pitch, cols, count }, x, y) {
    const column = Math.floor(x / pitch);
    const at = Math.floor(y / pitch) * cols + column;
    return column < 0 || column >= cols || at < 0 || at >= count ? -1 : at;
}

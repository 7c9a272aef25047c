/**
 * Where the cells of the map are: groups as blocks with a heading, side by side in strips. Pure, and the same for the same input, so
 * that a cell stays where it is as long as the fleet does.
 *
 * @typedef {{ name: string, members: number[] }} Group  members are indexes into the directory, in the order of their cells
 * @typedef {{ name: string, x: number, y: number, width: number, cols: number, rows: number, start: number, count: number }} Block
 *   x and y are of its first cell; its heading is above
 * @typedef {{ pitch: number, width: number, height: number, blocks: Block[], order: Uint32Array, cellOf: Int32Array }} Layout
 *   order: account of each cell; cellOf: cell of each account, -1 without one
 */

/** Height of a heading, with the space above the cells. */
export const HEADING = 24;
const GAP = 14;
const MIN_PITCH = 5;
const MAX_PITCH = 24;
/** Distance of cells where no distance makes them fit: the map is scrolled then. */
const EASY_PITCH = 8;
const NARROWEST = 136;

/** Distance of cells, so that so many fill an area. @param {number} width @param {number} height @param {number} count */
export function pitchFor(width, height, count) {
    return clamp(Math.floor(Math.sqrt((width * height) / Math.max(1, count))), MIN_PITCH, MAX_PITCH);
}

/** @param {number} n @param {number} low @param {number} high */
const clamp = (n, low, high) => Math.max(low, Math.min(high, n));

/**
 * Lays groups out in an area; it becomes taller than the area where they do not fit even with the smallest cells.
 * @param {Group[]} groups @param {number} width @param {number} height @param {number} accounts in the directory @returns {Layout}
 */
export function layout(groups, width, height, accounts) {
    const filled = groups.filter((group) => group.members.length > 0);
    const count = filled.reduce((sum, group) => sum + group.members.length, 0);
    let pitch = pitchFor(width, height, count);
    let placed = place(filled, width, pitch);
    while (placed.height > height * 1.08 && pitch > MIN_PITCH) {
        pitch -= 1;
        placed = place(filled, width, pitch);
    }
    if (placed.height > height * 1.4) {
        pitch = EASY_PITCH;
        placed = place(filled, width, pitch);
    }
    const order = new Uint32Array(count);
    const cellOf = new Int32Array(accounts).fill(-1);
    filled.forEach((group, g) => {
        const start = placed.blocks[g]?.start ?? 0;
        group.members.forEach((account, i) => {
            order[start + i] = account;
            cellOf[account] = start + i;
        });
    });
    return { pitch, width, height: placed.height, blocks: placed.blocks, order, cellOf };
}

/** @param {Group[]} groups @param {number} width @param {number} pitch */
function place(groups, width, pitch) {
    const cols = Math.max(1, Math.floor(width / pitch));
    const gap = Math.ceil(GAP / pitch);
    const least = Math.min(cols, Math.ceil(NARROWEST / pitch));
    const sizes = groups.map((group) => group.members.length);
    /** @type {Block[]} */
    const blocks = [];
    let y = 0;
    let start = 0;
    for (let at = 0; at < groups.length;) {
        const { until, rows } = strip(sizes, at, cols, gap, least);
        const widths = spread(sizes.slice(at, until), rows, cols, gap, least);
        let x = 0;
        for (let i = at; i < until; i += 1) {
            const count = sizes[i] ?? 0;
            const wide = widths[i - at] ?? least;
            const used = Math.min(wide, count);
            blocks.push({ name: groups[i]?.name ?? '', x: x * pitch, y: y + HEADING, width: wide * pitch, cols: used, rows: Math.ceil(count / used), start, count });
            x += wide + gap;
            start += count;
        }
        y += HEADING + rows * pitch + GAP;
        at = until;
    }
    return { blocks, height: Math.max(0, y - GAP) };
}

/** Groups from `at` on that stand beside each other: as many as make the blocks squarer. @param {number[]} sizes @param {number} at @param {number} cols @param {number} gap @param {number} least */
function strip(sizes, at, cols, gap, least) {
    let until = at + 1;
    let rows = rowsFor(sizes.slice(at, until), cols, gap, least);
    let worst = ratio(sizes.slice(at, until), rows, least);
    while (until < sizes.length) {
        const more = sizes.slice(at, until + 1);
        if (more.length * (least + gap) - gap > cols) break;
        const taller = rowsFor(more, cols, gap, least);
        const next = ratio(more, taller, least);
        if (next > worst && rows > 3) break;
        until += 1;
        rows = taller;
        worst = next;
    }
    return { until, rows };
}

/** Fewest rows in which groups fit beside each other. @param {number[]} sizes @param {number} cols @param {number} gap @param {number} least */
function rowsFor(sizes, cols, gap, least) {
    let low = 1;
    let high = Math.max(1, ...sizes.map((size) => Math.ceil(size / least)));
    while (low < high) {
        const middle = (low + high) >> 1;
        if (needed(sizes, middle, gap, least) <= cols) high = middle;
        else low = middle + 1;
    }
    return low;
}

/** @param {number[]} sizes @param {number} rows @param {number} gap @param {number} least */
function needed(sizes, rows, gap, least) {
    return sizes.reduce((sum, size) => sum + Math.max(least, Math.ceil(size / rows)) + gap, -gap);
}

/** How far from a square the worst block is. @param {number[]} sizes @param {number} rows @param {number} least */
function ratio(sizes, rows, least) {
    return Math.max(...sizes.map((size) => {
        const wide = Math.max(least, Math.ceil(size / rows));
        return Math.max(wide / rows, rows / wide);
    }));
}

/** Widths of blocks; what is left over in a strip goes to the larger ones. @param {number[]} sizes @param {number} rows @param {number} cols @param {number} gap @param {number} least */
function spread(sizes, rows, cols, gap, least) {
    const widths = sizes.map((size) => Math.max(least, Math.ceil(size / rows)));
    let spare = cols - widths.reduce((sum, wide) => sum + wide + gap, -gap);
    const most = sizes.indexOf(Math.max(...sizes));
    if (spare > 0 && sizes.length > 0 && spare < cols / 4) {
        const each = Math.floor(spare / sizes.length);
        sizes.forEach((size, i) => {
            if ((widths[i] ?? 0) > least && size > (widths[i] ?? 0)) {
                widths[i] = (widths[i] ?? 0) + each;
                spare -= each;
            }
        });
        if (spare > 0 && (widths[most] ?? 0) > least && rows > 1) widths[most] = (widths[most] ?? 0) + spare;
    }
    return widths;
}

/**
 * The cell at a point; -1 between cells' blocks.
 * @param {Layout} layout @param {number} x @param {number} y
 */
export function hit({ blocks, pitch }, x, y) {
    for (const block of blocks) {
        const column = Math.floor((x - block.x) / pitch);
        const row = Math.floor((y - block.y) / pitch);
        const cell = row * block.cols + column;
        if (column >= 0 && column < block.cols && row >= 0 && cell < block.count) return block.start + cell;
    }
    return -1;
}

/** The block of a cell. @param {Layout} layout @param {number} cell */
export function blockOf({ blocks }, cell) {
    let low = 0;
    let high = blocks.length - 1;
    while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((blocks[middle]?.start ?? 0) <= cell) low = middle;
        else high = middle - 1;
    }
    return low;
}

/** Corner of a cell. @param {Layout} layout @param {number} cell @param {Block} [block] */
export function corner(layout, cell, block = layout.blocks[blockOf(layout, cell)]) {
    if (!block) return { x: 0, y: 0 };
    const at = cell - block.start;
    return { x: block.x + (at % block.cols) * layout.pitch, y: block.y + Math.floor(at / block.cols) * layout.pitch };
}

/** Cells beside these, corners too, without these. @param {Layout} layout @param {number[]} cells */
export function neighbours(layout, cells) {
    const own = new Set(cells);
    const out = new Set();
    for (const cell of cells) {
        const block = layout.blocks[blockOf(layout, cell)];
        if (!block) continue;
        const column = (cell - block.start) % block.cols;
        for (const down of [-block.cols, 0, block.cols]) {
            for (const right of [-1, 0, 1]) {
                const one = cell + down + right;
                const inside = column + right >= 0 && column + right < block.cols && one >= block.start && one < block.start + block.count;
                if (inside && !own.has(one)) out.add(one);
            }
        }
    }
    return [...out];
}

/** Cells that a rectangle touches. @param {Layout} layout @param {{ x: number, y: number, width: number, height: number }} area */
export function within(layout, area) {
    const { pitch } = layout;
    const cells = [];
    for (const block of layout.blocks) {
        const left = Math.max(0, Math.floor((area.x - block.x) / pitch));
        const right = Math.min(block.cols - 1, Math.floor((area.x + area.width - block.x) / pitch));
        const top = Math.max(0, Math.floor((area.y - block.y) / pitch));
        const bottom = Math.min(block.rows - 1, Math.floor((area.y + area.height - block.y) / pitch));
        for (let row = top; row <= bottom; row += 1) {
            for (let column = left; column <= right; column += 1) {
                const cell = row * block.cols + column;
                if (cell < block.count) cells.push(block.start + cell);
            }
        }
    }
    return cells;
}

/**
 * The cell that a key leads to from a cell.
 * @param {Layout} layout @param {number} cell @param {string} key as `KeyboardEvent.key` has it
 */
export function step(layout, cell, key) {
    const last = layout.order.length - 1;
    const b = blockOf(layout, cell);
    const block = layout.blocks[b];
    if (!block) return -1;
    switch (key) {
        case 'ArrowRight': return Math.min(last, cell + 1);
        case 'ArrowLeft': return Math.max(0, cell - 1);
        case 'ArrowDown': return cell + block.cols < block.start + block.count ? cell + block.cols : beyond(layout, cell, 1);
        case 'ArrowUp': return cell - block.cols >= block.start ? cell - block.cols : beyond(layout, cell, -1);
        case 'PageDown': return layout.blocks[Math.min(layout.blocks.length - 1, b + 1)]?.start ?? cell;
        case 'PageUp': return cell > block.start ? block.start : (layout.blocks[Math.max(0, b - 1)]?.start ?? cell);
        case 'Home': return 0;
        case 'End': return last;
        default: return cell;
    }
}

/** The nearest cell of the next block below or above. @param {Layout} layout @param {number} cell @param {1 | -1} way */
function beyond(layout, cell, way) {
    const from = corner(layout, cell);
    const own = layout.blocks[blockOf(layout, cell)];
    let best = cell;
    let least = Infinity;
    for (const block of layout.blocks) {
        if (block === own) continue;
        const edge = way > 0 ? block.y - from.y : from.y - (block.y + (block.rows - 1) * layout.pitch);
        if (edge <= 0) continue;
        const column = clamp(Math.round((from.x - block.x) / layout.pitch), 0, block.cols - 1);
        const row = way > 0 ? 0 : block.rows - 1;
        const target = Math.min(block.count - 1, row * block.cols + column);
        const distance = edge * 4 + Math.abs(corner(layout, block.start + target, block).x - from.x);
        if (distance < least) {
            least = distance;
            best = block.start + target;
        }
    }
    return best;
}

/** Draws the cells of the map: one path for each look, so a few fills for thousands of cells. */

import { HEATS, LOOK, SLASH } from '../model/grid.js';
import { corner, neighbours } from '../model/layout.js';
import { token } from '../theme.js';

/** @import { Layout } from '../model/layout.js' */
/** @typedef {{ fill: string[], heat: string[], hollow: string, faint: string, slash: string, ring: string, bg: string }} Colours */

/** Colours of the theme, read once for each. @returns {Colours} */
export function colours() {
    return {
        fill: ['--ok', '--pending', '--no-data', '--error', '--warning', '--critical'].map(token),
        heat: Array.from({ length: HEATS }, (_, i) => token(`--heat-${i}`)),
        hollow: token('--no-data'),
        faint: token('--line-strong'),
        slash: token('--text'),
        ring: token('--text'),
        bg: token('--bg-panel'),
    };
}

const DIM = 0.16;

/**
 * Draws cells, all or some.
 * @param {CanvasRenderingContext2D} pen @param {Layout} layout @param {Uint8Array} looks of each account @param {Uint8Array | null} lit accounts that are meant
 * @param {Colours} colour @param {number[]} [cells] only these
 */
export function paint(pen, layout, looks, lit, colour, cells) {
    const { pitch, order } = layout;
    const size = pitch - (pitch >= 12 ? 2 : 1);
    const beside = cells ? neighbours(layout, cells) : [];
    if (cells) {
        for (const cell of cells) erase(pen, layout, cell, 1);
        for (const cell of beside) erase(pen, layout, cell, 0);
    } else pen.clearRect(0, 0, layout.width, layout.height);
    /** @type {Map<number, number[]>} */
    const buckets = new Map();
    const put = (/** @type {number} */ cell, /** @type {number} */ x, /** @type {number} */ y) => {
        const account = order[cell] ?? 0;
        const key = (looks[account] ?? 0) + (lit && !lit[account] ? 128 : 0);
        const bucket = buckets.get(key);
        if (bucket) bucket.push(x, y);
        else buckets.set(key, [x, y]);
    };
    if (cells) {
        for (const cell of [...cells, ...beside]) {
            const { x, y } = corner(layout, cell);
            put(cell, x, y);
        }
    } else {
        for (const block of layout.blocks) {
            for (let i = 0; i < block.count; i += 1) put(block.start + i, block.x + (i % block.cols) * pitch, block.y + Math.floor(i / block.cols) * pitch);
        }
    }
    for (const [key, points] of [...buckets].sort(([a], [b]) => (b & 128) - (a & 128))) {
        pen.globalAlpha = key & 128 ? DIM : 1;
        bucketed(pen, key & 127, points, size, colour);
    }
    pen.globalAlpha = 1;
}

/** A cell, with so much of the gaps around it. @param {CanvasRenderingContext2D} pen @param {Layout} layout @param {number} cell @param {number} around */
function erase(pen, layout, cell, around) {
    const { x, y } = corner(layout, cell);
    const size = layout.pitch - (layout.pitch >= 12 ? 2 : 1) + 2 * around;
    pen.clearRect(x - around, y - around, size, size);
}

/** All cells of one look. @param {CanvasRenderingContext2D} pen @param {number} look @param {number[]} points @param {number} size @param {Colours} colour */
function bucketed(pen, look, points, size, colour) {
    const slashed = (look & SLASH) !== 0;
    const kind = look & ~SLASH;
    const alpha = pen.globalAlpha;
    if (slashed) pen.globalAlpha = alpha * 0.45;
    pen.beginPath();
    SHAPES[Math.min(kind, LOOK.heat)]?.(pen, points, size, colour, kind);
    pen.globalAlpha = alpha;
    if (slashed) stroked(pen, points, colour.slash, 1.2, (x, y) => line(pen, x, y + size, x + size, y));
}

/** @typedef {(pen: CanvasRenderingContext2D, points: number[], size: number, colour: Colours, kind: number) => void} Shape */

/** @type {Shape} */
const plain = (pen, points, size, colour, kind) => squares(pen, points, size, colour.fill[kind] ?? '');

/** By look: ok, pending, no data, error, warning, critical, late, silent, new, suspended, heat. @type {Shape[]} */
const SHAPES = [
    plain,
    (pen, points, size, colour) => {
        if (size < 6) return squares(pen, points, size, colour.fill[1] ?? '');
        for (let i = 0; i < points.length; i += 2) {
            const x = (points[i] ?? 0) + size / 2;
            const y = (points[i + 1] ?? 0) + size / 2;
            pen.moveTo(x + size / 2, y);
            pen.arc(x, y, size / 2, 0, 7);
        }
        pen.fillStyle = colour.fill[1] ?? '';
        pen.fill();
        return undefined;
    },
    (pen, points, size, colour) => hollow(pen, points, size, colour.fill[2] ?? ''),
    (pen, points, size, colour) => {
        hollow(pen, points, size, colour.fill[3] ?? '');
        stroked(pen, points, colour.fill[3] ?? '', 1, (x, y) => {
            line(pen, x + 1.5, y + 1.5, x + size - 1.5, y + size - 1.5);
            line(pen, x + size - 1.5, y + 1.5, x + 1.5, y + size - 1.5);
        });
    },
    (pen, points, size, colour) => {
        if (size < 6) return squares(pen, points, size, colour.fill[4] ?? '');
        const whole = pen.globalAlpha;
        pen.globalAlpha = whole * 0.28;
        squares(pen, points, size, colour.fill[4] ?? '');
        pen.globalAlpha = whole;
        pen.beginPath();
        for (let i = 0; i < points.length; i += 2) {
            const x = points[i] ?? 0;
            const y = points[i + 1] ?? 0;
            pen.moveTo(x + size / 2, y + 0.5);
            pen.lineTo(x + size, y + size);
            pen.lineTo(x, y + size);
            pen.closePath();
        }
        pen.fill();
        return undefined;
    },
    (pen, points, size, colour) => {
        squares(pen, points, size, colour.fill[5] ?? '');
        stroked(pen, points, colour.fill[5] ?? '', 1, (x, y) => pen.rect(x - 0.5, y - 0.5, size + 1, size + 1));
    },
    (pen, points, size, colour) => {
        // Late is what is known to have been well, no more: of that colour, and nearly empty.
        const whole = pen.globalAlpha;
        pen.globalAlpha = whole * 0.2;
        squares(pen, points, size, colour.fill[0] ?? '');
        pen.globalAlpha = whole;
        hollow(pen, points, size, colour.fill[0] ?? '');
    },
    (pen, points, size, colour) => {
        hollow(pen, points, size, colour.hollow);
        pen.beginPath();
        squares(pen, points.map((at) => at + size / 2 - 1), 2, colour.hollow);
    },
    (pen, points, size, colour) => hollow(pen, points, size, colour.faint),
    (pen, points, size, colour) => squares(pen, points.map((at) => at + size / 2 - 1), 2, colour.faint),
    (pen, points, size, colour, kind) => squares(pen, points, size, colour.heat[kind - LOOK.heat] ?? ''),
];

/** @param {CanvasRenderingContext2D} pen @param {number[]} points @param {number} size @param {string} fill */
function squares(pen, points, size, fill) {
    for (let i = 0; i < points.length; i += 2) pen.rect(points[i] ?? 0, points[i + 1] ?? 0, size, size);
    pen.fillStyle = fill;
    pen.fill();
}

/** @param {CanvasRenderingContext2D} pen @param {number[]} points @param {number} size @param {string} colour */
function hollow(pen, points, size, colour) {
    stroked(pen, points, colour, 1, (x, y) => pen.rect(x + 0.5, y + 0.5, size - 1, size - 1));
}

/** @param {CanvasRenderingContext2D} pen @param {number[]} points @param {string} colour @param {number} width @param {(x: number, y: number) => void} draw */
function stroked(pen, points, colour, width, draw) {
    pen.beginPath();
    for (let i = 0; i < points.length; i += 2) draw(points[i] ?? 0, points[i + 1] ?? 0);
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.stroke();
}

/** @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y @param {number} toX @param {number} toY */
function line(pen, x, y, toX, toY) {
    pen.moveTo(x, y);
    pen.lineTo(toX, toY);
}

/** Rings around cells: of a selection, or of what just changed. @param {CanvasRenderingContext2D} pen @param {Layout} layout @param {Iterable<number>} cells @param {string} colour */
export function rings(pen, layout, cells, colour) {
    const size = layout.pitch - (layout.pitch >= 12 ? 2 : 1);
    pen.beginPath();
    for (const cell of cells) {
        const { x, y } = corner(layout, cell);
        pen.rect(x - 0.5, y - 0.5, size + 1, size + 1);
    }
    pen.strokeStyle = colour;
    pen.lineWidth = 1.5;
    pen.stroke();
}

/** Lays a veil over cells: what changed is seen without a mark that would be a state of its own. @param {CanvasRenderingContext2D} pen @param {Layout} layout @param {number[]} cells @param {string} colour */
export function veils(pen, layout, cells, colour) {
    const size = layout.pitch - (layout.pitch >= 12 ? 2 : 1);
    pen.globalAlpha = 0.32;
    pen.fillStyle = colour;
    for (const cell of cells) {
        const { x, y } = corner(layout, cell);
        pen.fillRect(x, y, size, size);
    }
    pen.globalAlpha = 1;
}

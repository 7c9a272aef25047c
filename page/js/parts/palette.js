/** The palette: replaced in a moment. */
import { signal } from '../html.js';
export const paletteOpen = signal(false);
export function Palette() { return null; }

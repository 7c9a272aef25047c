/** Preact, htm and signals in one place: all modules of the page take them from here. */

import { Fragment, createContext, createPortal, h, render } from '../vendor/preact.mjs';
import { useCallback, useContext, useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useRef, useState } from '../vendor/hooks.mjs';
import { batch, computed, effect, signal, untracked, useComputed, useSignal, useSignalEffect } from '../vendor/signals.mjs';
import htm from '../vendor/htm.mjs';

/** @typedef {import('../vendor/preact.mjs').Child} Child */
/** @typedef {import('../vendor/preact.mjs').VNode} VNode */

/** Template of elements. Parts go in as `${h(Part, {..})}`, so that their props are checked. */
export const html = htm.bind(h);

export {
    Fragment, batch, computed, createContext, createPortal, effect, h, render, signal, untracked, useCallback, useComputed, useContext,
    useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useRef, useSignal, useSignalEffect, useState,
};

/** Class names: those of which the value holds. @param {Record<string, unknown>} names */
export function classes(names) {
    return Object.keys(names).filter((name) => names[name]).join(' ');
}

import type { ReadonlySignal, Signal } from './signals-core.mjs';
export { signal, computed, effect, batch, untracked } from './signals-core.mjs';
export type { ReadonlySignal, Signal };
export function useSignal<T>(first: T): Signal<T>;
export function useComputed<T>(make: () => T): ReadonlySignal<T>;
export function useSignalEffect(run: () => void | (() => void)): void;

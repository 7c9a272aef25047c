// The shapes of the API by the names that the page has for them: those of api.d.ts, with lists as one shape of anything.

import type { Time } from './api';

export * from './api';

/** A part of a list. */
export interface List<T> {
  /** The items of this part. */
  items: T[];
  /** How many there are in all. */
  total: number;
  /** Whether `total` is exact; else there are at least so many. */
  exact: boolean;
  /** What to ask for as `cursor` to go on; absent at the end. */
  next?: string;
  /** What the list does not show, or was asked for and not done. */
  notices?: string[];
  /** When it was so. */
  as_of: Time;
}

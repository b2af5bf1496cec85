/** What the page and the service worker say to each other. No message carries an address, or anything that a visitor entered. */

/** Every one is answered with a `Status` through the port that comes with it. */
export type ToServiceWorker =
  /** The page runs this release: its files must stay while the page is open. */
  | { type: 'hello'; release: string }
  | { type: 'check' }
  /** This release's page lacks a function of the runtime and has no network; answered when the whole runtime is there. */
  | { type: 'whole'; release: string }
  | { type: 'roll-back' }

export interface Status {
  /** Fetched in full and checked; the next page that opens gets it. */
  ready?: string
  /** The release to go back to. */
  previous?: string
  /** The host has several releases, and may take one back: to be asked now and then. */
  several?: true
}

export type FromServiceWorker =
  | { type: 'ready'; release: string }
  /** The device has no room for the offline copy. */
  | { type: 'no-room' }
  /** The release that this page runs was revoked: it has to be opened anew. */
  | { type: 'withdrawn' }
  /** Whoever runs the host has switched the site off; the page is about to be opened anew, from the network. */
  | { type: 'off' }

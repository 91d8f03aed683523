// What the suites make upstreams do to streams, in the simulator's words.
let count = 0;

/** A model name that no other test uses, of the same meaning. */
export const tagged = (model) => `${model}-tag-m${process.pid}x${++count}`;

/** In the middle of a stream: each must reach the caller as an error, never as an end. */
export const faults = ['sim-words-5-cut-after-3', 'sim-words-5-reset-after-3', 'sim-words-5-stall-after-3', 'sim-words-5-badchunk-after-3',
  'sim-words-5-error-after-3', 'sim-words-5-no-done'];

/** Before any content: each must come as a status. */
export const beforeContent = ['sim-503', 'sim-error-200', 'sim-empty'];

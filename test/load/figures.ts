/** What the player counts: how long answers took, and what went wrong. */

/** Milliseconds in buckets of a twentieth: percentiles are exact to five per cent, and cost no memory by the answer. */
export interface Histogram {
  readonly count: number;
  readonly longest: number;
  add(milliseconds: number): void;
  /** Milliseconds under which this share of 1 stayed. */
  percentile(share: number): number;
}

export interface Figures {
  /** By command, or by what else was timed. */
  readonly times: ReadonlyMap<string, Histogram>;
  /** How often, by what it was. */
  readonly errors: ReadonlyMap<string, number>;
  readonly requests: number;
  took(what: string, milliseconds: number): void;
  failed(what: string): void;
  asked(): void;
}

const growth = 1.05;
const buckets = 400;
const smallest = 0.05;

export function createHistogram(): Histogram {
  const counts = new Uint32Array(buckets);
  let count = 0;
  let longest = 0;
  return {
    get count() {
      return count;
    },
    get longest() {
      return longest;
    },
    add(milliseconds) {
      const bucket = Math.ceil(Math.log(Math.max(milliseconds, smallest) / smallest) / Math.log(growth));
      const at = Math.min(buckets - 1, bucket);
      counts[at] = (counts[at] ?? 0) + 1;
      count += 1;
      longest = Math.max(longest, milliseconds);
    },
    percentile(share) {
      let seen = 0;
      for (let at = 0; at < buckets; at += 1) {
        seen += counts[at] ?? 0;
        if (seen >= share * count && count > 0) return Math.min(longest, smallest * growth ** at);
      }
      return longest;
    },
  };
}

export function createFigures(): Figures {
  const times = new Map<string, Histogram>();
  const errors = new Map<string, number>();
  let requests = 0;
  return {
    times,
    errors,
    get requests() {
      return requests;
    },
    took(what, milliseconds) {
      const histogram = times.get(what) ?? createHistogram();
      times.set(what, histogram);
      histogram.add(milliseconds);
    },
    failed: (what) => void errors.set(what, (errors.get(what) ?? 0) + 1),
    asked() {
      requests += 1;
    },
  };
}

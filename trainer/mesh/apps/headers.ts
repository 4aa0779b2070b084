// Headers between the load generator and the applications.

/** Service time in ms on an endpoint of speed 1, drawn by the caller so that every policy gets the same jobs. */
export const JOB_MS = 'x-job-ms';
/** Names a job; the calls it causes get their own from it, again the same for every policy. */
export const JOB_ID = 'x-job-id';
/** Answer: endpoints that had a part in it, the one asked first, separated by `, `. */
export const SERVED_BY = 'x-served-by';
export const ORCA = 'endpoint-load-metrics';

/** What an application passes on so that a request can be followed. */
export const PASSED_ON = ['x-request-id', 'traceparent', 'tracestate', 'x-user-id'] as const;

// Headers between the load generator and the applications.

/** Service time in ms on an endpoint of speed 1; without it the job's key says it. */
export const JOB_MS = 'x-job-ms';
/** Names a job by its key, 16 hexadecimal digits: what it causes follows from it, the same for every policy. */
export const JOB_ID = 'x-job-id';
/** Answer: endpoints that had a part in it, the one asked first, separated by `, `. */
export const SERVED_BY = 'x-served-by';
export const ORCA = 'endpoint-load-metrics';

/** Who asks: what traces name users by, hashed. */
export const USER_ID = 'x-user-id';

/** What an application passes on so that a request can be followed. */
export const PASSED_ON = ['x-request-id', 'traceparent', 'tracestate', USER_ID] as const;

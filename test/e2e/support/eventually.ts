export { eventually, type EventuallyOptions } from '../../../bench/cluster/eventually.js';

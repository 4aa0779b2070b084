/** A `MicroTime` of the Kubernetes API: RFC 3339 with six digits, for which the library has no type. @param wallMs Unix time */
export const microTime = (wallMs: number): string => new Date(wallMs).toISOString().replace('Z', '000Z');

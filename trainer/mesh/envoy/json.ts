// Envoy's configuration as plain objects: Envoy itself validates the fields.

export interface Json {
  readonly [key: string]: JsonValue;
}
export type JsonValue = string | number | boolean | Json | readonly JsonValue[];

/** `{ "@type": .., ...fields }`: an Any of Envoy's API. */
export function typed(type: string, fields: Json = {}): Json {
  return { '@type': `type.googleapis.com/${type}`, ...fields };
}

/** Splits `127.0.0.1:80` or `[::1]:80` into Envoy's socket address. */
export function socketAddress(address: string): Json {
  const split = address.lastIndexOf(':');
  return {
    socket_address: {
      address: address.slice(0, split).replace(/^\[|\]$/g, ''),
      port_value: Number(address.slice(split + 1)),
    },
  };
}

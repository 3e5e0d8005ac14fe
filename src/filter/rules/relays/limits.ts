/** Bounds of what is read of the way a message came. */
export const RELAY_LIMITS = {
  /** Received fields read, newest first: MTAs give up after 50 to 100 hops. */
  fields: 200,
  /** Bytes of one field. */
  field: 4096,
  /** Comments in one field. */
  comments: 20,
} as const;

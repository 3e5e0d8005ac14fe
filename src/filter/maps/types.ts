/** What crosses to the workers: plain data, made anew when a file has changed. */
export interface MapsMaterial {
  /** Differs from all others of the process. */
  readonly generation: number;
  /** Entries by the symbol of their list, as `readEntries` gives them. */
  readonly entries: Readonly<Record<string, readonly string[]>>;
}

/** The lists as they are now. */
export interface MapsSource {
  current(): MapsMaterial;
}

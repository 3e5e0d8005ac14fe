/** A script that is compared, and where we count otherwise: how many errors it has with us, and the reason. */
export type Fault = string | { readonly script: string; readonly ours: number; readonly because: string };

export interface Group {
  readonly name: string;
  /** Capabilities that each of the scripts begins with. */
  readonly require?: readonly string[];
  readonly faults: readonly Fault[];
}

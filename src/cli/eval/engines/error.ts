/** An engine that cannot be run here. */
export class EngineError extends Error {}

/** Settings of the trained model. Plain data. */
export interface ModelSettings {
  /** Whether the model is asked at all. */
  enabled: boolean;
  /** File of the model (ONNX, made by `tamis model train`); empty for the one that is shipped. */
  file: string;
  /** What evaluates it: plain code in the worker, or onnxruntime in a thread of its own. The answers are the same. */
  engine: 'plain' | 'onnxruntime';
}

export const defaultModelSettings: ModelSettings = {
  // It costs a few hundred microseconds a message and is what knows of spam before anything was learned.
  enabled: true,
  file: '',
  // Measured (docs/model.md): the way to the runtime's thread and back takes longer than the whole evaluation.
  engine: 'plain',
};

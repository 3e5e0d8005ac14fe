/** Settings of the trained model. Plain data. */
export interface ModelSettings {
  /** Whether the model is asked at all. */
  enabled: boolean;
  /** File of the model (ONNX, made by `tamis model train`); empty for the one that is shipped. */
  file: string;
}

export const defaultModelSettings: ModelSettings = {
  // It costs a few hundred microseconds a message and is what knows of spam before anything was learned.
  enabled: true,
  file: '',
};

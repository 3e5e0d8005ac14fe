/**
 * Models as ONNX files: written and read without a library. The format is the ONNX intermediate representation (IR)
 * version 8 with operator set 17, which every runtime since 2022 reads.
 *
 * The graph, for a batch of B messages, K kinds and at most N features a kind:
 *
 *     slots, marks (int32 [B,K,N])    known = Equal(Cast(Gather(mark_table, slots)), marks)
 *     sums = ReduceSum(Where(known, Gather(weight_table, slots), 0))   counts = ReduceSum(Cast(known))
 *     kinds [B,K] = sums / Sqrt(Max(counts, 1))
 *     probability [B] = Sigmoid(Add(Mul(Add(ReduceSum(kinds), bias), slope), intercept))
 */
import { ProtobufError, ProtobufWriter, readProtobuf, type ProtobufFields } from './protobuf.ts';
import { SLOT_BITS } from './slots.ts';
import { FEATURES_VERSION, KINDS, type Model } from './types.ts';

const IR_VERSION = 8;
const OPERATOR_SET = 17;
/** A model beyond this is none of ours, and would be held in memory whole. */
const MAX_FILE = 64 * 1024 * 1024;
/** Key of {@link FEATURES_VERSION} among the file's properties. */
const VERSION_KEY = 'tamis.features';

/** Element types of TensorProto. */
const TYPES = { float: 1, int16: 5, int32: 6, int64: 7, bool: 9 } as const;
/** AttributeProto.type of a whole number. */
const ATTRIBUTE_INT = 2;

/** A file that is no model of ours: the text says why. */
export class ModelError extends Error {}

type Node = readonly [
  operator: string,
  inputs: readonly string[],
  output: string,
  attribute?: readonly [string, number],
];

/** In an order in which each node's inputs are there. */
const NODES: readonly Node[] = [
  ['Gather', ['mark_table', 'slots'], 'stored_marks', ['axis', 0]],
  ['Cast', ['stored_marks'], 'stored', ['to', TYPES.int32]],
  ['Equal', ['stored', 'marks'], 'known'],
  ['Gather', ['weight_table', 'slots'], 'weights', ['axis', 0]],
  ['Where', ['known', 'weights', 'zero'], 'counted'],
  ['ReduceSum', ['counted', 'features_axis'], 'sums', ['keepdims', 0]],
  ['Cast', ['known'], 'ones', ['to', TYPES.float]],
  ['ReduceSum', ['ones', 'features_axis'], 'counts', ['keepdims', 0]],
  ['Max', ['counts', 'one'], 'at_least_one'],
  ['Sqrt', ['at_least_one'], 'norms'],
  ['Div', ['sums', 'norms'], 'kinds'],
  ['ReduceSum', ['kinds', 'kinds_axis'], 'total', ['keepdims', 0]],
  ['Add', ['total', 'bias'], 'sum'],
  ['Mul', ['sum', 'slope'], 'scaled'],
  ['Add', ['scaled', 'intercept'], 'logit'],
  ['Sigmoid', ['logit'], 'probability'],
];

/** The file of a model. The same model gives the same bytes. */
export function writeModel(model: Model): Uint8Array {
  const graph = new ProtobufWriter();
  for (const node of NODES) graph.message(1, nodeOf(node));
  graph.text(2, 'tamis');
  const scalar = (name: string, value: number) => tensor(name, TYPES.float, [], Float32Array.of(value));
  const axis = (name: string, value: bigint) => tensor(name, TYPES.int64, [1], BigInt64Array.of(value));
  const { weights, marks } = model;
  for (const initializer of [
    tensor('weight_table', TYPES.float, [weights.length], weights),
    tensor('mark_table', TYPES.int16, [marks.length], marks),
    scalar('bias', model.bias),
    scalar('slope', model.slope),
    scalar('intercept', model.intercept),
    scalar('zero', 0),
    scalar('one', 1),
    axis('features_axis', 2n),
    axis('kinds_axis', 1n),
  ])
    graph.message(5, initializer);
  for (const name of ['slots', 'marks'])
    graph.message(11, valueInfo(name, TYPES.int32, ['batch', KINDS.length, 'features']));
  graph.message(12, valueInfo('probability', TYPES.float, ['batch']));
  graph.message(12, valueInfo('kinds', TYPES.float, ['batch', KINDS.length]));

  const file = new ProtobufWriter()
    .varint(1, IR_VERSION)
    .text(2, 'tamis')
    .message(7, graph)
    .message(8, new ProtobufWriter().text(1, '').varint(2, OPERATOR_SET));
  const properties = new Map([...model.properties, [VERSION_KEY, String(FEATURES_VERSION)]]);
  for (const [key, value] of properties) file.message(14, new ProtobufWriter().text(1, key).text(2, value));
  return file.finish();
}

function nodeOf([operator, inputs, output, attribute]: Node): ProtobufWriter {
  const node = new ProtobufWriter();
  for (const input of inputs) node.text(1, input);
  node.text(2, output).text(3, output).text(4, operator);
  if (attribute !== undefined) {
    const [name, value] = attribute;
    node.message(5, new ProtobufWriter().text(1, name).varint(3, value).varint(20, ATTRIBUTE_INT));
  }
  return node;
}

function tensor(name: string, type: number, sizes: readonly number[], data: ArrayBufferView): ProtobufWriter {
  const proto = new ProtobufWriter();
  for (const size of sizes) proto.varint(1, size);
  return proto
    .varint(2, type)
    .text(8, name)
    .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function valueInfo(name: string, type: number, sizes: readonly (string | number)[]): ProtobufWriter {
  const shape = new ProtobufWriter();
  for (const size of sizes) {
    const dimension = new ProtobufWriter();
    if (typeof size === 'number') dimension.varint(1, size);
    else dimension.text(2, size);
    shape.message(1, dimension);
  }
  const tensorType = new ProtobufWriter().varint(1, type).message(2, shape);
  return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensorType));
}

/**
 * Reads a file of {@link writeModel}; the tables lie on SharedArrayBuffers, so that all threads can use one copy. Throws
 * {@link ModelError} for anything else: another graph, other features, damaged tables.
 */
export function readModel(file: Uint8Array): Model {
  if (file.length > MAX_FILE) throw new ModelError(`is larger than ${MAX_FILE} bytes`);
  try {
    return takeApart(readProtobuf(file));
  } catch (error) {
    if (error instanceof ProtobufError) throw new ModelError(`is no ONNX file: ${error.message}`);
    throw error;
  }
}

function takeApart(file: ProtobufFields): Model {
  const [graphBytes] = file.all(7);
  if (graphBytes === undefined) throw new ModelError('is no ONNX file: it holds no graph');
  const properties = new Map(
    file.all(14).map((bytes) => {
      const entry = readProtobuf(bytes);
      return [textOf(entry, 1), textOf(entry, 2)];
    }),
  );
  const version = properties.get(VERSION_KEY);
  if (version !== String(FEATURES_VERSION))
    throw new ModelError(
      `reads features of version ${version ?? '?'}, this program has ${FEATURES_VERSION}: train it anew`,
    );
  const graph = readProtobuf(graphBytes);
  const nodes = graph.all(1).map((bytes) => {
    const node = readProtobuf(bytes);
    return `${textOf(node, 4)}(${node.all(1).map(decode).join()})=${textOf(node, 2)}`;
  });
  const expected = NODES.map(([operator, inputs, output]) => `${operator}(${inputs.join()})=${output}`);
  if (nodes.join(';') !== expected.join(';'))
    throw new ModelError('holds another graph than the one of this program');

  const tensors = new Map(
    graph.all(5).map((bytes) => {
      const proto = readProtobuf(bytes);
      return [textOf(proto, 8), proto] as const;
    }),
  );
  const weights = new Float32Array(table(tensors, 'weight_table', TYPES.float, 4));
  const marks = new Int16Array(table(tensors, 'mark_table', TYPES.int16, 2));
  if (weights.length !== 1 << SLOT_BITS || marks.length !== weights.length)
    throw new ModelError(
      `has tables of ${weights.length} and ${marks.length} slots instead of ${1 << SLOT_BITS}`,
    );
  const number = (name: string): number => {
    const [value = NaN] = new Float32Array(table(tensors, name, TYPES.float, 4));
    if (!Number.isFinite(value)) throw new ModelError(`${name} is no number`);
    return value;
  };
  if (!weights.every(Number.isFinite)) throw new ModelError('has weights that are no numbers');
  return {
    weights,
    marks,
    bias: number('bias'),
    slope: number('slope'),
    intercept: number('intercept'),
    properties,
  };
}

/** A tensor's data, copied to where it is aligned. */
function table(
  tensors: ReadonlyMap<string, ProtobufFields>,
  name: string,
  type: number,
  elementSize: number,
): SharedArrayBuffer {
  const proto = tensors.get(name);
  const [raw] = proto?.all(9) ?? [];
  if (
    proto === undefined ||
    raw === undefined ||
    proto.numbers(2)[0] !== type ||
    raw.length % elementSize !== 0
  )
    throw new ModelError(`has no usable ${name}`);
  const copy = new SharedArrayBuffer(raw.length);
  new Uint8Array(copy).set(raw);
  return copy;
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const textOf = (fields: ProtobufFields, field: number): string =>
  decode(fields.all(field)[0] ?? new Uint8Array());

/** Made by generate.mjs from manifest.schema.json. */
/**
 * The spine of a site: everything the page, the server and the checks need to know.
 */
export interface Manifest {
  format: 1;
  name: string;
  title: string;
  release: string;
  task: "image-classification" | "tabular-classification" | "tabular-regression" | "tensors";
  inputs: TensorInfo[];
  outputs: TensorInfo[];
  files: {
    [k: string]: FileEntry;
  };
  variants: Variant[];
  runtimes: {
    [k: string]: Runtime;
  };
  worker: string;
  interface: string;
  golden?: GoldenCase[];
  labels?: string[];
  examples?: string[];
  image?: ImagePipeline | null;
  tabular?: TabularPipeline | null;
  notes?: string[];
  generator?: string;
}
/**
 * A model input or output. A dimension is a size, a name, or null when unknown; shape null: rank unknown.
 */
export interface TensorInfo {
  name: string;
  type:
    | "bool"
    | "float16"
    | "float32"
    | "float64"
    | "int16"
    | "int32"
    | "int64"
    | "int8"
    | "string"
    | "uint16"
    | "uint32"
    | "uint64"
    | "uint8";
  shape: (number | string | null)[] | null;
}
/**
 * A file of the site; `encodings` gives the bytes of each precompressed form (`br`, `gzip`) beside it.
 */
export interface FileEntry {
  bytes: number;
  sha256: string;
  role: "example" | "icon" | "model" | "page" | "python" | "runtime" | "worker";
  encodings?: {
    [k: string]: number;
  };
}
/**
 * One form of the model. `files` in order, joined, are the ONNX file; `wire_bytes` after brotli.
 */
export interface Variant {
  id: string;
  backends: ("wasm" | "webgpu" | "webnn")[];
  files: string[];
  wireBytes: number;
  agreement: number;
  tolerance: Tolerance;
  graphOptimization: "all" | "basic" | "disabled" | "extended";
}
/**
 * Agreement asked of a backend: |a-b| <= atol + rtol*|b| for every element, or at least `cosine` where given.
 */
export interface Tolerance {
  rtol: number;
  atol: number;
  cosine?: number | null;
}
/**
 * A build of ONNX Runtime Web: its .wasm and its .mjs glue.
 */
export interface Runtime {
  version: string;
  files: string[];
  wireBytes: number;
}
/**
 * Feeds and what native ONNX Runtime answered, to prove a backend on the visitor's device.
 */
export interface GoldenCase {
  inputs: GoldenInput[];
  outputs: GoldenOutput[];
}
/**
 * A feed: either `strings`, or `data` (base64, little endian), or numbers from the seeded generator of `golden.py`.
 *
 *     Seeded: element i is `low + (high - low) * u(seed, i)`, u in [0, 1) with 24 bits, rounded down for integer types.
 */
export interface GoldenInput {
  name: string;
  type:
    | "bool"
    | "float16"
    | "float32"
    | "float64"
    | "int16"
    | "int32"
    | "int64"
    | "int8"
    | "string"
    | "uint16"
    | "uint32"
    | "uint64"
    | "uint8";
  dims: number[];
  seed?: number | null;
  low?: number | null;
  high?: number | null;
  data?: string | null;
  strings?: string[] | null;
}
/**
 * An expected output: elements 0, stride, 2*stride, ... as `data` (base64, little endian) or `strings`.
 */
export interface GoldenOutput {
  name: string;
  type:
    | "bool"
    | "float16"
    | "float32"
    | "float64"
    | "int16"
    | "int32"
    | "int64"
    | "int8"
    | "string"
    | "uint16"
    | "uint32"
    | "uint64"
    | "uint8";
  dims: number[];
  stride: number;
  data?: string | null;
  strings?: string[] | null;
}
/**
 * How a picture becomes the model's input.
 *
 *     `preprocess` is an ONNX graph in base64: `pixels` uint8 [H, W, 4] RGBA, `sizes` int64 [4] (resize target, NCHW) and `pads`
 *     int64 [8] (ONNX Pad order) -> `tensor`, the model's input. `postprocess`: `raw`, the model's output -> `scores`
 *     [N, C].
 */
export interface ImagePipeline {
  input: string;
  output: string;
  height: number;
  width: number;
  resize: "crop" | "pad" | "stretch";
  preprocess: string;
  postprocess: string;
  assumed: boolean;
  formula: string;
}
/**
 * A row in, a label with scores or values out. `scores` holds logits when `softmax` is true.
 */
export interface TabularPipeline {
  columns: Column[];
  label?: string | null;
  scores?: string | null;
  values?: string | null;
  softmax?: boolean;
}
/**
 * One field of a tabular model: element `index` of input `input`; `choices` when only these are known to it.
 */
export interface Column {
  name: string;
  input: string;
  index: number;
  type: "boolean" | "integer" | "number" | "text";
  choices?: string[] | null;
}

export type TensorType = TensorInfo['type']

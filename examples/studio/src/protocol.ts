/** What page and worker say to each other: one call a task, with events while it runs, and a result or an error at its end. */

/** A file with its path below what was dropped or picked: a File loses it on its way to a worker. */
export interface GivenFile {
  readonly path: string;
  readonly file: File;
}

export type BackendName = "webgpu" | "webgl" | "wasm";

/** The backend in use, and why not another. */
export interface BackendState {
  readonly name: string;
  readonly device: "cpu" | "gpu" | undefined;
  readonly adapter: string | undefined;
  /** Billions of additions and multiplications a second in a product of matrices, measured here. */
  readonly gflops: number;
  readonly rejected: readonly { readonly name: string; readonly reason: string }[];
}

/** What a page is told when a graphics card was lost: which backend was asked for, which computes, and what is loaded. */
export interface Moved {
  readonly asked: BackendName | "auto";
  readonly backend: BackendState;
  readonly model: ModelState | undefined;
}

/** A backend's speed, or why it doesn't run here. */
export interface BackendSpeed {
  readonly name: BackendName;
  readonly gflops: number | undefined;
  readonly note: string;
}

/** A model found among files. */
export interface ModelCandidate {
  /** The folder that it lies in, "" for the top. */
  readonly path: string;
  readonly kind: "image-text" | "captioner";
}

/** Where models come from. */
export type ModelChoice =
  | { readonly from: "files"; readonly files: readonly GivenFile[]; readonly imageText?: string; readonly captioner?: string }
  | { readonly from: "hub"; readonly id: string }
  | { readonly from: "kept"; readonly id: string }
  | { readonly from: "served"; readonly id: string };

/** What is loaded, and what can be done with it. */
export interface ModelState {
  /** Under which it is kept in this browser; undefined where it isn't. */
  readonly id: string | undefined;
  readonly name: string;
  /** Another number whenever its weights are others. */
  readonly version: number;
  readonly imageText: { readonly type: string; readonly imageSize: number; readonly dim: number; readonly readsText: boolean } | undefined;
  readonly captioner: { readonly maxTokens: number } | undefined;
  readonly parameters: number;
}

/** A model that can be loaded without a file being picked. */
export interface StoredModel {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
  /** Of a kept model: as which it lies beside the page, where it was loaded from there. */
  readonly servedId?: string;
}

export interface Progress {
  readonly what: string;
  readonly done: number;
  readonly total: number;
}

export interface ImageInfo {
  readonly id: number;
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly thumbnail: Blob;
}

/** What was dropped. */
export interface AddedImages {
  readonly added: number;
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  /** What is to be known of captions that were taken, such as which of several images they are of. */
  readonly notes: readonly string[];
  /** Files that were passed over, and why. */
  readonly passed: readonly string[];
  readonly captions: CaptionsState | undefined;
}

/** Captions that came with the images. */
export interface CaptionsState {
  readonly source: string;
  readonly images: number;
  readonly captions: number;
}

/** An image that can't be read any more, such as one whose file was deleted since it was dropped, and why. */
export interface UnreadImage {
  readonly id: number;
  readonly reason: string;
}

/** An image's caption so far; then, where beams were asked for, the best of them. Or why it has none. */
export type CaptionEvent =
  | UnreadImage
  | { readonly id: number; readonly text: string; readonly done: boolean }
  | { readonly id: number; readonly beams: readonly { readonly text: string; readonly score: number }[] };

export interface Classification {
  readonly id: number;
  /** One a class, in their order. */
  readonly probabilities: readonly number[];
}

interface Hit {
  readonly id: number;
  readonly score: number;
}

export interface EmbeddingMap {
  readonly ids: readonly number[];
  /** x and y of each image in [0, 1], one after the other. */
  readonly positions: Float32Array;
}

interface ScenePatch {
  readonly index: number;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly longitude: number;
  readonly latitude: number;
  readonly picture: Blob;
}

/** Which bands of one file are which: as it says itself or its number of bands tells, or its first three. */
export type BandOrder = "auto" | "rgb" | "bgr";

export type SceneEvent =
  | { readonly type: "scene"; readonly width: number; readonly height: number; readonly name: string; readonly bands: string }
  | { readonly type: "patch"; readonly patch: ScenePatch }
  | { readonly type: "caption"; readonly index: number; readonly text: string };

/** Which of the models that are loaded together. */
export type ModelPart = "image-text" | "captioner";

/** How a model is trained on. */
export interface TuneOptions {
  readonly part: ModelPart;
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Self-distillation from an average of the model; of image-text models only. */
  readonly distil: boolean;
}

/** A run that was stopped, and can be gone on with. */
export interface PausedRun {
  readonly options: TuneOptions;
  readonly step: number;
  readonly modelId: string | undefined;
  readonly modelName: string;
  readonly dataset: string;
  readonly history: readonly (readonly [step: number, loss: number])[];
}

export interface TuneEvent {
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly learningRate: number;
  readonly itemsPerSecond: number;
}

interface Call<Params, Result, Event = never> {
  readonly params: Params;
  readonly result: Result;
  readonly event: Event;
}

/** Every task of the worker. */
export interface Calls {
  startBackend: Call<{ name: BackendName | "auto" }, { backend: BackendState; model: ModelState | undefined }>;
  measureBackends: Call<object, { backend: BackendState; model: ModelState | undefined }, BackendSpeed>;
  inspectModel: Call<{ files: readonly GivenFile[] }, ModelCandidate[]>;
  loadModel: Call<{ choice: ModelChoice; keep: boolean }, ModelState, Progress>;
  storedModels: Call<object, { kept: StoredModel[]; served: StoredModel[] }>;
  forgetModel: Call<{ id: string }, null>;
  saveModel: Call<{ part: ModelPart }, { name: string; file: Blob }[]>;
  /** `replaced`: whether a model of that name was kept before, and is no more. */
  keepTrained: Call<{ name: string }, { model: ModelState; replaced: boolean }>;
  addImages: Call<{ files: readonly GivenFile[] }, AddedImages, Progress | ImageInfo>;
  clearImages: Call<object, null>;
  caption: Call<{ ids: readonly number[]; beams: number }, null, CaptionEvent>;
  /** Here and below, `unread` are the images that are left out. */
  classify: Call<
    { ids: readonly number[]; classes: readonly string[]; template: string },
    { found: Classification[]; unread: UnreadImage[] },
    Progress
  >;
  search: Call<{ text: string; count: number }, { hits: Hit[]; unread: UnreadImage[] }, Progress>;
  map: Call<{ neighbors: number; minDist: number }, { map: EmbeddingMap; unread: UnreadImage[] }, Progress>;
  scene: Call<
    { files: readonly GivenFile[]; order: BandOrder; size: number; most: number; caption: boolean },
    { patches: number; left: number; beyond: number },
    SceneEvent
  >;
  /** `kept` is the step whose state is kept, of a run that was stopped. */
  tune: Call<
    { options: TuneOptions; resume: boolean },
    { step: number; finished: boolean; kept: number | undefined; model: ModelState },
    TuneEvent
  >;
  pausedRun: Call<object, PausedRun | null>;
  discardRun: Call<object, null>;
  memory: Call<object, { tensors: number; bytes: number }>;
}

export type CallName = keyof Calls;

/** Page to worker; the first tells where the page is. */
export type Request =
  | { readonly type: "base"; readonly url: string }
  | { readonly type: "call"; readonly id: number; readonly name: CallName; readonly params: unknown }
  | { readonly type: "stop"; readonly id: number };

/** Worker to page; a notice belongs to no call, nor does a move to another backend. */
export type Reply =
  | { readonly type: "event"; readonly id: number; readonly event: unknown }
  /** The call waits until the one before it has ended; undefined: no longer, it runs. */
  | { readonly type: "waiting"; readonly id: number; readonly behind: CallName | undefined }
  | { readonly type: "result"; readonly id: number; readonly result: unknown }
  | { readonly type: "error"; readonly id: number; readonly code: string; readonly message: string }
  | { readonly type: "notice"; readonly text: string }
  | { readonly type: "moved"; readonly moved: Moved };

/** What carries a task out. */
export type Handler<N extends CallName> = (
  params: Calls[N]["params"],
  context: { readonly emit: (event: Calls[N]["event"]) => void; readonly signal: AbortSignal },
) => Promise<Calls[N]["result"]>;

/** Names for the server's types; all come from its OpenAPI document. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Job = Schemas["JobView"];
export type JobState = Schemas["JobState"];
export type Picture = Schemas["PictureView"];
export type Parameters = Schemas["Parameters"];
export type ParameterView = Schemas["ParameterView"];
export type SamplerView = Schemas["SamplerView"];
export type Model = Schemas["ModelView"];
export type Preset = Schemas["Preset"];
export type NamedPreset = Schemas["NamedPreset"];
export type Queue = Schemas["QueueStatus"];
export type Plan = Schemas["Plan"];
export type Problem = Schemas["Problem"];
export type Profile = Schemas["Profile"];
export type Phase = Schemas["Phase"];
export type Estimate = Schemas["EstimateView"];
export type JobEvent = Schemas["JobEvent"];
export type JobPreview = Schemas["JobPreview"];
export type JobProgress = Schemas["JobProgress"];

/** What the event stream sends. */
export type ServerEvent = JobEvent | JobPreview | JobProgress;

/** A generation call: everything but the prompt may be left out. */
export type Order = Pick<Schemas["GenerateBody"], "prompt"> & Partial<Schemas["GenerateBody"]>;

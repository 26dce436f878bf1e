import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { jobs } from "./jobs.svelte";
import type { Job, JobEvent, JobProgress } from "./api/types";

const job = (status: Job["status"], more: Partial<Job> = {}): Job =>
  ({
    job_id: "a",
    kind: "generate",
    status,
    created: "2026-01-01T00:00:00Z",
    progress: null,
    images: [],
    ...more,
  }) as unknown as Job;

/** What the server would answer now. */
let server: Job | undefined;
let listed: Job[];

beforeEach(() => {
  jobs.byId.clear();
  const answer = (body: unknown): Response => Response.json(body);
  vi.stubGlobal("fetch", (request: Request) => {
    const path = new URL(request.url).pathname;
    if (path.endsWith("/queue/status")) return Promise.resolve(answer({ running: listed, queued: [] }));
    if (path.endsWith("/jobs")) return Promise.resolve(answer({ jobs: listed }));
    return Promise.resolve(server ? answer(server) : Response.json({ code: "not_found" }, { status: 404 }));
  });
});

afterEach(() => vi.unstubAllGlobals());

const told = (type: string, more: Partial<JobEvent> = {}): JobEvent =>
  ({ type, job: "a", plan: null, ...more }) as JobEvent;

test("progress and previews are kept while a job runs, and gone when it ended", async () => {
  jobs.put(job("running"));
  jobs.apply({ job: "a", type: "progress", percent: 50 } as JobProgress);
  jobs.apply({ job: "a", type: "preview", picture: 0, image: "eA==" } as never);
  expect(jobs.byId.get("a")?.progress?.percent).toBe(50);
  expect(jobs.byId.get("a")?.preview?.url).toBe("data:image/jpeg;base64,eA==");
  server = job("completed");
  jobs.apply(told("completed", { state: "completed" }));
  await jobs.load("a");
  expect(jobs.byId.get("a")).toMatchObject({ status: "completed", progress: null });
});

test("a list that is older than an event does not bring a finished job back", async () => {
  jobs.put(job("completed"));
  server = job("completed");
  listed = [job("running")];
  await jobs.refresh();
  await jobs.load("a");
  expect(jobs.byId.get("a")?.status).toBe("completed");
});

test("a fallback is remembered with its reason, and what was drawn before it is not shown", () => {
  server = job("loading");
  jobs.put({ ...job("running") });
  jobs.apply({ job: "a", type: "preview", picture: 0, image: "eA==" } as never);
  jobs.apply(told("device.fallback", { reason: "The card was lost." }));
  expect(jobs.byId.get("a")).toMatchObject({ fallback: { reason: "The card was lost." }, preview: undefined });
});

test("a job that was retried runs again", async () => {
  jobs.put(job("failed"));
  server = job("running");
  jobs.apply(told("queued", { state: "queued" }));
  expect(jobs.byId.get("a")?.status).toBe("queued");
  await jobs.load("a");
  expect(jobs.byId.get("a")?.status).toBe("running");
});

test("jobs that the server does not know any more are forgotten", async () => {
  jobs.put(job("running"));
  jobs.put(job("completed", { job_id: "b" }));
  jobs.put(job("completed", { job_id: "c" }));
  server = undefined;
  listed = [job("completed", { job_id: "c" })];
  await jobs.refresh();
  await jobs.load("a");
  expect([...jobs.byId.keys()]).toEqual(["c"]);
});

test("a job's preview is gone when it was cancelled, and once another one has its own", () => {
  const seen = (id: string): void => jobs.apply({ job: id, type: "preview", picture: 0, image: "eA==" } as never);
  for (const [id, end] of [
    ["a", "completed"],
    ["b", "cancelled"],
    ["c", "running"],
  ] as const) {
    jobs.put(job("running", { job_id: id }));
    seen(id);
    jobs.put(job(end, { job_id: id }));
  }
  expect([...jobs.byId.values()].map((one) => Boolean(one.preview))).toEqual([false, false, true]);
});

test("a worker that starts under a running job is told until the job has ended", () => {
  const starting = { job: "a", type: "progress", phase: "starting", percent: 0 } as JobProgress;
  jobs.put(job("loading"));
  jobs.apply(starting);
  expect(jobs.byId.get("a")?.again).toBeFalsy();
  jobs.put(job("running"));
  jobs.apply(starting);
  expect(jobs.byId.get("a")?.again).toBe(true);
  jobs.put(job("completed"));
  expect(jobs.byId.get("a")?.again).toBe(false);
});

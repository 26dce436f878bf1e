"""What Prometheus scrapes: counts and times of requests, jobs and workers, in a registry of the application's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily

from safelight.domain.events import Phase
from safelight.domain.jobs import EventType, JobEvent, JobState
from safelight.domain.work import JobKind
from safelight.jobs.events import JobProgress
from safelight.jobs.service import JobService

_DIALECTS = (
    ("native", re.compile(r"/api(/|$)")),
    ("openai", re.compile(r"/(v1|images|models)(/|$)")),
    ("a1111", re.compile(r"/(sdapi|controlnet)(/|$)")),
    ("socketio", re.compile(r"/socket\.io(/|$)")),
    ("tutorial", re.compile(r"/generate/?$")),
    ("probe", re.compile(r"/(health|livez|readyz|metrics)/?$")),
    ("page", re.compile(r"/(ui(/|$)|$)")),
)
_WAIT_BUCKETS = (0.05, 0.25, 1, 5, 15, 60, 300, 900, 3600, 4 * 3600)
_STEP_BUCKETS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 90)


class Metrics:
    """The figures of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "safelight_requests", "Requests answered.", ("dialect", "status"), registry=self.registry
        )
        self._ended = Counter("safelight_jobs", "Drawing jobs ended, by state.", ("state",), registry=self.registry)
        self._work = Counter(
            "safelight_work", "Other jobs ended, by kind and state.", ("kind", "state"), registry=self.registry
        )
        self._pictures = Counter("safelight_pictures", "Pictures drawn.", registry=self.registry)
        self._waits = Histogram(
            "safelight_queue_wait_seconds",
            "Time from a job's admission to its beginning.",
            buckets=_WAIT_BUCKETS,
            registry=self.registry,
        )
        self._steps = Histogram(
            "safelight_step_seconds", "Time of a denoising step.", buckets=_STEP_BUCKETS, registry=self.registry
        )
        self._depth = Gauge(
            "safelight_jobs_now", "Jobs that have not ended, by state.", ("state",), registry=self.registry
        )
        self._last_step: tuple[str, int, int, datetime] | None = None
        self._jobs: JobService | None = None

    def watch(self, jobs: JobService) -> None:
        """Begin: the service runs."""
        self._jobs = jobs
        jobs.hub.watchers.append(self.hear)
        jobs.dispatcher.waited = self._waits.observe
        self.registry.register(_Workers(jobs))

    def answered(self, path: str, status: int) -> None:
        """Count a request."""
        dialect = next((name for name, pattern in _DIALECTS if pattern.match(path)), "other")
        self._requests.labels(dialect, status).inc()

    def hear(self, event: object) -> None:
        """Count what happens to jobs."""
        if isinstance(event, JobProgress):
            self._step(event)
        elif isinstance(event, JobEvent):
            if event.state.is_terminal and event.kind is not JobKind.GENERATE:
                self._work.labels(event.kind.value, event.state.value).inc()
            elif event.state.is_terminal:
                self._ended.labels(event.state.value).inc()
            elif event.type is EventType.PICTURE:
                self._pictures.inc()

    async def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        if self._jobs:
            counts = await self._jobs.store.counts()
            for state in (state for state in JobState if not state.is_terminal):
                self._depth.labels(state.value).set(counts[state])
        return generate_latest(self.registry)

    def _step(self, progress: JobProgress) -> None:
        """Time the steps of one picture, from one report to the next."""
        if progress.kind is not JobKind.GENERATE:
            return
        if progress.phase is not Phase.DENOISING:
            self._last_step = None
            return
        last, self._last_step = self._last_step, (progress.job, progress.picture, progress.step, progress.at)
        if last and last[:2] == (progress.job, progress.picture) and progress.step > last[2]:
            self._steps.observe((progress.at - last[3]).total_seconds() / (progress.step - last[2]))


class _Workers:
    """Reads the worker pool's own counters when somebody scrapes."""

    def __init__(self, jobs: JobService) -> None:
        self._jobs = jobs

    def describe(self) -> list[Metric]:
        """Nothing: registering needs no look at the pool."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The figures now."""
        counters = self._jobs.pool.counters
        yield SummaryMetricFamily(
            "safelight_model_load_seconds",
            "Time to load a model.",
            count_value=counters.loads,
            sum_value=counters.load_seconds_total,
        )
        for name, help_, value in (
            ("safelight_fallbacks", "Plans that were given up for another.", counters.fallbacks),
            ("safelight_evictions", "Models unloaded to make room.", counters.evictions),
            ("safelight_worker_respawns", "Workers started after one died.", counters.respawns),
        ):
            yield CounterMetricFamily(name, help_, value)
        crashes = CounterMetricFamily("safelight_worker_crashes", "Workers that died or hung.", labels=["cause"])
        for cause, count in counters.crashes.items():
            crashes.add_metric([cause], count)
        yield crashes
        memory = GaugeMetricFamily(
            "safelight_worker_memory_bytes", "Main memory of a worker.", labels=["model", "device"]
        )
        for loaded in self._jobs.pool.loaded():
            memory.add_metric([loaded.model.id, loaded.plan.device], loaded.memory)
        yield memory
        yield GaugeMetricFamily("safelight_listeners", "Clients that listen to events.", self._jobs.hub.listeners)

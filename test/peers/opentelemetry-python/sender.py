"""Sends spans by OpenTelemetry's SDK for Python, over gRPC: what to send comes by stdin, {"endpoint", "spans"}, and each span is one of a
service of its own, with a remote parent in W3C's headers."""

import json
import sys

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

task = json.load(sys.stdin)
propagator = TraceContextTextMapPropagator()
providers = {}


def tracer(service):
    if service not in providers:
        providers[service] = TracerProvider(resource=Resource({"service.name": service}))
        exporter = OTLPSpanExporter(endpoint=task["endpoint"], insecure=True)
        providers[service].add_span_processor(BatchSpanProcessor(exporter))
    return providers[service].get_tracer("sender")


for span in task["spans"]:
    parent = propagator.extract(span["headers"])
    tracer(span["service"]).start_span(span["name"], context=parent, attributes=span["attributes"]).end()
for provider in providers.values():
    provider.shutdown()

"""Lines of JSON header sets in, lines of JSON observations out: see test/differential/peer.ts."""

import json
import logging
import os
import sys

from ddtrace.propagation.http import HTTPPropagator
from ddtrace.trace import Context, tracer


def observe(headers):
    extracted = extract(headers)
    # Injection leaves its traces in the extracted context: the child has one of its own.
    context = observed_context(extracted)
    links = [
        {
            "traceId": f"{link.trace_id:032x}",
            "spanId": f"{link.span_id:016x}",
            "attributes": {key: str(value) for key, value in link.attributes.items()},
        }
        for link in extracted._span_links
    ]
    baggage = dict(extracted._baggage)
    child = child_of(extract(headers))
    forwarded = inject(extracted)
    if child is None:
        # Where the trace is not continued, baggage is all that goes on.
        forwarded = {key: value for key, value in forwarded.items() if key == "baggage"}
    return {
        "context": child and context,
        "links": links,
        "baggage": baggage,
        "forwarded": forwarded,
        "child": child,
    }


def extract(headers):
    # Under some configurations it is None that says there is nothing.
    return HTTPPropagator.extract(headers) or Context()


def child_of(parent):
    if parent.trace_id is None:
        return None
    # Never finished, so never exported.
    span = tracer.start_span("child", child_of=parent, activate=False)
    if span.trace_id != parent.trace_id:
        return None
    return {"spanId": f"{span.span_id:016x}", "headers": inject(span)}


def inject(context):
    """What was written, even before an error: Python's tracer raises one for `dd=p:` that is no number."""
    headers = {}
    try:
        HTTPPropagator.inject(context, headers)
    except ValueError:
        pass
    return headers


def observed_context(context):
    if context.trace_id is None:
        return None
    return {
        "traceId": f"{context.trace_id:032x}",
        "spanId": f"{context.span_id or 0:016x}",
        "priority": context.sampling_priority,
        "origin": context.dd_origin,
        "tags": {key: value for key, value in context._meta.items() if key.startswith("_dd.p.")},
    }


def main():
    # It warns of every bad header, with a stack.
    logging.disable(logging.CRITICAL)
    for line in sys.stdin:
        sys.stdout.write(json.dumps([observe(headers) for headers in json.loads(line)]) + "\n")
        sys.stdout.flush()
    # Not by the tracer's own way out, which tells of every span that was never finished.
    os._exit(0)


main()

"""Lets Datadog's Lambda layer for Python join what plain OpenTelemetry sends.

Set DD_TRACE_EXTRACTOR=extractor.extract. What the layer reads by itself comes first:
once it has an extractor, the layer asks nobody else.
"""

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from datadog_lambda.config import config
from datadog_lambda.constants import TraceContextSource
from datadog_lambda.tracing import extract_dd_trace_context
from ddtrace.propagation.http import HTTPPropagator
from ddtrace.trace import Context

W3C = ("traceparent", "tracestate")
FIELDS = (*W3C, "x-datadog-")
Json = dict[str, Any]


def extract(event: Any, lambda_context: Any) -> tuple[int, int, int] | None:
    """Trace id (128 bits), parent id and sampling priority; None where none is."""
    decode = config.decode_authorizer_context
    context, source, _ = extract_dd_trace_context(event, lambda_context, None, decode)
    found = _found(event)
    if source != TraceContextSource.EVENT or found and _is_whole(found, context):
        context = found
    if context is None:
        return None
    return context.trace_id, context.span_id, int(context.sampling_priority)


def _is_whole(found: Context, context: Context) -> bool:
    """Whether it is the span of which the layer has half an id, as in X-Ray's header."""
    return (found.trace_id % 2**64, found.span_id) == (context.trace_id, context.span_id)


def _found(event: Any) -> Context | None:
    with suppress(Exception):  # Whatever the event is, the handler runs.
        for carrier in _carriers(event):
            fields = {k: str(v) for k, v in carrier.items() if k.startswith(FIELDS)}
            context = HTTPPropagator.extract(fields)
            if context.span_id and context.sampling_priority is not None:
                return context
    return None


def _carriers(event: Json) -> Iterator[Json]:
    """Where the first record, or an event of EventBridge's, may carry W3C's fields."""
    record = event["Records"][0] if event.get("Records") else event
    body = _parsed(record.get("body"))
    notification = record.get("Sns") or body
    data = _parsed(base64.b64decode(record.get("kinesis", {}).get("data", "")))
    yield from _attributes(notification.get("MessageAttributes"))
    for each in (_parsed(notification.get("Message")), body, data, event):
        yield _mapping(each.get("detail"))
    yield data
    yield from _attributes(record.get("messageAttributes"))
    for records in _mapping(event.get("records")).values():
        yield _kafka_headers(records[0])


def _attributes(attributes: Any) -> Iterator[Json]:
    """As SQS and as SNS spell them. The layer reads no `_datadog` with a number in it."""
    items = _mapping(attributes).items()
    texts = {k: each.get("stringValue") or each.get("Value", "") for k, each in items}
    yield _parsed(texts.get("_datadog"))
    yield texts


def _kafka_headers(record: Json) -> Json:
    items = (item for header in record["headers"] for item in header.items())
    return {name: bytes(each).decode() for name, each in items if name in W3C}


def _parsed(text: Any) -> Json:
    try:
        return _mapping(json.loads(text))
    except (TypeError, ValueError):
        return {}


def _mapping(value: Any) -> Json:
    return value if isinstance(value, dict) else {}

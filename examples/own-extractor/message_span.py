from base64 import b64decode
from contextlib import suppress
from json import loads

from ddtrace.propagation.http import HTTPPropagator
from ddtrace.trace import Span, tracer


def message_span(record: dict) -> Span:
    """The child of what sent a record of SQS: `with message_span(record): ...`"""
    attributes = record["messageAttributes"]
    fields = {name: each.get("stringValue") for name, each in attributes.items()}
    datadog = attributes.get("_datadog", {})
    with suppress(AttributeError, ValueError):  # No JSON object is no context.
        text = datadog.get("stringValue") or b64decode(datadog.get("binaryValue", ""))
        fields |= {name: str(value) for name, value in loads(text).items()}
    parent = HTTPPropagator.extract(fields)
    return tracer.start_span("process", child_of=parent, activate=True)

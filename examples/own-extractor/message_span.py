from base64 import b64decode
from json import loads

from ddtrace.propagation.http import HTTPPropagator
from ddtrace.trace import Span, tracer


def message_span(attributes: dict) -> Span:
    """The child of what sent a message: `with message_span(record["messageAttributes"]): ...`"""
    w3c = {name: each.get("stringValue") for name, each in attributes.items()}
    parent = HTTPPropagator.extract(w3c | _fields(attributes.get("_datadog", {})))
    return tracer.start_span("process", child_of=parent, activate=True)


def _fields(attribute: dict) -> dict[str, str]:
    try:
        text = attribute.get("stringValue") or b64decode(attribute["binaryValue"])
        return {name: str(value) for name, value in loads(text).items()}
    except (AttributeError, LookupError, ValueError):  # No JSON object is no context.
        return {}

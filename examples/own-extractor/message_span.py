from base64 import b64decode
from collections.abc import Iterator
from json import loads

from ddtrace.propagation.http import HTTPPropagator
from ddtrace.trace import Context, Span, tracer


def message_span(record: dict) -> Span:
    """The child of what sent a record of SQS: `with message_span(record): ...`"""
    parent = Context()
    for fields in _contexts(record):
        if not parent.trace_id:
            parent = HTTPPropagator.extract(fields)
    return tracer.start_span("process", child_of=parent, activate=True)


def _contexts(record: dict) -> Iterator[dict]:
    """What it may carry: in EventBridge's event or SNS's envelope in its body, in its attributes."""
    body = _parsed(record["body"])
    yield _texts(_mapping(body.get("detail")).get("_datadog"))
    for attributes in _mapping(body.get("MessageAttributes")), record["messageAttributes"]:
        values = {name: _value(each) for name, each in attributes.items()}
        datadog = values.get("_datadog") or ""
        text = datadog if datadog.startswith("{") else b64decode(datadog + "===")
        yield values | _texts(_parsed(text))


def _value(attribute: dict) -> str | None:
    return attribute.get("stringValue") or attribute.get("binaryValue") or attribute.get("Value")


def _parsed(text: str | bytes) -> dict:
    try:
        return _mapping(loads(text))
    except ValueError:  # No JSON is no context.
        return {}


def _texts(fields: object) -> dict[str, str]:
    return {name: str(value) for name, value in _mapping(fields).items()}


def _mapping(value: object) -> dict:
    return value if isinstance(value, dict) else {}

from json import dumps, loads


def attributes_of(record: dict) -> dict:
    """A record's own and those in its body, where that is of SNS or EventBridge."""
    try:
        return record["messageAttributes"] | _attributes_in(loads(record["body"]))
    except (AttributeError, LookupError, TypeError, ValueError):  # A body of another kind.
        return record["messageAttributes"]


def _attributes_in(body: dict) -> dict:
    if "_datadog" in body.get("detail", {}):
        return {"_datadog": {"stringValue": dumps(body["detail"]["_datadog"])}}
    return {
        name: {"binaryValue" if each["Type"] == "Binary" else "stringValue": each["Value"]}
        for name, each in body.get("MessageAttributes", {}).items()
    }

"""The messages of remote read, as far as we speak them.

Source: ``prompb/remote.proto`` and ``prompb/types.proto`` of Prometheus, which have kept these numbers since version 2.
They are described at run time, so that no compiler's output has to be kept beside its source.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

_PACKAGE = "prometheus"

# The type of matchers and of answers is an enum, which is an int32 on the wire: read as one, a number that we do not
# know stays what it is, and can be named in the refusal.
_MESSAGES: dict[str, tuple[tuple[int, str, str], ...]] = {
    "ReadRequest": ((1, "queries", "Query*"), (2, "accepted_response_types", "int32*")),
    "Query": (
        (1, "start_timestamp_ms", "int64"),
        (2, "end_timestamp_ms", "int64"),
        (3, "matchers", "LabelMatcher*"),
        (4, "hints", "ReadHints"),
    ),
    "LabelMatcher": ((1, "type", "int32"), (2, "name", "string"), (3, "value", "string")),
    "ReadHints": (
        (1, "step_ms", "int64"),
        (2, "func", "string"),
        (3, "start_ms", "int64"),
        (4, "end_ms", "int64"),
        (5, "grouping", "string*"),
        (6, "by", "bool"),
        (7, "range_ms", "int64"),
    ),
    "ReadResponse": ((1, "results", "QueryResult*"),),
    "QueryResult": ((1, "timeseries", "TimeSeries*"),),
    "TimeSeries": ((1, "labels", "Label*"), (2, "samples", "Sample*")),
    "Label": ((1, "name", "string"), (2, "value", "string")),
    "Sample": ((1, "value", "double"), (2, "timestamp", "int64")),
}
"""Number, name and type of each message's fields; a star for those that repeat."""

_SCALARS = {
    "int32": FieldDescriptorProto.TYPE_INT32,
    "int64": FieldDescriptorProto.TYPE_INT64,
    "string": FieldDescriptorProto.TYPE_STRING,
    "bool": FieldDescriptorProto.TYPE_BOOL,
    "double": FieldDescriptorProto.TYPE_DOUBLE,
}

SAMPLES, STREAMED_XOR_CHUNKS = range(2)
"""Types of answers."""


@cache
def message(name: str) -> Any:
    """Return the class of a message."""
    # a pool of its own: the default one is shared with whatever else describes these messages in this process
    return GetMessageClass(_pool().FindMessageTypeByName(f"{_PACKAGE}.{name}"))


@cache
def _pool() -> DescriptorPool:
    file = FileDescriptorProto(name="remote_read.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        described = file.message_type.add(name=name)
        for number, field, kind in fields:
            described.field.append(_field(number, field, kind))
    pool = DescriptorPool()
    pool.Add(file)
    return pool


def _field(number: int, name: str, kind: str) -> FieldDescriptorProto:
    is_repeated, kind = kind.endswith("*"), kind.rstrip("*")
    label = FieldDescriptorProto.LABEL_REPEATED if is_repeated else FieldDescriptorProto.LABEL_OPTIONAL
    field = FieldDescriptorProto(number=number, name=name, label=label)
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
    else:
        field.type, field.type_name = FieldDescriptorProto.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
    return field

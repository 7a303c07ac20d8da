"""Read the constants of a model in ONNX's format, which is protobuf: only the parts of both that silero's file uses.

The file's hash is checked before, so its content is trusted.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

# Numbers of fields: ModelProto.graph, GraphProto.node, NodeProto.output and .attribute, AttributeProto.name, .t and .g,
# TensorProto.dims, .data_type and .raw_data (github.com/onnx/onnx, onnx.proto).
_GRAPH, _NODE, _OUTPUT, _ATTRIBUTE = 7, 1, 2, 5
_NAME, _TENSOR, _SUBGRAPH = 1, 5, 6
_DIMS, _TYPE, _RAW = 1, 2, 9
_FLOAT = 1

Constants = dict[str, npt.NDArray[np.float32]]


def constants_of_branch(model: bytes, branch: str) -> Constants:
    """Return the constants (32-bit floats) of the outermost branches of this name, by the names of their outputs."""
    found: Constants = {}
    for graph in _parts(model, _GRAPH):
        for node in _parts(graph, _NODE):
            for attribute in _parts(node, _ATTRIBUTE):
                if branch.encode() in _parts(attribute, _NAME):
                    for subgraph in _parts(attribute, _SUBGRAPH):
                        found |= _constants(subgraph)
    return found


def _constants(graph: bytes) -> Constants:
    found: Constants = {}
    for node in _parts(graph, _NODE):
        for attribute in _parts(node, _ATTRIBUTE):
            for tensor in _parts(attribute, _TENSOR):
                name = next(_parts(node, _OUTPUT)).decode()
                fields = list(_fields(tensor))
                dims = [value for field, value in fields if field == _DIMS and isinstance(value, int)]
                if (_TYPE, _FLOAT) in fields:
                    raw = b"".join(_parts(tensor, _RAW))
                    found[name] = np.frombuffer(raw, "<f4").reshape(dims)
    return found


def _parts(message: bytes, wanted: int) -> Iterator[bytes]:
    return (value for field, value in _fields(message) if field == wanted and isinstance(value, bytes))


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(message):
        key, at = _number(message, at)
        value: int | bytes
        match key & 7:
            case 0:
                value, at = _number(message, at)
            case 1:
                value, at = message[at : at + 8], at + 8
            case 5:
                value, at = message[at : at + 4], at + 4
            case _:
                size, at = _number(message, at)
                value, at = message[at : at + size], at + size
        yield key >> 3, value


def _number(message: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = message[at]
        number |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return number, at

"""Requests that proxies and servers have understood differently, and paths that lead out of what is served."""

HIDDEN = b"GET /console/style.css HTTP/1.1\r\nHost: x\r\n\r\n"
POST, HOST = b"POST /console/login HTTP/1.1", b"Host: x"
CHUNKED = b"Transfer-Encoding: chunked"


def head(first: bytes, *lines: bytes) -> bytes:
    return b"\r\n".join((first, *lines, b"", b""))


SMUGGLED = {
    "length and chunks": head(POST, HOST, b"Content-Length: 4", CHUNKED) + b"0\r\n\r\n",
    "two lengths": head(POST, HOST, b"Content-Length: 0", b"Content-Length: 40"),
    "a list of lengths": head(POST, HOST, b"Content-Length: 0, 40"),
    "a length with a sign": head(POST, HOST, b"Content-Length: +0"),
    "a negative length": head(POST, HOST, b"Content-Length: -1"),
    "a length in hex": head(POST, HOST, b"Content-Length: 0x0"),
    "a length with an underscore": head(POST, HOST, b"Content-Length: 1_0"),
    "an unknown coding": head(POST, HOST, b"Transfer-Encoding: xchunked"),
    "chunked twice": head(POST, HOST, CHUNKED, CHUNKED) + b"0\r\n\r\n",
    "chunked and not last": head(POST, HOST, CHUNKED + b", identity") + b"0\r\n\r\n",
    "a space before the colon": head(POST, HOST, b"Content-Length : 40"),
    "a folded line": head(POST, HOST, b"Content-Length: 0", b" 40"),
    "a folded first line": head(POST, b" Host: x", HOST),
    "an empty name": head(POST, HOST, b": 40"),
    "a name with a slash": head(POST, HOST, b"Content/Length: 40"),
    "nul in a value": head(POST, HOST, b"X-A: a\0b"),
    "a lone return in a value": head(POST, HOST, b"X-A: a\rContent-Length: 0"),
    "no version": b"GET /console/login\r\n\r\n",
    "an unknown version": b"GET /console/login HTTP/9.9\r\nHost: x\r\n\r\n",
    "two hosts": head(b"GET /console/login HTTP/1.1", HOST, b"Host: y"),
    "a header without end": head(POST, HOST, b"X-A: " + b"a" * 100_000),
    "a thousand headers": head(POST, HOST, *(b"X-%d: a" % n for n in range(1000))),
    "tls on a plain port": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 512 + b"\r\n\r\n",
    "http 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a line without end": b"GET /" + b"a" * 100_000,
}
"""What proxies and servers have understood differently, with a request behind it that nobody is to answer."""
CHUNKS = {
    "an endless size": b"f" * 40 + b"\r\n",
    "an endless extension": b"0;" + b"x" * 70_000 + b"\r\n\r\n",
    "a lone line feed": b"5\nhello\r\n0\r\n\r\n",
    "a sign": b"+5\r\nhello\r\n0\r\n\r\n",
    "trailers": b"0\r\nHost: evil\r\n\r\n",
}
TRAVERSALS = (
    "/console/scripts/../../../etc/passwd", "/console/scripts/..%2f..%2f..%2fetc%2fpasswd.js", "/console/scripts/%2e%2e/blueprint.py",
    "/console/scripts/....//....//etc/passwd.js", "/console/scripts/..%5c..%5cwin.ini.js", "/console/scripts/%00.js",
    "/console/scripts/live.js%00.css", "/console/scripts/%c0%ae%c0%ae/etc/passwd.js", "/console/style.css/..%2f..%2fwsgi.py",
    "//console/../wsgi.py", "/console/%2e%2e/%2e%2e/wsgi.py", "/speech/..%2f..%2fsecret", "/speech/%2e%2e", "/static/../wsgi.py",
    "/api/v1/../../wsgi.py", "/api/v1/%2e%2e/%2e%2e/README.md", "/%", "/console/%zz", "/console/" + "a/" * 2000, "/console/calls/" + "9" * 4000,
)  # fmt: skip
METHODS = ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "get", "QUERY")

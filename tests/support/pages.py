"""Lists of the API, read to their end."""


def pages(api, path, rows, **query):
    """Read a list page by page, to its end."""
    found, before = [], None
    while True:
        page = api.get(path, query_string=query | ({"before": before} if before else {})).json
        found.append(page[rows])
        before = page["next"]
        if before is None:
            return found

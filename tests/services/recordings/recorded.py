"""A carrier that has recordings, and rows of calls: for the tests of recordings."""


class Carrier:
    """The telephony of one account, as far as recordings go."""

    def __init__(self):
        self.recordings, self.deleted, self.fetched, self.error = {}, [], [], None

    def fetch_recording(self, sid, file, *, most_bytes):
        self.fetched.append(sid)
        if self.error:
            raise self.error
        file.write_bytes(self.recordings[sid])
        return len(self.recordings[sid])

    def delete_recording(self, sid):
        self.deleted.append(sid)


def row_of(owner, call):
    return owner.execute("select to_jsonb(c) from public.call_history c where c.id = %s", [call]).fetchone()[
        0
    ]

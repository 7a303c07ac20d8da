"""Write the migration that puts procrastinate's tables into schema `jobs`, from the installed package.

`python -m voicebot.storage.jobs_schema > sql/migrations/0006_jobs.sql` made that file. A test compares the two:
when a newer procrastinate changes its schema, keep the file and add a migration with the package's own changes
(its folder `sql/migrations`).
"""

import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

HEADER = """\
-- Background jobs: the tables and functions of procrastinate {version} (MIT licence), word for word, in a schema of
-- their own. In `public` they would be readable with the anon key. Written by `python -m voicebot.storage.jobs_schema`.

create schema jobs;
revoke all on schema jobs from public;
set local search_path = jobs;

"""

FOOTER = """
-- From here on ours.

-- NOTIFY takes a lock of the whole server until commit, which would line up every webhook that makes a job.
-- Workers poll; a process that made work sends them a hint afterwards.
drop trigger procrastinate_jobs_notify_queue_job_inserted_v1 on procrastinate_jobs;

-- Its functions name its tables bare; whoever touches a job, with whatever search_path, must reach these.
do $$
declare
    its_own regprocedure;
begin
    for its_own in select oid::regprocedure from pg_proc where pronamespace = 'jobs'::regnamespace loop
        execute format('alter function %s set search_path = jobs, pg_temp', its_own);
    end loop;
end $$;

-- What the sweeper and the health report look for, however many jobs have ended.
create index jobs_doing_idx on procrastinate_jobs (id) where status = 'doing';
create index jobs_failed_idx on procrastinate_jobs (id) where status = 'failed';

revoke all on all tables in schema jobs from public, anon, authenticated;
revoke all on all sequences in schema jobs from public, anon, authenticated;
revoke all on all functions in schema jobs from public, anon, authenticated;

grant usage on schema jobs to service_role;
grant select, insert, update, delete on all tables in schema jobs to service_role;
grant usage, select on all sequences in schema jobs to service_role;
grant execute on all functions in schema jobs to service_role;
"""


def package_schema() -> str:
    """Return the schema that the installed procrastinate wants."""
    spec = find_spec("procrastinate")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("procrastinate is not installed")
    return (Path(spec.origin).parent / "sql" / "schema.sql").read_text(encoding="utf-8")


def migration() -> str:
    """Return the whole migration for the installed package."""
    return HEADER.format(version=version("procrastinate")) + package_schema() + FOOTER


if __name__ == "__main__":
    sys.stdout.write(migration())

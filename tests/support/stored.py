"""All that a database keeps, wherever it stands."""


def everything_stored(owner):
    """Every text and jsonb value of every table, jobs among them, with the place where it stands."""
    columns = owner.execute(
        """select table_schema, table_name, column_name from information_schema.columns c
            where table_schema in ('public', 'jobs', 'auth', 'voicebot_meta', 'private')
              and data_type in ('text', 'jsonb', 'character varying', 'json', 'ARRAY', 'bytea')
              and exists (select from information_schema.tables t
                           where t.table_schema = c.table_schema and t.table_name = c.table_name and table_type = 'BASE TABLE')"""
    ).fetchall()
    for schema, table, column in columns:
        for (value,) in owner.execute(
            f'select "{column}"::text from "{schema}"."{table}" where "{column}" is not null'
        ):
            yield f"{schema}.{table}.{column}", value

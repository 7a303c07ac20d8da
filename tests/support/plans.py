"""How Postgres carries a query of a SQL function out."""

import re
from typing import Any


def scanned(plan: dict[str, Any]) -> int:
    """Rows that the nodes of a plan produced or threw away."""
    here = (plan.get("Actual Rows", 0) + plan.get("Rows Removed by Filter", 0)) * plan.get("Actual Loops", 1)
    return int(here + sum(scanned(child) for child in plan.get("Plans", [])))


def nodes(plan: dict[str, Any]) -> set[str]:
    return {plan["Node Type"], *(name for child in plan.get("Plans", []) for name in nodes(child))}


def explained(texting, function: str, **values: str) -> dict[str, Any]:
    """Explain the query of a SQL function with values in the place of its parameters, as its settings say."""
    ((query, settings),) = texting.rows(
        "select prosrc, coalesce(proconfig, '{}') from pg_proc where oid = %s::regproc", function
    )
    for name, value in values.items():
        query = re.sub(rf"\b{name}\b", value, query)
    with texting.owner.transaction(force_rollback=True):
        for setting in settings:
            name, value = setting.split("=", 1)
            texting.owner.execute("select set_config(%s, %s, true)", [name, value.strip('"')])
        ((plan,),) = texting.owner.execute(f"explain (analyze, format json) {query}").fetchall()
    return dict(plan[0]["Plan"])

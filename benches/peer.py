#!/usr/bin/env python3
"""The native peer: DuckDB reading the same file into the same columns, and counting ten facets.

    peer.py load FILE           {"seconds": s}
    peer.py query FILE WHERE…   {"millis": [m, …]}: ten GROUP BYs under each WHERE
"""

import json
import os
import sys
import time

import duckdb

USER = "STRUCT(username VARCHAR, groups VARCHAR[])"
COLUMNS = {
    "level": "VARCHAR", "auditID": "VARCHAR", "stage": "VARCHAR", "requestURI": "VARCHAR", "verb": "VARCHAR",
    "user": USER, "impersonatedUser": USER, "sourceIPs": "VARCHAR[]", "userAgent": "VARCHAR",
    "objectRef": "STRUCT(resource VARCHAR, namespace VARCHAR, name VARCHAR, apiGroup VARCHAR, subresource VARCHAR)",
    "responseStatus": "STRUCT(code INTEGER)",
    "annotations": 'STRUCT("authorization.k8s.io/decision" VARCHAR, "authorization.k8s.io/reason" VARCHAR)',
    "requestReceivedTimestamp": "TIMESTAMP", "stageTimestamp": "TIMESTAMP",
}

# "name": 'TYPE' pairs of DuckDB's own struct literal.
COLUMN_LITERAL = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())

LOAD = f"""
CREATE TABLE events AS SELECT
    requestReceivedTimestamp AS received, stageTimestamp - requestReceivedTimestamp AS latency,
    auditID AS audit_id, stage, level, verb, user.username AS username, user.groups AS groups,
    impersonatedUser.username AS impersonated, sourceIPs AS ips, userAgent AS agent,
    split_part(split_part(userAgent, ' ', 1), '/', 1) AS client,
    objectRef.apiGroup AS api_group, objectRef.resource AS resource, objectRef.subresource AS subresource,
    objectRef.namespace AS namespace, objectRef.name AS name, responseStatus.code AS code,
    annotations['authorization.k8s.io/decision'] AS decision, annotations['authorization.k8s.io/reason'] AS reason,
    contains(requestURI, 'dryRun=All') AS dry_run, split_part(requestURI, '?', 1) AS path
FROM read_json($file, format = 'newline_delimited', columns = {{{COLUMN_LITERAL}}}, ignore_errors = true)
"""

FACETS = ["verb", "username", "client", "namespace", "resource", "subresource", "name", "code", "decision", "stage"]


def connect(file: str) -> tuple[duckdb.DuckDBPyConnection, float]:
    connection = duckdb.connect()
    connection.execute(f"SET threads = {os.cpu_count()}; SET preserve_insertion_order = false")
    began = time.perf_counter()
    connection.execute(LOAD, {"file": file})
    return connection, time.perf_counter() - began


def main() -> None:
    goal, file, *filters = sys.argv[1:]
    connection, seconds = connect(file)
    if goal == "load":
        rows = connection.execute("SELECT count(*) FROM events").fetchone()
        print(json.dumps({"seconds": seconds, "rows": rows[0] if rows else 0}))
        return
    millis = []
    for where in filters:
        began = time.perf_counter()
        for facet in FACETS:
            connection.execute(
                f"SELECT {facet}, count(*) AS n FROM events WHERE {where} GROUP BY 1 ORDER BY n DESC LIMIT 10"
            ).fetchall()
        millis.append((time.perf_counter() - began) * 1000)
    print(json.dumps({"millis": millis}))


main()
